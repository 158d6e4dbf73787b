//! Pictures from strangers: what they are is read from their bytes, and nothing that they claim is believed.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64ct::{Base64, Encoding as _};
use imagesize::{ImageType, blob_size, image_type};

use crate::problem::Failure;
use crate::storage::Image;

/// What a device makes of a photograph before it sends it is a third of this.
pub const MAX_BYTES: usize = 700 * 1024;
/// No side may be longer: a small file can hold a picture that fills a desk's memory.
const MAX_SIDE: usize = 4096;

/// The names that are kept and served, and no others: a browser runs scripts in an SVG.
const MEDIA_TYPES: [&str; 3] = ["image/jpeg", "image/png", "image/webp"];

pub fn media_type(name: &str) -> Option<&'static str> {
    MEDIA_TYPES.into_iter().find(|known| *known == name)
}

/// Reads a picture out of base64.
///
/// # Errors
/// No base64, no JPEG, PNG or WebP, or one too large.
pub fn read(data: &str) -> Result<Image, Failure> {
    if data.len() > MAX_BYTES.div_ceil(3) * 4 {
        return Err(Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "image_too_large", "The picture is too large")
            .detail(format!("at most {MAX_BYTES} bytes")));
    }
    let bytes = Base64::decode_vec(data).map_err(|_| Failure::invalid("data: want base64 with padding"))?;
    let media_type = match image_type(&bytes) {
        Ok(ImageType::Jpeg) => "image/jpeg",
        Ok(ImageType::Png) => "image/png",
        Ok(ImageType::Webp) => "image/webp",
        _ => return Err(unreadable()),
    };
    let size = blob_size(&bytes).map_err(|_| unreadable())?;
    if size.width == 0 || size.height == 0 {
        return Err(unreadable());
    }
    if size.width.max(size.height) > MAX_SIDE {
        return Err(Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "image_too_large", "The picture is too large")
            .detail(format!("at most {MAX_SIDE} pixels a side")));
    }
    Ok(Image { media_type, bytes })
}

fn unreadable() -> Failure {
    Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "not_an_image", "Want a picture: JPEG, PNG or WebP")
}

/// The picture as an answer that nothing can be run from, wherever it is opened.
pub fn respond(image: Image) -> Response {
    let mut response = Body::from(image.bytes).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(image.media_type));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    headers.insert(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin"));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("inline"));
    // A message never changes, and neither does its picture; others on the way have no business with it.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=3600, immutable"));
    response
}
