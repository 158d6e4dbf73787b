//! What every request passes first: it is named, admitted, answered whatever happens, counted and logged.
//!
//! A service and no `from_fn`: what is to be done before a request is done at once, so that the services behind need not be cloned
//! and boxed to wait for it.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
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
        let admitted = admission::admit(&self.app, &request).map(|turn| (turn, self.inner.call(request)));
        let (app, id, span) = (self.app.clone(), asked.id.clone(), asked.span.clone());
        let answer = async move {
            match admitted {
                Ok((_turn, answer)) => match AssertUnwindSafe(answer).catch_unwind().await {
                    Ok(Ok(response)) => response,
                    Err(panic) => problem::panicked(panic),
                },
                Err(refused) => refused.into_response(),
            }
        };
        Box::pin(async move {
            let mut response = request_id::within(id, answer).instrument(span).await;
            asked.answered(&app, &mut response);
            Ok(response)
        })
    }
}
