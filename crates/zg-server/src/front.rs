//! What every request passes first: it is named, admitted, answered whatever happens, counted and logged.
//!
//! A service and no `from_fn`: what is to be done before a request is done at once, so that the services behind need not be cloned
//! and boxed to wait for it.

use std::convert::Infallible;
use std::panic::{self, AssertUnwindSafe};
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tower::{Layer, Service};
use tracing::Instrument as _;

use crate::admission;
use crate::app::App;
use crate::log::Asked;
use crate::{problem, request_id};

#[derive(Clone)]
pub struct Front(pub App);

impl<S> Layer<S> for Front {
    type Service = Behind<S>;

    fn layer(&self, inner: S) -> Behind<S> {
        Behind { app: self.0.clone(), inner }
    }
}

/// A service with the front before it.
#[derive(Clone)]
pub struct Behind<S> {
    app: App,
    inner: S,
}

impl<S> Service<Request> for Behind<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let asked = Asked::of(&request);
        // A service may also panic before there is anything to wait for.
        let admitted = admission::admit(&self.app, &request)
            .map(|turn| (turn, panic::catch_unwind(AssertUnwindSafe(|| self.inner.call(request)))));
        let (app, id, span) = (self.app.clone(), asked.id.clone(), asked.span.clone());
        let answer = async move {
            let (_turn, answer) = match admitted {
                Ok(admitted) => admitted,
                Err(refused) => return refused.into_response(),
            };
            let answered = match answer {
                Ok(answer) => AssertUnwindSafe(answer).catch_unwind().await,
                Err(panic) => Err(panic),
            };
            answered.map_or_else(problem::panicked, |Ok(response)| response)
        };
        Box::pin(async move {
            let mut response = request_id::within(id, answer).instrument(span).await;
            asked.answered(&app, &mut response);
            Ok(response)
        })
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::StatusCode;
    use tower::{ServiceExt as _, service_fn};

    use super::*;
    use crate::app::SystemClock;
    use crate::config::Config;
    use crate::log::REQUEST_ID;

    #[tokio::test]
    async fn a_panic_is_an_answer_with_a_name_and_ends_its_turn() {
        let folder = std::env::temp_dir().join(format!("zg-front-{}", std::process::id()));
        let config = Config { data_dir: folder.clone(), ..Config::default() };
        let app = App::open(config, Box::new(SystemClock)).unwrap();
        for at_once in [true, false] {
            let panics = service_fn(move |_: Request| {
                assert!(!at_once, "before there is anything to wait for");
                async { panic!("while it is waited for") }
            });
            let request = Request::post("/v1/recommendations").body(Body::from("{}")).unwrap();
            let response = Front(app.clone()).layer(panics).oneshot(request).await.unwrap();
            assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
            assert!(response.headers().contains_key(REQUEST_ID));
            assert_eq!(app.admission.in_flight(), 0);
        }
        drop(app);
        let _ = std::fs::remove_dir_all(folder);
    }
}
