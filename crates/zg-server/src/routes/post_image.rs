//! `POST /v1/conversations/{id}/images`: a picture and its message, both or none, once a person was asked for.

use axum::Json;
use axum::extract::State;
use zg_proto::http::{PostImage, Posted};
use zg_proto::{AuthorTag, Body as Content};

use crate::app::App;
use crate::aside;
use crate::auth::Shopper;
use crate::body::Body;
use crate::picture;
use crate::problem::Failure;
use crate::validate;

/// A picture counts as so many messages against the limit.
const COUNTS_AS: usize = 5;

pub async fn handle(
    State(app): State<App>,
    shopper: Shopper,
    Body(PostImage { message, data }): Body<PostImage>,
) -> Result<Json<Posted>, Failure> {
    if message.body != Content::Image || message.author != AuthorTag::Shopper {
        return Err(Failure::invalid("message: want the kind `image` and the author `shopper`"));
    }
    validate::message(&message)?;
    // Before it is looked at: one that is refused has cost as much.
    app.messages.take(&(shopper.tenant.clone(), shopper.id.clone()), COUNTS_AS, app.now())?;
    let image = aside::run(move || picture::read(&data)).await??;
    let ack = app.storage.append_image(&shopper.tenant, &shopper.id, message, image, app.now()).await?;
    Ok(Json(Posted { acks: vec![ack] }))
}
