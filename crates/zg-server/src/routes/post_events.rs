//! `POST /v1/events`: what shoppers did, each event once.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use zg_proto::recommendation::{EventTaken, EventsTaken, PostEvents, TakenTag};

use crate::app::App;
use crate::auth::Caller;
use crate::body::Body;
use crate::peer::Peer;
use crate::problem::Failure;
use crate::recommend;
use crate::storage::shop::NewEvents;

const MOST: usize = 500;

pub async fn handle(
    State(app): State<App>,
    peer: Peer,
    headers: HeaderMap,
    Body(request): Body<PostEvents>,
) -> Result<Json<EventsTaken>, Failure> {
    let Caller { tenant, vouched } = Caller::of(&headers, &app, request.site_key.as_deref())?;
    if !(1..=MOST).contains(&request.events.len()) {
        return Err(Failure::invalid(format!("events: want 1 to {MOST}")));
    }
    if !recommend::is_visitor(&request.visitor) {
        return Err(Failure::invalid("visitor: want 16 to 64 characters of A-Z, a-z, 0-9, '_' and '-'"));
    }
    let now = app.now();
    if !vouched {
        app.shops.events.take(&peer.address, request.events.len(), now)?;
    }
    let visitor = recommend::visitor(&tenant, &request.visitor);
    let most = recommend::settings(&app, &tenant).visits_per_address;
    let mut taken = Vec::with_capacity(request.events.len());
    let mut events = Vec::with_capacity(request.events.len());
    let mut uncounted = 0;
    for event in &request.events {
        let id = recommend::event_id(event).to_owned();
        match recommend::read_event(event, vouched, now) {
            Err(code) => {
                taken.push(EventTaken { id, status: TakenTag::Rejected, code: Some(code.to_owned()) });
            }
            Ok(mut event) => {
                if !vouched && !event.item.is_empty() {
                    let what = (&tenant, peer.address, event.item.as_str());
                    event.counted = app.shops.addresses.count(what, &visitor, most, now);
                    uncounted += u64::from(!event.counted);
                }
                events.push(event);
                taken.push(EventTaken { id, status: TakenTag::Accepted, code: None });
            }
        }
    }
    if !events.is_empty() {
        let new = app.storage.add_events(&tenant, NewEvents { visitor, vouched, events }, now).await?;
        let accepted = taken.iter_mut().filter(|taken| taken.status == TakenTag::Accepted);
        for (taken, new) in accepted.zip(new) {
            if !new {
                taken.status = TakenTag::Duplicate;
            }
        }
        app.shops.wake();
    }
    for (status, outcome) in
        [(TakenTag::Accepted, "accepted"), (TakenTag::Duplicate, "duplicate"), (TakenTag::Rejected, "rejected")]
    {
        let n = taken.iter().filter(|taken| taken.status == status).count();
        app.metrics.shop_events(outcome, n as u64);
    }
    app.metrics.shop_events("uncounted", uncounted);
    Ok(Json(EventsTaken { events: taken }))
}
