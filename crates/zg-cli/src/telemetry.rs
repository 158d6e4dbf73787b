//! The log to stderr, as lines for people or as JSON, and traces by OTLP where an address is configured.
//!
//! Neither holds anything personal: requests are named by their pattern, and bodies, queries, headers and addresses stay out.

use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer, Registry};
use zg_server::{LogForm, Operations};

/// What is to be sent off before the process ends.
pub struct Telemetry {
    #[cfg(feature = "otlp")]
    traces: Option<opentelemetry_sdk::trace::SdkTracerProvider>,
}

/// # Errors
/// Traces are asked for, and this executable has none, or their address is of no use.
pub fn begin(operations: &Operations) -> anyhow::Result<Telemetry> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into());
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines: Box<dyn Layer<Registry> + Send + Sync> = match operations.log {
        LogForm::Text => lines.with_filter(filter).boxed(),
        LogForm::Json => {
            lines.json().flatten_event(true).with_current_span(false).with_span_list(false).with_filter(filter).boxed()
        }
    };
    let registry = tracing_subscriber::registry().with(lines);
    #[cfg(feature = "otlp")]
    {
        let traces =
            operations.otlp_endpoint.as_deref().map(|endpoint| otlp::provider(endpoint, operations.otlp_share));
        let traces = traces.transpose()?;
        registry.with(traces.as_ref().map(otlp::layer)).init();
        Ok(Telemetry { traces })
    }
    #[cfg(not(feature = "otlp"))]
    {
        anyhow::ensure!(
            operations.otlp_endpoint.is_none(),
            "operations.otlp_endpoint: this executable was built without traces; build it with `--features otlp`"
        );
        registry.init();
        Ok(Telemetry {})
    }
}

impl Telemetry {
    /// Sends off what has not been sent.
    pub async fn end(self) {
        #[cfg(feature = "otlp")]
        if let Some(traces) = self.traces {
            // It blocks until the last batch has gone or its time is up.
            let _ = tokio::task::spawn_blocking(move || traces.shutdown()).await;
        }
    }
}

#[cfg(feature = "otlp")]
mod otlp {
    use anyhow::Context as _;
    use opentelemetry::trace::TracerProvider as _;
    use opentelemetry_otlp::{SpanExporter, WithExportConfig as _};
    use opentelemetry_sdk::Resource;
    use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
    use tracing_subscriber::registry::LookupSpan;
    use tracing_subscriber::{EnvFilter, Layer};

    pub fn provider(endpoint: &str, share: f64) -> anyhow::Result<SdkTracerProvider> {
        // The configured address is the collector's; the path is the specification's.
        let endpoint = format!("{}/v1/traces", endpoint.trim_end_matches('/'));
        let exporter = SpanExporter::builder().with_http().with_endpoint(endpoint).build();
        let exporter = exporter.context("operations.otlp_endpoint")?;
        let resource = Resource::builder()
            .with_service_name("zhanggui")
            .with_attribute(opentelemetry::KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(share))))
            .with_resource(resource)
            .build())
    }

    pub fn layer<S>(provider: &SdkTracerProvider) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: tracing::Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    {
        let tracer = provider.tracer("zhanggui");
        // Spans of the house alone: the exporter's own requests must not be traced.
        tracing_opentelemetry::layer()
            .with_tracer(tracer)
            .with_location(false)
            .with_threads(false)
            .with_filter(EnvFilter::new("off,zg_server=info"))
    }
}
