//! The protobuf types of ONNX, as tract has them, for writing a model (feature `write`).

pub use tract_onnx::pb::*;

/// The bytes of a file. Fields are written in the order of their numbers, so the properties come last.
#[must_use]
pub fn to_bytes(model: &ModelProto) -> Vec<u8> {
    prost::Message::encode_to_vec(model)
}
