//! What is held of a shopper as one JSON document, written while it is read: a page of messages or a picture at a time.

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use base64ct::{Base64, Encoding as _};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use zg_domain::{ConversationId, MessageId, TenantId};
use zg_proto::Body as Content;
use zg_proto::profile::ExportedImage;

use crate::app::App;
use crate::storage::StorageError;
use crate::storage::profiles::Exported;

const PAGE: u32 = 100;
/// Pieces that a reader may be behind.
const QUEUE: usize = 4;
/// How long a piece waits for its reader.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);

type Outlet = mpsc::Sender<Result<Bytes, std::io::Error>>;

/// Answers with everything. Where the database fails half way the answer ends without its end, so nobody takes it for whole.
pub fn respond(app: App, tenant: TenantId, exported: Exported) -> Response {
    let (outlet, pieces) = mpsc::channel(QUEUE);
    tokio::spawn(async move {
        if let Err(Stopped::Storage(error)) = write(&app, &tenant, &exported, &outlet).await {
            // The reader is told by a body that is cut.
            tracing::error!(%error, "an export stopped half way");
            let _ = outlet.send(Err(std::io::Error::other("the export stopped"))).await;
        }
    });
    let headers = [(CONTENT_TYPE, "application/json"), (CONTENT_DISPOSITION, "attachment; filename=\"export.json\"")];
    (headers, Body::from_stream(ReceiverStream::new(pieces))).into_response()
}

enum Stopped {
    Reader,
    Storage(StorageError),
}

impl From<StorageError> for Stopped {
    fn from(error: StorageError) -> Self {
        Self::Storage(error)
    }
}

async fn put(outlet: &Outlet, text: String) -> Result<(), Stopped> {
    outlet.send_timeout(Ok(Bytes::from(text)), PATIENCE).await.map_err(|_| Stopped::Reader)
}

async fn write(app: &App, tenant: &TenantId, exported: &Exported, outlet: &Outlet) -> Result<(), Stopped> {
    let head = format!(
        "{{\"format\":\"zhanggui export 1\",\"exported_at\":{},\"profile\":{},\"conversations\":[",
        app.now().as_millis(),
        zg_proto::to_json(&exported.head)
    );
    put(outlet, head).await?;
    let mut first = true;
    for id in &exported.conversations {
        // Erased since the list was made.
        let Some(head) = app.storage.export_conversation(tenant, id).await? else { continue };
        let mut begin = zg_proto::to_json(&head);
        begin.pop();
        put(outlet, format!("{}{begin},\"messages\":[", if first { "" } else { "," })).await?;
        first = false;
        let images = messages(app, tenant, id, outlet).await?;
        put(outlet, "],\"images\":[".to_owned()).await?;
        let mut separator = "";
        for message in images {
            let Some(image) = app.storage.image(tenant, id, &message).await? else { continue };
            let image = ExportedImage {
                message: message.to_string(),
                media_type: image.media_type.to_owned(),
                data: Base64::encode_string(&image.bytes),
            };
            put(outlet, format!("{separator}{}", zg_proto::to_json(&image))).await?;
            separator = ",";
        }
        put(outlet, "]}".to_owned()).await?;
    }
    put(outlet, "]}".to_owned()).await
}

/// Writes the log, and gives the names of the messages that show a picture.
async fn messages(
    app: &App,
    tenant: &TenantId,
    id: &ConversationId,
    outlet: &Outlet,
) -> Result<Vec<MessageId>, Stopped> {
    let (mut after, mut images) = (0, Vec::new());
    while let Some(page) = app.storage.messages(tenant, id, after, PAGE).await? {
        let mut text = String::new();
        for message in &page.messages {
            if message.message.body == Content::Image {
                images.extend(MessageId::new(message.message.id.as_str()).ok());
            }
            if after > 0 || !text.is_empty() {
                text.push(',');
            }
            text.push_str(&zg_proto::to_json(message));
        }
        put(outlet, text).await?;
        match page.next {
            Some(next) => after = next,
            None => break,
        }
    }
    Ok(images)
}
