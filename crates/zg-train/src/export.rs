//! The student as ONNX: int8 initializers, `Cast` and `Mul`, as `models/train/export.py` writes it.
//!
//! One operator more than there: a table of 16-bit rows between the hash and the table of weights, so that the
//! weights go to the n-grams that matter and any other one adds nothing.

use zg_nlu::onnx::tensor_proto::DataType;
use zg_nlu::onnx::tensor_shape_proto::{Dimension, dimension};
use zg_nlu::onnx::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, StringStringEntryProto, TensorProto,
    TensorShapeProto, TypeProto, ValueInfoProto, attribute_proto::AttributeType, to_bytes, type_proto,
};

use crate::recipe::Student;

/// The file, with `properties` at its end in the order given.
pub(crate) fn bytes(student: &Student, properties: &[(&str, String)]) -> Vec<u8> {
    let parts = student.net.parts();
    let shape = student.net.shape;
    let mut graph = Graph::default();
    let row_of: Vec<u8> = student.index.row_of().iter().flat_map(|row| (*row as i16).to_le_bytes()).collect();
    graph.tensor("row_of", &[student.index.row_of().len()], DataType::Int16, row_of);
    graph.tensor("axes", &[1], DataType::Int64, 1_i64.to_le_bytes().to_vec());
    graph.quantized("table", parts.table, shape.dim);
    graph.quantized("w1", parts.w1, shape.hidden);
    graph.floats("b1", parts.b1);
    graph.quantized("w2", &parts.w2, shape.labels);
    graph.floats("b2", parts.b2);

    graph.node("Gather", &["row_of", "ids"], "short_rows", &[("axis", 0)]);
    graph.node("Cast", &["short_rows"], "rows", &[("to", DataType::Int32 as i64)]);
    graph.node("Gather", &["table_q", "rows"], "grams", &[("axis", 0)]);
    graph.node("Cast", &["grams"], "grams_float", &[("to", DataType::Float as i64)]);
    graph.node("ReduceSum", &["grams_float", "axes"], "sum", &[("keepdims", 0)]);
    graph.node("Mul", &["sum", "table_scale"], "sum_scaled", &[]);
    graph.node("Mul", &["sum_scaled", "scale"], "x", &[]);
    graph.dense("w1", "x", "b1", "before");
    graph.node("Relu", &["before"], "hidden", &[]);
    graph.node("Concat", &["hidden", "x"], "joined", &[("axis", 1)]);
    graph.dense("w2", "joined", "b2", "intent");

    let GraphProto { node, initializer, .. } = graph.0;
    let model = ModelProto {
        ir_version: 8,
        producer_name: "zhanggui-train".to_owned(),
        opset_import: vec![OperatorSetIdProto { domain: String::new(), version: 13 }],
        graph: Some(GraphProto {
            name: "zhanggui-nlu".to_owned(),
            node,
            initializer,
            input: vec![
                // As many n-grams as an utterance has.
                value("ids", DataType::Int32, dimension::Value::DimParam("n_ids".to_owned())),
                value("scale", DataType::Float, dimension::Value::DimValue(1)),
            ],
            output: vec![value("intent", DataType::Float, dimension::Value::DimValue(shape.labels as i64))],
            ..GraphProto::default()
        }),
        metadata_props: properties
            .iter()
            .map(|(key, value)| StringStringEntryProto { key: (*key).to_owned(), value: value.clone() })
            .collect(),
        ..ModelProto::default()
    };
    to_bytes(&model)
}

#[derive(Default)]
struct Graph(GraphProto);

impl Graph {
    fn tensor(&mut self, name: &str, dims: &[usize], kind: DataType, raw_data: Vec<u8>) {
        self.0.initializer.push(TensorProto {
            name: name.to_owned(),
            dims: dims.iter().map(|dim| *dim as i64).collect(),
            data_type: kind as i32,
            raw_data,
            ..TensorProto::default()
        });
    }

    fn floats(&mut self, name: &str, values: &[f32]) {
        let raw = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.tensor(name, &[values.len()], DataType::Float, raw);
    }

    /// `name_q` and `name_scale`: symmetric int8, one scale per column, nothing clipped.
    fn quantized(&mut self, name: &str, weights: &[f32], columns: usize) {
        let mut highest = vec![0.0_f32; columns];
        for row in weights.chunks_exact(columns) {
            highest.iter_mut().zip(row).for_each(|(highest, weight)| *highest = highest.max(weight.abs()));
        }
        let scales: Vec<f32> = highest.iter().map(|highest| (highest / 127.0).max(1e-8)).collect();
        let rows = weights.chunks_exact(columns);
        let raw = rows
            .flat_map(|row| row.iter().zip(&scales))
            .flat_map(|(weight, scale)| ((weight / scale).round().clamp(-127.0, 127.0) as i8).to_le_bytes())
            .collect();
        self.tensor(&format!("{name}_q"), &[weights.len() / columns, columns], DataType::Int8, raw);
        self.floats(&format!("{name}_scale"), &scales);
    }

    /// `output = input · name + bias`.
    fn dense(&mut self, name: &str, input: &str, bias: &str, output: &str) {
        let [float, weight, product] = ["float", "weight", "product"].map(|part| format!("{name}_{part}"));
        self.node("Cast", &[&format!("{name}_q")], &float, &[("to", DataType::Float as i64)]);
        self.node("Mul", &[&float, &format!("{name}_scale")], &weight, &[]);
        self.node("MatMul", &[input, &weight], &product, &[]);
        self.node("Add", &[&product, bias], output, &[]);
    }

    fn node(&mut self, kind: &str, inputs: &[&str], output: &str, attributes: &[(&str, i64)]) {
        let attribute = attributes.iter().map(|(name, value)| AttributeProto {
            name: (*name).to_owned(),
            r#type: AttributeType::Int as i32,
            i: *value,
            ..AttributeProto::default()
        });
        self.0.node.push(NodeProto {
            name: format!("{output}_node"),
            op_type: kind.to_owned(),
            input: inputs.iter().map(|input| (*input).to_owned()).collect(),
            output: vec![output.to_owned()],
            attribute: attribute.collect(),
            ..NodeProto::default()
        });
    }
}

/// An input or output of 1 × `columns`.
fn value(name: &str, kind: DataType, columns: dimension::Value) -> ValueInfoProto {
    let dim = |value: dimension::Value| Dimension { value: Some(value), ..Dimension::default() };
    let shape = TensorShapeProto { dim: vec![dim(dimension::Value::DimValue(1)), dim(columns)] };
    let tensor = type_proto::Tensor { elem_type: kind as i32, shape: Some(shape) };
    let r#type = TypeProto { value: Some(type_proto::Value::TensorType(tensor)), ..TypeProto::default() };
    ValueInfoProto { name: name.to_owned(), r#type: Some(r#type), ..ValueInfoProto::default() }
}
