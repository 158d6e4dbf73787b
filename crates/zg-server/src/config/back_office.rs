//! The merchant's own server, as the configuration describes it.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::http::Uri;
use base64ct::{Base64, Encoding as _};
use ipnet::IpNet;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use zg_proto::config::BackOfficeConfig;

use super::Reading;

/// Standard Webhooks: 24 to 64 bytes.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
/// What an action may take in all; the page that waits for it gives up after thirty seconds.
pub const PATIENCE: Duration = Duration::from_secs(25);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackOffice {
    pub target: Target,
    /// The newest first or last: the receiver takes any.
    pub secrets: Vec<Vec<u8>>,
    /// `None`: all.
    pub actions: Option<BTreeSet<String>>,
    /// Of one attempt.
    pub timeout: Duration,
    pub attempts: u32,
    pub concurrency: usize,
    pub allow_private: Vec<IpNet>,
    /// Trusted besides the machine's own, in DER.
    pub roots: Vec<Vec<u8>>,
}

impl BackOffice {
    #[must_use]
    pub fn takes(&self, action: &str) -> bool {
        self.actions.as_ref().is_none_or(|actions| actions.contains(action))
    }
}

/// An address in its parts, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub https: bool,
    /// Without the brackets of an IPv6 address.
    pub host: String,
    pub port: u16,
    /// As the `Host` header has it.
    pub authority: String,
    pub path: String,
}

impl Target {
    /// # Errors
    /// What is wrong with it.
    pub fn parse(url: &str) -> Result<Self, &'static str> {
        let uri: Uri = url.parse().map_err(|_| "want an address such as https://shop.example/zhanggui/actions")?;
        let https = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err("want an address that begins with https://"),
        };
        let authority = uri.authority().ok_or("want an address with a host")?;
        if authority.as_str().contains('@') {
            return Err("a name and password have no place in the address; requests are signed");
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        if host.is_empty() {
            return Err("want an address with a host");
        }
        let port = authority.port_u16().unwrap_or(if https { 443 } else { 80 });
        let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        Ok(Self { https, host, port, authority: authority.as_str().to_owned(), path })
    }
}

pub(super) fn read(reading: &mut Reading<'_>, at: &str, form: BackOfficeConfig) -> BackOffice {
    let stand_in =
        || Target { https: true, host: String::new(), port: 443, authority: String::new(), path: "/".to_owned() };
    let target = reading.parsed(&format!("{at}.url"), Target::parse(&form.url)).unwrap_or_else(stand_in);
    let networks_at = format!("{at}.allow_private");
    let mut allow_private = Vec::new();
    for text in &form.allow_private {
        let network =
            text.parse::<IpNet>().map_err(|_| format!("{text:?} is no network; write 10.1.0.0/16 or fd00::/8"));
        allow_private.extend(reading.parsed(&networks_at, network));
    }
    if !target.https && allow_private.is_empty() {
        reading.wrong(
            &format!("{at}.url"),
            "plain http is for private networks; write https://, or name one in allow_private",
        );
    }
    let secrets_at = format!("{at}.secret_files");
    if form.secret_files.is_empty() {
        reading.wrong(&secrets_at, "name at least one file: nothing is sent unsigned");
    }
    let mut secrets = Vec::new();
    for path in &form.secret_files {
        let Some(bytes) = reading.file(&secrets_at, path) else { continue };
        let secret = secret(&bytes).ok_or_else(|| {
            format!("{path}: want whsec_ and 24 to 64 bytes in base64, such as `echo whsec_$(openssl rand -base64 32)` gives")
        });
        secrets.extend(reading.parsed(&secrets_at, secret));
    }
    let actions_at = format!("{at}.actions");
    for action in form.actions.iter().flatten() {
        if crate::validate::word("action", action).is_err() {
            reading.wrong(&actions_at, format!("{action:?} is no action's name; docs/playbooks.md lists them"));
        }
    }
    let mut roots = Vec::new();
    if let Some(path) = form.ca_file {
        let ca_at = format!("{at}.ca_file");
        if let Some(bytes) = reading.file(&ca_at, &path) {
            let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
            match found {
                Ok(found) if !found.is_empty() => roots = found.iter().map(|root| root.to_vec()).collect(),
                _ => reading.wrong(&ca_at, format!("{path}: want certificates as PEM, -----BEGIN CERTIFICATE-----")),
            }
        }
    }
    let seconds = reading.number(&format!("{at}.timeout_seconds"), form.timeout_seconds, 8, 1..=25);
    let concurrency = reading.number(&format!("{at}.concurrency"), form.concurrency, 32, 1..=1000);
    BackOffice {
        target,
        secrets,
        actions: form.actions.map(|actions| actions.into_iter().collect()),
        timeout: Duration::from_secs(seconds.into()),
        attempts: reading.number(&format!("{at}.attempts"), form.attempts, 3, 1..=5),
        concurrency: usize::try_from(concurrency).unwrap_or(usize::MAX),
        allow_private,
        roots,
    }
}

fn secret(bytes: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(bytes.trim_ascii()).ok()?;
    let secret = Base64::decode_vec(text.strip_prefix("whsec_")?).ok()?;
    SECRET_BYTES.contains(&secret.len()).then_some(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_apart() {
        let parts = |url: &str| Target::parse(url).map(|target| (target.https, target.host, target.port, target.path));
        assert_eq!(parts("https://shop.example"), Ok((true, "shop.example".into(), 443, "/".into())));
        assert_eq!(parts("http://[::1]:81/a?b=c"), Ok((false, "::1".into(), 81, "/a?b=c".into())));
        for wrong in
            ["", "shop.example", "ftp://shop.example", "https://a:b@shop.example", "https:///x", "/x", "https://"]
        {
            assert!(Target::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_secret_is_of_the_standard() {
        assert_eq!(secret(b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n").map(|secret| secret.len()), Some(24));
        for wrong in [&b"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"[..], b"whsec_short", b"whsec_", b"whsec_\xff", b""] {
            assert_eq!(secret(wrong), None);
        }
    }
}
