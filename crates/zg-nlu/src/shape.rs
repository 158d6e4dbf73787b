//! How large what a graph computes would be, before tract computes it.
//!
//! A product of a column and a row is as large as the square of the file, so a small file can ask for any memory.
//! Shapes follow the rules of ONNX's operators (opset 13; broadcasting as in `NumPy`), with an utterance of the most n-grams.

use std::collections::HashMap;

use tract_onnx::pb::{GraphProto, NodeProto};

use crate::features::MAX_FEATURES;
use crate::graph::{integer, integers};

/// Numbers that one node may give: 16 MiB as 32-bit ones. The largest of our own models gives 57,600.
const MAX_NUMBERS: usize = 1 << 22;
/// Numbers of all nodes, and multiplications of all products.
const MAX_WORK: usize = 1 << 28;
const MAX_RANK: usize = 4;

type Shape = Vec<usize>;

/// Refuses graphs whose shapes do not fit together, or that would take more memory or time than a model may.
///
/// The graph's nodes are in order, and of the operators that are registered.
pub(crate) fn check(graph: &GraphProto) -> Result<(), String> {
    let mut known: HashMap<&str, Shape> = HashMap::new();
    // An input may also be named among the tensors, as its default.
    known.insert("ids", vec![1, MAX_FEATURES]);
    known.insert("scale", vec![1, 1]);
    for tensor in &graph.initializer {
        known.insert(&tensor.name, tensor.dims.iter().map(|dim| usize::try_from(*dim).unwrap_or(0)).collect());
    }
    let mut work = 0_usize;
    for node in &graph.node {
        let wrong = |what: &str| format!("node {:?} {what}", node.name);
        let inputs: Option<Vec<&Shape>> = node.input.iter().map(|name| known.get(name.as_str())).collect();
        let inputs = inputs.ok_or_else(|| wrong("takes what has no shape"))?;
        let shape = of_node(node, &inputs).ok_or_else(|| wrong("has inputs whose shapes do not fit together"))?;
        let numbers = product(&shape).filter(|numbers| *numbers <= MAX_NUMBERS && shape.len() <= MAX_RANK);
        let numbers = numbers.ok_or_else(|| wrong("gives more than a model may"))?;
        let each = if node.op_type == "MatMul" { inputs[0].last().copied().unwrap_or(1) } else { 1 };
        work = numbers.checked_mul(each).and_then(|more| work.checked_add(more)).unwrap_or(usize::MAX);
        if work > MAX_WORK {
            return Err(wrong("takes more time than a model may"));
        }
        known.insert(&node.output[0], shape);
    }
    Ok(())
}

fn product(shape: &[usize]) -> Option<usize> {
    shape.iter().try_fold(1_usize, |numbers, dim| numbers.checked_mul(*dim))
}

fn of_node(node: &NodeProto, inputs: &[&Shape]) -> Option<Shape> {
    match (node.op_type.as_str(), inputs) {
        ("Cast" | "Relu", [of]) => Some((*of).clone()),
        ("Add" | "Mul", [left, right]) => broadcast(left, right),
        ("Gather", [table, rows]) => Some([rows.as_slice(), table.get(1..)?].concat()),
        ("MatMul", [left, right]) => {
            let ([before @ .., m, k], [behind @ .., other, n]) = (left.as_slice(), right.as_slice()) else {
                return None;
            };
            let mut shape = broadcast(before, behind).filter(|_| k == other)?;
            shape.extend([*m, *n]);
            Some(shape)
        }
        // Its axes are an attribute by now.
        ("ReduceSum", [of]) => {
            let kept = integer(node, "keepdims", 1) == 1;
            let axes = match integers(node, "axes") {
                [] => (0..of.len()).collect(),
                some => some.iter().map(|one| axis(*one, of.len())).collect::<Option<Vec<_>>>()?,
            };
            let dims = of.iter().enumerate();
            let shape = dims.filter_map(|(at, dim)| if axes.contains(&at) { kept.then_some(1) } else { Some(*dim) });
            Some(shape.collect())
        }
        ("Concat", [first, rest @ ..]) => {
            let along = axis(integer(node, "axis", 0), first.len())?;
            let mut shape = (*first).clone();
            for part in rest {
                let fits = |at: usize| at == along || part[at] == first[at];
                if part.len() != first.len() || !(0..part.len()).all(fits) {
                    return None;
                }
                shape[along] = shape[along].checked_add(part[along])?;
            }
            Some(shape)
        }
        _ => None,
    }
}

fn axis(axis: i64, rank: usize) -> Option<usize> {
    let rank = i64::try_from(rank).ok()?;
    let from_the_front = if axis < 0 { axis.checked_add(rank)? } else { axis };
    (0..rank).contains(&from_the_front).then(|| from_the_front.unsigned_abs() as usize)
}

fn broadcast(left: &[usize], right: &[usize]) -> Option<Shape> {
    let rank = left.len().max(right.len());
    let dim = |shape: &[usize], at: usize| (at + shape.len()).checked_sub(rank).map_or(1, |at| shape[at]);
    (0..rank)
        .map(|at| match (dim(left, at), dim(right, at)) {
            (one, 1) | (1, one) => Some(one),
            (one, same) if one == same => Some(one),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use tract_onnx::pb::{AttributeProto, TensorProto};

    use super::*;

    fn graph(op: &str, tensors: &[&[i64]], attributes: &[(&str, i64, &[i64])]) -> GraphProto {
        let name = |at: usize| format!("t{at}");
        let attribute = attributes.iter().map(|(name, i, ints)| AttributeProto {
            name: (*name).to_owned(),
            i: *i,
            ints: ints.to_vec(),
            ..AttributeProto::default()
        });
        GraphProto {
            initializer: (tensors.iter().enumerate())
                .map(|(at, dims)| TensorProto { name: name(at), dims: dims.to_vec(), ..TensorProto::default() })
                .collect(),
            node: vec![NodeProto {
                name: "n".to_owned(),
                op_type: op.to_owned(),
                input: (0..tensors.len()).map(name).collect(),
                output: vec!["out".to_owned()],
                attribute: attribute.collect(),
                ..NodeProto::default()
            }],
            ..GraphProto::default()
        }
    }

    #[test]
    fn shapes_follow_the_operators() {
        type Case<'c> = (&'c str, &'c [&'c [i64]], &'c [(&'c str, i64, &'c [i64])], Option<&'c [usize]>);
        let cases: [Case<'_>; 17] = [
            ("Cast", &[&[3, 4]], &[], Some(&[3, 4])),
            ("Add", &[&[3, 4], &[4]], &[], Some(&[3, 4])),
            ("Mul", &[&[1, 5, 4], &[3, 1, 1]], &[], Some(&[3, 5, 4])),
            ("Add", &[&[3, 4], &[3]], &[], None),
            ("Gather", &[&[9, 4], &[1, 5]], &[], Some(&[1, 5, 4])),
            ("Gather", &[&[], &[1, 5]], &[], None),
            ("MatMul", &[&[1, 6], &[6, 2]], &[], Some(&[1, 2])),
            ("MatMul", &[&[5, 1, 6], &[6, 2]], &[], Some(&[5, 1, 2])),
            ("MatMul", &[&[1, 6], &[5, 2]], &[], None),
            ("MatMul", &[&[6], &[6, 2]], &[], None),
            ("ReduceSum", &[&[1, 5, 4]], &[("axes", 0, &[-2]), ("keepdims", 0, &[])], Some(&[1, 4])),
            ("ReduceSum", &[&[1, 5, 4]], &[("axes", 0, &[1])], Some(&[1, 1, 4])),
            ("ReduceSum", &[&[1, 5, 4]], &[("axes", 0, &[3])], None),
            ("ReduceSum", &[&[2, 5]], &[], Some(&[1, 1])),
            ("Concat", &[&[1, 5], &[1, 2]], &[("axis", 1, &[])], Some(&[1, 7])),
            ("Concat", &[&[1, 5], &[2, 2]], &[("axis", 1, &[])], None),
            ("Concat", &[&[1, 5], &[1, 2]], &[("axis", i64::MIN, &[])], None),
        ];
        for (op, tensors, attributes, expected) in cases {
            let graph = graph(op, tensors, attributes);
            let shapes: Vec<Shape> =
                tensors.iter().map(|dims| dims.iter().map(|dim| usize::try_from(*dim).unwrap()).collect()).collect();
            let found = of_node(&graph.node[0], &shapes.iter().collect::<Vec<_>>());
            assert_eq!(found.as_deref(), expected, "{op} {tensors:?} {attributes:?}");
            assert_eq!(check(&graph).is_ok(), expected.is_some(), "{op} {tensors:?} {attributes:?}");
        }
    }

    #[test]
    fn a_graph_that_would_take_any_memory_or_time_is_refused() {
        for (op, tensors) in [
            ("MatMul", &[&[4_000_000_i64, 1][..], &[1, 4_000_000]][..]),
            ("Add", &[&[4_000_000, 1], &[4_000_000]]),
            ("Mul", &[&[i64::MAX, 1], &[i64::MAX]]),
            ("MatMul", &[&[2_000, 4_000], &[4_000, 2_000]]),
            ("Add", &[&[1, 1, 1, 1, 2], &[2]]),
        ] {
            let error = check(&graph(op, tensors, &[])).expect_err(op);
            assert!(error.contains("more"), "{error}");
        }
    }
}
