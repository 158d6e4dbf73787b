//! `GET /v1/openapi.json`: the interface, written by the code. Paths, methods and credentials are those of the table of routes,
//! the forms those of `zg-proto`; here are the words, and which form goes where.

use std::sync::LazyLock;

use axum::http::Method;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};
use zg_proto::action::{ActionAnswer, RequestAction};
use zg_proto::http as form;
use zg_proto::profile;
use zg_proto::recommendation as reco;
use zg_proto::remedy::{RedeemRequest, Redemption, RemedyDecision, RemedyRequest};

use super::{Audience, table};
use crate::problem::CODES;

static DOCUMENT: LazyLock<String> = LazyLock::new(|| document().to_string());

pub async fn handle() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], DOCUMENT.as_str())
}

type Make = fn(&mut SchemaGenerator) -> Schema;

fn schema<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// What the table of routes does not say of a route.
struct Operation {
    method: Method,
    path: &'static str,
    id: &'static str,
    summary: &'static str,
    /// The body, and whether there has to be one.
    takes: Option<(Make, bool)>,
    gives: Vec<(u16, &'static str, Option<Make>)>,
    /// Server-sent events: what they carry.
    streams: Option<&'static str>,
    /// Gives a picture.
    pictures: bool,
    /// Problems of its own, besides those that every route of its kind has.
    refuses: &'static [u16],
    queries: &'static [&'static str],
    /// The header `Idempotency-Key` may name the request.
    keyed: bool,
}

impl Operation {
    fn takes<T: JsonSchema>(mut self) -> Self {
        self.takes = Some((schema::<T>, true));
        self
    }

    fn may_take<T: JsonSchema>(mut self) -> Self {
        self.takes = Some((schema::<T>, false));
        self
    }

    fn gives<T: JsonSchema>(mut self, status: u16, what: &'static str) -> Self {
        self.gives.push((status, what, Some(schema::<T>)));
        self
    }

    fn done(mut self, what: &'static str) -> Self {
        self.gives.push((204, what, None));
        self
    }

    fn streams(mut self, what: &'static str) -> Self {
        self.streams = Some(what);
        self
    }

    /// Gives a picture in place of JSON.
    fn pictures(mut self) -> Self {
        self.pictures = true;
        self
    }

    fn refuses(mut self, statuses: &'static [u16]) -> Self {
        self.refuses = statuses;
        self
    }

    fn queries(mut self, names: &'static [&'static str]) -> Self {
        self.queries = names;
        self
    }

    fn keyed(mut self) -> Self {
        self.keyed = true;
        self
    }
}

fn on(method: Method, path: &'static str, id: &'static str, summary: &'static str) -> Operation {
    Operation {
        method,
        path,
        id,
        summary,
        takes: None,
        gives: Vec::new(),
        streams: None,
        pictures: false,
        refuses: &[],
        queries: &[],
        keyed: false,
    }
}

fn get(path: &'static str, id: &'static str, summary: &'static str) -> Operation {
    on(Method::GET, path, id, summary)
}

fn post(path: &'static str, id: &'static str, summary: &'static str) -> Operation {
    on(Method::POST, path, id, summary)
}

fn delete(path: &'static str, id: &'static str, summary: &'static str) -> Operation {
    on(Method::DELETE, path, id, summary)
}

const PAGE: &[&str] = &["After", "Limit"];

fn operations() -> Vec<Operation> {
    vec![
        post("/v1/conversations", "openConversation", "Opens a conversation whose id and secret the device has made; a retry finds it.").takes::<form::OpenConversation>().gives::<form::Conversation>(201, "Opened.").gives::<form::Conversation>(200, "It was opened before with the same secret.").refuses(&[404]),
        get("/v1/conversations/{id}", "showConversation", "Who holds the conversation and how long its log is.").gives::<form::Conversation>(200, "The state."),
        delete("/v1/conversations/{id}", "eraseConversation", "Erases every message. The id cannot be used again.").done("Erased."),
        get("/v1/conversations/{id}/messages", "listMessages", "The log, a page at a time, oldest first.").queries(PAGE).gives::<form::MessagePage>(200, "A page."),
        post("/v1/conversations/{id}/messages", "postMessages", "Writes messages, in order. Acknowledged means that all are committed; of a refusal nothing is kept. Without an answer some of the first may be: send all again, a retry is told by the message's id.").takes::<form::PostMessages>().gives::<form::Posted>(200, "One acknowledgement for each message, in order.").refuses(&[409]),
        post("/v1/conversations/{id}/images", "postImage", "Writes a message of the kind `image` with its picture, both or none, once a person was asked for: JPEG, PNG or WebP of at most 700 KiB and 4,096 pixels a side. A retry is told by the message's id.").takes::<form::PostImage>().gives::<form::Posted>(200, "The acknowledgement.").refuses(&[409]),
        get("/v1/conversations/{id}/images/{message}", "showImage", "A picture of the shopper's own.").pictures(),
        post("/v1/conversations/{id}/seen", "shopperSeen", "The shopper has seen the log up to here. It never goes back.").takes::<form::Seen>().done("Noted."),
        get("/v1/conversations/{id}/events", "followConversation", "Server-sent events: the log after a cursor, then what is added to it.").queries(&["LastEventId", "Cursor"]).streams("`message` carries Sequenced, `conversation` and `reset` carry Conversation, `typing` carries Typing. The id of an event is the cursor `<epoch>-<seq>`. After `reset` everything shown before is void and the log follows from its beginning."),
        post("/v1/conversations/{id}/handoff", "requestHandoff", "Asks for a person. Asking again keeps the place in the queue.").may_take::<form::RequestHandoff>().gives::<form::Conversation>(200, "The state."),
        post("/v1/conversations/{id}/actions", "requestAction", "Has the merchant's back office do something, once: the same id is the same action, and is answered the same.").keyed().takes::<RequestAction>().gives::<ActionAnswer>(200, "What became of it; `timeout` where nobody knows.").refuses(&[409]),
        post("/v1/conversations/{id}/identity", "identify", "Says who the shopper is, in the merchant's word: a JSON Web Token. The same again is a retry; a conversation is one shopper's.").takes::<form::Identify>().gives::<form::Identified>(200, "It is believed.").refuses(&[409]),
        get("/v1/conversations/{id}/consents", "listConsents", "What the shopper has agreed to, purpose by purpose.").gives::<profile::Consents>(200, "What holds, and what was said before."),
        post("/v1/conversations/{id}/consents", "giveConsent", "The shopper agrees to a purpose, or takes it back. The same as holds already is a retry.").takes::<profile::GiveConsent>().gives::<profile::Consents>(200, "What holds now."),
        post("/v1/conversations/{id}/continuations", "startContinuation", "Gives a code by which the conversation goes on at another device: once, within ten minutes.").gives::<profile::Continuation>(201, "The code.").refuses(&[409]),
        post("/v1/continuations/redeem", "redeemContinuation", "Uses a code, once. The bearer is a secret that the new device has made, and lets it in from then on; asking again with the same secret is a retry.").takes::<profile::RedeemContinuation>().gives::<form::Conversation>(200, "The state of the conversation, with its id.").refuses(&[409]),
        get("/v1/conversations/{id}/keys", "listKeys", "The devices that the conversation goes on at.").gives::<profile::DeviceKeys>(200, "Their keys, oldest first."),
        post("/v1/conversations/{id}/keys/revoke", "revokeKey", "Lets a device in no more, and puts codes out of use. Revoking again is a retry.").takes::<profile::RevokeKey>().done("Revoked.").refuses(&[409]),
        post("/v1/conversations/{id}/export", "exportConversation", "Everything that is held of this conversation; with a token of the merchant's, of the shopper.").may_take::<profile::ExportMine>().gives::<Value>(200, "One JSON document (`docs/profile.md`).").refuses(&[409]),
        post("/v1/conversations/{id}/profile/erase", "eraseMyProfile", "Erases everything of the shopper whom the token names, and searches for it.").takes::<profile::EraseMine>().gives::<profile::Erasure>(200, "What the search found: nothing.").refuses(&[409]),
        post("/v1/conversations/{id}/end", "endConversation", "Leaves the queue, or ends the talk with a person.").gives::<form::Conversation>(200, "The state.").refuses(&[409]),
        post("/v1/conversations/{id}/typing", "shopperTyping", "Tells the holder that the shopper is writing. Nothing is kept.").done("Told."),
        post("/v1/operator/session", "signIn", "Signs in and sets the session's cookie.").takes::<form::SignIn>().gives::<form::OperatorSession>(200, "Signed in."),
        get("/v1/operator/session", "showSession", "Who is signed in.").gives::<form::OperatorSession>(200, "The session."),
        delete("/v1/operator/session", "signOut", "Signs out.").done("Signed out."),
        get("/v1/operator/queue", "listQueue", "Queued and assigned conversations, longest waiting first.").gives::<form::Queue>(200, "The queue."),
        get("/v1/operator/events", "followDesk", "Server-sent events of the desk.").streams("`ready` says that everything from here on is told: read again what is shown. `queue` carries QueueChanged, `message` carries OperatorMessage of a conversation that the operator holds (at least once: tell repeats by seq), `typing` carries Typing."),
        get("/v1/operator/conversations/{id}", "viewConversation", "State and transcript of a conversation for which a person was asked.").queries(PAGE).gives::<form::OperatorConversation>(200, "A page of it."),
        post("/v1/operator/conversations/{id}/take", "takeConversation", "Takes a queued conversation.").done("The operator holds it.").refuses(&[409]),
        post("/v1/operator/conversations/{id}/release", "releaseConversation", "Gives it back to the queue, to the place it had.").done("It is queued.").refuses(&[409]),
        post("/v1/operator/conversations/{id}/end", "closeConversation", "Ends the conversation.").done("It is ended.").refuses(&[409]),
        post("/v1/operator/conversations/{id}/messages", "reply", "Replies. Only the holder may; a retry is told by the reply's id.").takes::<form::OperatorReply>().gives::<form::Ack>(200, "Committed.").refuses(&[409]),
        get("/v1/operator/conversations/{id}/images/{message}", "showDeskImage", "A picture that the shopper shows.").pictures(),
        post("/v1/operator/conversations/{id}/seen", "operatorSeen", "The holder has seen the log up to here. It never goes back.").takes::<form::Seen>().done("Noted.").refuses(&[409]),
        post("/v1/operator/conversations/{id}/typing", "operatorTyping", "Tells the shopper that the holder is writing. Nothing is kept.").done("Told.").refuses(&[409]),
        get("/v1/operator/conversations/{id}/profile", "viewProfile", "Who the shopper is over all channels, as far as the merchant vouches for it.").gives::<profile::DeskProfile>(200, "The profile, and earlier conversations."),
        post("/v1/operator/conversations/{id}/profile/merges", "mergeHere", "Says that the shopper is also another one.").takes::<profile::MergeHere>().gives::<profile::Merge>(200, "The row of the ledger.").refuses(&[409]),
        post("/v1/operator/conversations/{id}/profile/merges/undo", "undoHere", "Takes a row of the ledger back, or turns a proposal down.").takes::<profile::UndoMerge>().gives::<profile::Merge>(200, "The row of the ledger."),
        post("/v1/profiles/show", "showProfile", "Who a shopper is over all channels.").takes::<profile::OfProfile>().gives::<profile::Profile>(200, "The profile.").refuses(&[404]),
        post("/v1/profiles/merges", "mergeProfiles", "Says that two are one shopper.").takes::<profile::MergeProfiles>().gives::<profile::Merge>(200, "The row of the ledger.").refuses(&[409]),
        post("/v1/profiles/merges/undo", "undoMerge", "Takes a row of the ledger back: everything is as it was before.").takes::<profile::UndoMerge>().gives::<profile::Merge>(200, "The row of the ledger.").refuses(&[404]),
        post("/v1/profiles/consents", "recordConsent", "Records what a shopper has agreed to elsewhere, or taken back.").takes::<profile::RecordConsent>().gives::<profile::Consents>(200, "What holds now.").refuses(&[409]),
        post("/v1/profiles/export", "exportProfile", "Everything that is held of a shopper.").takes::<profile::OfProfile>().gives::<Value>(200, "One JSON document (`docs/profile.md`).").refuses(&[404]),
        post("/v1/profiles/erase", "eraseProfile", "Erases everything of a shopper, and searches for it.").takes::<profile::OfProfile>().gives::<profile::Erasure>(200, "What the search found: nothing.").refuses(&[404]),
        post("/v1/remedies", "decideRemedy", "Decides what a fault with an order is worth, and enters what is given: once an order, whoever asks and how often.").keyed().takes::<RemedyRequest>().gives::<RemedyDecision>(200, "What was decided.").refuses(&[409]),
        post("/v1/remedies/{code}/redeem", "redeemRemedy", "Redeems the code of a grant: once, by the customer it was given to, within its time.").keyed().takes::<RedeemRequest>().gives::<Redemption>(200, "Whether this request has redeemed it, and why not.").refuses(&[409]),
        post("/v1/recommendations", "recommend", "What a shopper may like next. The same request, state of the index and visitor give the same bytes; there is a list while anything may be sold. With `site_key` for a page, with the storefront's secret for the merchant's own back office.").takes::<reco::RecommendationRequest>().gives::<reco::Recommendations<'static>>(200, "The list."),
        post("/v1/events", "postEvents", "What a shopper did, at most 500 events: each is taken once for its id, or refused by itself. Accepted means committed. With `site_key` for a page, whose word on carts and purchases is a hint; with the storefront's secret for the merchant's own back office.").takes::<reco::PostEvents>().gives::<reco::EventsTaken>(200, "What became of each, in order."),
        delete("/v1/visitors/{id}", "eraseVisitor", "Erases all events of a visitor. Whoever knows the number of a device may.").queries(&["SiteKey"]).done("Erased, or there were none."),
        on(Method::PUT, "/v1/catalog", "putCatalog", "Products that are new or have changed, at most 1,000; what is left out of one stays as it was. The next list knows it.").takes::<reco::PutCatalog>().gives::<reco::CatalogChanges>(200, "How many were new, changed and removed."),
        get("/v1/openapi.json", "openapi", "This document.").gives::<Value>(200, "OpenAPI 3.1."),
        get("/healthz", "alive", "The process answers.").gives::<form::Health>(200, "It does."),
        get("/readyz", "ready", "Work may be sent here.").gives::<form::Health>(200, "It may.").refuses(&[503]),
    ]
}

fn document() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut generator = settings.into_generator();
    let mut paths = Map::new();
    for operation in operations() {
        let route = table().into_iter().find(|route| route.path == operation.path && route.method == operation.method);
        // One that is described and not routed does not exist; a test holds both against each other.
        let Some(route) = route else { continue };
        let described = describe(&operation, route.audience, &mut generator);
        let item = paths.entry(operation.path).or_insert_with(|| json!({}));
        item[operation.method.as_str().to_ascii_lowercase()] = described;
    }
    // What streams carry is named in words.
    for make in [
        schema::<form::Sequenced> as Make,
        schema::<form::Typing>,
        schema::<form::QueueChanged>,
        schema::<form::OperatorMessage>,
    ] {
        make(&mut generator);
    }
    let problem = json!({"application/problem+json": {"schema": schema::<form::Problem>(&mut generator)}});
    let mut schemas = generator.take_definitions(true);
    if let Some(code) = schemas.get_mut("Problem").and_then(|schema| schema.pointer_mut("/properties/code")) {
        code["examples"] = CODES.iter().map(|(code, ..)| *code).collect();
    }
    let after = json!({"Retry-After": {"description": "Seconds.", "schema": {"type": "integer", "minimum": 0}}});
    let bearer = |description: &str| json!({"type": "http", "scheme": "bearer", "description": description});
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "zhanggui sync endpoint",
            "version": "1",
            "description": "Conversations between shoppers and the people of a shop. A shopper's credential is a secret that the device has made; the tenant comes from the credential, and what belongs to others is answered as if it did not exist. Every answer has the header `x-request-id`, and a problem names it as its `instance`. Requests refuse unknown fields and a field that comes twice; answers may gain fields.",
            "license": {"name": "Apache-2.0 OR MIT", "identifier": "Apache-2.0 OR MIT"}
        },
        "tags": [
            {"name": "shopper", "description": "For the widget, from the origins that the server admits."},
            {"name": "operator", "description": "For the console, from its own origin only."},
            {"name": "merchant", "description": "For the merchant's own back office, with the secret of its storefront. No page may call it."},
            {"name": "server"}
        ],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": {
                "Problem": {"description": "Refused, with the reason.", "content": problem},
                "Later": {"description": "Too many requests, or too much going on; nothing was begun.", "headers": after, "content": problem}
            },
            "parameters": {
                "ConversationId": {"name": "id", "in": "path", "required": true, "schema": {"type": "string", "pattern": "^[A-Za-z0-9_.:-]{1,64}$"}},
                "MessageId": {"name": "message", "in": "path", "required": true, "schema": {"type": "string", "pattern": "^[A-Za-z0-9_.:-]{1,64}$"}},
                "Code": {"name": "code", "in": "path", "required": true, "description": "Of a grant; case, hyphens and spaces are nothing.", "schema": {"type": "string"}},
                "VisitorId": {"name": "id", "in": "path", "required": true, "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{16,64}$"}},
                "SiteKey": {"name": "site_key", "in": "query", "description": "The storefront's public key; absent where its secret is sent.", "schema": {"type": "string"}},
                "CsrfToken": {"name": "X-CSRF-Token", "in": "header", "required": true, "schema": {"type": "string"}},
                "IdempotencyKey": {"name": "Idempotency-Key", "in": "header", "description": "The request's own name, where a client sends it as a header, too.", "schema": {"type": "string"}},
                "After": {"name": "after", "in": "query", "description": "Sequence number after which to begin.", "schema": {"type": "integer", "minimum": 0, "default": 0}},
                "Limit": {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 200}},
                "LastEventId": {"name": "Last-Event-ID", "in": "header", "description": "Cursor of the last event seen.", "schema": {"type": "string"}},
                "Cursor": {"name": "after", "in": "query", "description": "The same, for a first connection: `<epoch>-<seq>` or `<seq>`.", "schema": {"type": "string"}}
            },
            "securitySchemes": {
                "conversationSecret": bearer("43 to 128 characters of A-Z, a-z, 0-9, '_' and '-', made by the device."),
                "operatorSession": {"type": "apiKey", "in": "cookie", "name": "__Host-zhanggui", "description": "Set by signing in; `zhanggui` over plain http."},
                "siteKey": {"type": "apiKey", "in": "query", "name": "site_key", "description": "The storefront's public key, which is in its pages; in the body where there is one."},
                "storefrontSecret": bearer("43 to 128 characters of A-Z, a-z, 0-9, '_' and '-'; its SHA-256 is `secret_sha256` of the storefront in zhanggui.toml.")
            }
        }
    })
}

fn describe(operation: &Operation, audience: Audience, generator: &mut SchemaGenerator) -> Value {
    let signs_in = operation.id == "signIn";
    let anyone = audience == Audience::Anyone || operation.id == "openapi" || signs_in;
    let (tag, credential) = match audience {
        Audience::Shopper if operation.id == "openapi" => ("server", None),
        Audience::Shopper => ("shopper", Some("conversationSecret")),
        Audience::Operator => ("operator", (!signs_in).then_some("operatorSession")),
        Audience::Merchant => ("merchant", Some("storefrontSecret")),
        Audience::Anyone => ("server", None),
    };
    let refers = |kind: &str, name: &str| json!({"$ref": format!("#/components/{kind}/{name}")});
    let mut parameters: Vec<Value> = Vec::new();
    let mut refuses = operation.refuses.to_vec();
    let unsafe_method = !operation.method.is_safe();
    // With the public key of a storefront, or with its secret.
    let keyed_by_site = ["recommend", "postEvents", "eraseVisitor"].contains(&operation.id);
    for (part, name) in [
        ("{id}", if keyed_by_site { "VisitorId" } else { "ConversationId" }),
        ("{message}", "MessageId"),
        ("{code}", "Code"),
    ] {
        if operation.path.contains(part) {
            parameters.push(refers("parameters", name));
            refuses.push(404);
        }
    }
    parameters.extend(operation.queries.iter().map(|name| refers("parameters", name)));
    if audience == Audience::Operator && unsafe_method && !signs_in {
        parameters.push(refers("parameters", "CsrfToken"));
    }
    if operation.keyed {
        parameters.push(refers("parameters", "IdempotencyKey"));
    }
    if !anyone || signs_in {
        refuses.extend([401, 429]);
    }
    if audience == Audience::Operator && unsafe_method || audience == Audience::Shopper && !anyone {
        refuses.push(403);
    }
    if operation.takes.is_some() {
        refuses.extend([400, 408, 413, 415, 422]);
    }
    if operation.path.starts_with("/v1/") {
        refuses.push(503);
    }
    let mut responses = Map::new();
    for (status, what, make) in &operation.gives {
        let mut response = json!({"description": what});
        if let Some(make) = make {
            response["content"] = json!({"application/json": {"schema": make(generator)}});
        }
        responses.insert(status.to_string(), response);
    }
    if let Some(what) = operation.streams {
        let content = json!({"text/event-stream": {"schema": {"type": "string"}}});
        responses.insert("200".to_owned(), json!({"description": what, "content": content}));
    }
    if operation.pictures {
        let picture = json!({"schema": {"type": "string", "format": "binary"}});
        let content = json!({"image/jpeg": picture, "image/png": picture, "image/webp": picture});
        responses.insert("200".to_owned(), json!({"description": "The picture.", "content": content}));
    }
    refuses.sort_unstable();
    refuses.dedup();
    for status in refuses {
        let name = if matches!(status, 429 | 503) { "Later" } else { "Problem" };
        responses.insert(status.to_string(), refers("responses", name));
    }
    responses.insert("default".to_owned(), refers("responses", "Problem"));
    let credential = if keyed_by_site { None } else { credential };
    let mut security: Vec<Value> = credential.into_iter().map(|name| json!({ name: [] })).collect();
    if keyed_by_site {
        security = vec![json!({"siteKey": []}), json!({"storefrontSecret": []})];
    }
    let mut described = json!({
        "operationId": operation.id,
        "tags": [tag],
        "summary": operation.summary,
        "security": security,
        "responses": responses,
    });
    if !parameters.is_empty() {
        described["parameters"] = parameters.into();
    }
    if let Some((make, required)) = operation.takes {
        let content = json!({"application/json": {"schema": make(generator)}});
        described["requestBody"] = json!({"required": required, "content": content});
    }
    described
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_route_is_described_and_the_other_way_round() {
        let described: BTreeSet<String> =
            operations().iter().map(|operation| format!("{} {}", operation.method, operation.path)).collect();
        let routed: BTreeSet<String> = table().iter().map(|route| format!("{} {}", route.method, route.path)).collect();
        assert_eq!(routed, described);
        let ids: BTreeSet<&str> = operations().iter().map(|operation| operation.id).collect();
        assert_eq!(ids.len(), described.len(), "each operation has a name of its own");
    }

    #[test]
    fn every_reference_leads_somewhere_and_every_form_is_used() {
        fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
            match value {
                Value::Object(fields) => {
                    found.extend(fields.get("$ref").and_then(Value::as_str));
                    fields.values().for_each(|field| references(field, found));
                }
                Value::Array(items) => items.iter().for_each(|item| references(item, found)),
                _ => {}
            }
        }
        let document = document();
        let mut found = BTreeSet::new();
        references(&document, &mut found);
        for target in &found {
            assert!(document.pointer(target.trim_start_matches('#')).is_some(), "{target}");
        }
        for name in ["Message", "Conversation", "Packet", "HandoffState", "Problem", "RemedyRequest", "ActionAnswer"] {
            assert!(found.iter().any(|target| target.ends_with(&format!("/{name}"))), "{name}: {found:?}");
        }
    }

    #[test]
    fn a_form_says_what_the_reader_does() {
        let document = document();
        let schema = |name: &str| document.pointer(&format!("/components/schemas/{name}")).expect("a form").clone();
        for request in [
            "OpenConversation",
            "PostMessages",
            "RequestHandoff",
            "OperatorReply",
            "RemedyRequest",
            "RequestAction",
            "Packet",
        ] {
            assert_eq!(schema(request)["additionalProperties"], false, "{request}");
        }
        assert_eq!(schema("OpenConversation")["required"], json!(["id", "site_key", "locale"]));
        assert_eq!(schema("PostMessages")["properties"]["messages"]["maxItems"], 200);
    }
}
