//! From ONNX bytes to a graph that tract may be trusted with.
//!
//! tract indexes into maps and slices while it translates a graph, so a hostile file makes it panic.
//! Whatever it takes on trust is therefore checked on the protobuf first: operators, names, shapes, lengths.
//! Only the operators that our models use are registered, which is also what keeps the rest of tract-onnx out of the WASM.

use std::collections::{HashMap, HashSet};
use std::io::Cursor;

use tract_onnx::model::{Onnx, OnnxOpRegister, ParsingContext};
use tract_onnx::pb::{
    GraphProto, ModelProto, NodeProto, TensorProto, attribute_proto::AttributeType, tensor_proto::DataType,
};
use tract_onnx::prelude::*;
use tract_onnx::tract_hir::internal::{InferenceOp, bail, expand};
use tract_onnx::tract_hir::ops;
use tract_onnx::tract_hir::ops::binary::BinIntoHir as _;

/// No model of ours is larger; a file that says so is not one of ours.
const MAX_MODEL_BYTES: usize = 16 << 20;
const MAX_NODES: usize = 256;
const OPERATORS: [&str; 8] = ["Gather", "Cast", "Add", "Mul", "MatMul", "ReduceSum", "Relu", "Concat"];

type Built = TractResult<(Box<dyn InferenceOp>, Vec<String>)>;

/// The graph of a model and the properties its file carries.
pub(crate) struct Parsed {
    pub(crate) proto: ModelProto,
    pub(crate) properties: HashMap<String, String>,
}

impl Parsed {
    /// The bytes of a tensor that no node reads and no output is; it is then no longer part of the graph.
    pub(crate) fn take(&mut self, name: &str) -> Option<Vec<u8>> {
        let graph = self.proto.graph.as_mut()?;
        let read = graph.node.iter().flat_map(|node| &node.input).any(|input| input == name);
        if read || graph.output.iter().any(|output| output.name == name) {
            return None;
        }
        let at = graph.initializer.iter().position(|tensor| tensor.name == name)?;
        Some(graph.initializer.swap_remove(at).raw_data)
    }
}

/// Reads the file and checks what tract would take on trust. The error says what is wrong.
pub(crate) fn parse(bytes: &[u8]) -> Result<Parsed, String> {
    if bytes.len() > MAX_MODEL_BYTES {
        return Err(format!("{} bytes are more than the {MAX_MODEL_BYTES} a model may have", bytes.len()));
    }
    let mut proto = Onnx::default()
        .proto_model_for_read(&mut Cursor::new(bytes))
        .map_err(|_| "it is cut, or not an ONNX file".to_owned())?;
    // The properties come last in the file, so they are missing from one that was cut at a field's end.
    let properties = proto.metadata_props.iter().map(|entry| (entry.key.clone(), entry.value.clone())).collect();
    let graph = proto.graph.as_mut().ok_or("it has no graph")?;
    check(graph)?;
    fold_axes(graph)?;
    Ok(Parsed { proto, properties })
}

/// Translates a checked graph and optimizes it.
pub(crate) fn plan(proto: &ModelProto) -> TractResult<Arc<TypedRunnableModel>> {
    let onnx = Onnx { op_register: registry(), ..Onnx::default() };
    onnx.model_for_proto_model(proto)?.into_optimized()?.into_runnable()
}

fn registry() -> OnnxOpRegister {
    let mut registry = OnnxOpRegister::default();
    registry.insert("Gather", |_, node| Ok((expand(ops::array::Gather::new(integer(node, "axis", 0))), vec![])));
    registry.insert("Cast", cast);
    registry.insert("Add", |_, _| Ok((ops::math::Add.into_hir(), vec![])));
    registry.insert("Mul", |_, _| Ok((ops::math::Mul.into_hir(), vec![])));
    registry.insert("MatMul", |_, _| Ok((expand(ops::matmul::MatMulInference::default()), vec![])));
    registry.insert("ReduceSum", reduce_sum);
    registry.insert("Relu", |_, _| Ok((expand(ops::activations::Clip::new(Some(0.0), None)), vec![])));
    registry.insert("Concat", |_, node| Ok((expand(ops::array::Concat::new(integer(node, "axis", 0))), vec![])));
    registry
}

fn cast(_: &ParsingContext<'_>, node: &NodeProto) -> Built {
    let to = match DataType::try_from(integer(node, "to", 0) as i32) {
        Ok(DataType::Float) => f32::datum_type(),
        Ok(DataType::Int32) => i32::datum_type(),
        Ok(DataType::Int64) => i64::datum_type(),
        other => bail!("cast to {other:?}"),
    };
    Ok((Box::new(ops::cast::cast(to)), vec![]))
}

fn reduce_sum(_: &ParsingContext<'_>, node: &NodeProto) -> Built {
    let axes = node.attribute.iter().find(|attribute| attribute.name == "axes").map(|attribute| attribute.ints.clone());
    let keep = integer(node, "keepdims", 1) == 1;
    Ok((expand(ops::nn::Reduce::new(axes, keep, ops::nn::Reducer::Sum)), vec![]))
}

pub(crate) fn integer(node: &NodeProto, name: &str, absent: i64) -> i64 {
    node.attribute.iter().find(|attribute| attribute.name == name).map_or(absent, |attribute| attribute.i)
}

pub(crate) fn integers<'n>(node: &'n NodeProto, name: &str) -> &'n [i64] {
    node.attribute.iter().find(|attribute| attribute.name == name).map_or(&[], |attribute| &attribute.ints)
}

fn check(graph: &GraphProto) -> Result<(), String> {
    if graph.node.len() > MAX_NODES {
        return Err(format!("{} nodes are more than the {MAX_NODES} a model may have", graph.node.len()));
    }
    let mut known: HashSet<&str> = graph.input.iter().map(|input| input.name.as_str()).collect();
    for tensor in &graph.initializer {
        check_tensor(tensor)?;
        known.insert(&tensor.name);
    }
    for node in &graph.node {
        if !OPERATORS.contains(&node.op_type.as_str()) {
            return Err(format!("operator {:?} is not one that models use here", node.op_type));
        }
        let n_inputs = match node.op_type.as_str() {
            "Cast" | "Relu" => 1..=1,
            "ReduceSum" => 1..=2,
            "Concat" => 1..=16,
            _ => 2..=2,
        };
        if !n_inputs.contains(&node.input.len()) || node.output.len() != 1 {
            return Err(format!(
                "node {:?} has {} inputs and {} outputs",
                node.name,
                node.input.len(),
                node.output.len()
            ));
        }
        if let Some(missing) = node.input.iter().find(|name| !known.contains(name.as_str())) {
            return Err(format!("node {:?} takes {missing:?}, which nothing gives", node.name));
        }
        known.insert(&node.output[0]);
    }
    match graph.output.iter().find(|output| !known.contains(output.name.as_str())) {
        Some(output) => Err(format!("nothing gives the output {:?}", output.name)),
        None => Ok(()),
    }
}

fn check_tensor(tensor: &TensorProto) -> Result<(), String> {
    let item = match DataType::try_from(tensor.data_type) {
        Ok(DataType::Int8) => 1,
        Ok(DataType::Int16) => 2,
        Ok(DataType::Float | DataType::Int32) => 4,
        Ok(DataType::Int64) => 8,
        _ => return Err(format!("tensor {:?} is of a type that models do not use here", tensor.name)),
    };
    let wrong = || format!("tensor {:?} does not have the length its shape says", tensor.name);
    if tensor.dims.len() > 4 || !tensor.external_data.is_empty() {
        return Err(wrong());
    }
    let mut length = 1_usize;
    for dim in &tensor.dims {
        length = usize::try_from(*dim).ok().and_then(|dim| length.checked_mul(dim)).ok_or_else(wrong)?;
    }
    if length.checked_mul(item) == Some(tensor.raw_data.len()) { Ok(()) } else { Err(wrong()) }
}

/// Every row that a gather may ask for must be there, because tract indexes without looking.
/// `inputs` says how many rows the properties promise to each input of ids.
pub(crate) fn check_rows(graph: &GraphProto, inputs: &[(&str, u32)]) -> Result<(), String> {
    // For what may be an index: one more than its largest value.
    let mut bound: HashMap<&str, i64> = inputs.iter().map(|(name, rows)| (*name, i64::from(*rows))).collect();
    for node in &graph.node {
        let bounded = match node.op_type.as_str() {
            "Cast" => bound.get(node.input[0].as_str()).copied(),
            "Gather" => {
                let wrong = |what: &str| format!("node {:?} gathers {what}", node.name);
                let table = graph.initializer.iter().find(|tensor| tensor.name == node.input[0]);
                let table = table.ok_or_else(|| wrong("from what is no table"))?;
                let rows = bound.get(node.input[1].as_str()).ok_or_else(|| wrong("by what are no rows"))?;
                if integer(node, "axis", 0) != 0 || table.dims.first().is_none_or(|dim| dim < rows) {
                    return Err(wrong("rows that its table does not have"));
                }
                (table.data_type == DataType::Int16 as i32).then(|| highest(table)).transpose()?
            }
            _ => None,
        };
        if let Some(bounded) = bounded {
            bound.insert(&node.output[0], bounded);
        }
    }
    Ok(())
}

/// One more than the largest row that a table of rows names.
fn highest(table: &TensorProto) -> Result<i64, String> {
    let rows = table.raw_data.as_chunks::<2>().0.iter().map(|bytes| i64::from(i16::from_le_bytes(*bytes)));
    let (least, most) = rows.fold((0, 0), |(least, most), row| (row.min(least), row.max(most)));
    if least < 0 { Err(format!("tensor {:?} names rows below the first", table.name)) } else { Ok(most + 1) }
}

/// Since opset 13 the axes of ReduceSum are an input; as an attribute they need no second operator of tract's.
fn fold_axes(graph: &mut GraphProto) -> Result<(), String> {
    for node in graph.node.iter_mut().filter(|node| node.op_type == "ReduceSum" && node.input.len() == 2) {
        let tensor = graph
            .initializer
            .iter()
            .find(|tensor| tensor.name == node.input[1] && tensor.data_type == DataType::Int64 as i32);
        let axes = tensor.ok_or_else(|| format!("node {:?} has no constant axes", node.name))?;
        let ints: Vec<i64> = axes.raw_data.as_chunks::<8>().0.iter().map(|bytes| i64::from_le_bytes(*bytes)).collect();
        if ints.iter().any(|axis| !(-4..4).contains(axis)) {
            return Err(format!("node {:?} sums over an axis that is not there", node.name));
        }
        node.input.truncate(1);
        node.attribute.push(tract_onnx::pb::AttributeProto {
            name: "axes".to_owned(),
            r#type: AttributeType::Ints as i32,
            ints,
            ..Default::default()
        });
    }
    Ok(())
}
