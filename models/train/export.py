"""Weight-only int8 ONNX: int8 initialisers, `Cast` and `Mul`, so a reader gets int8 size with float arithmetic.

Only Gather, Cast, Mul, Add, MatMul, ReduceSum, Relu and Concat are used, and every other shape is fixed,
because the browser's reader registers just these operators. The number of ids is the one free dimension.
"""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


# Of the tables. Fewer levels than int8 has compress better, and 31 cost nothing measurable.
TABLE_LEVELS = 31


def quantize_columns(w, levels=127):
    """Symmetric int8, one scale per column. Nothing is clipped: the few largest weights are the words
    that name an intent, and clipping the top 0.1 % of them cost four points of intent accuracy."""
    scale = np.maximum(np.abs(w).max(0) / levels, 1e-8).astype(np.float32)
    return np.clip(np.round(w / scale), -levels, levels).astype(np.int8), scale


def quantize_cubes(w, levels):
    """Symmetric int8 of the cube root, one scale per column, for the cube of what is stored.

    Polarity is spread over a hundred thousand n-grams, the weights of a few being a hundred times those of most:
    equal steps lost half a point, steps that grow with the weight lose nothing with a quarter of the levels."""
    largest = np.maximum(np.abs(w).max(0), 1e-8)
    return np.round(np.cbrt(w / largest) * levels).astype(np.int8), (largest / levels**3).astype(np.float32)


def compact(table):
    """(index, rows): `index[id]` is the row of an n-gram, 0 for those without; row 0 is all zeros."""
    used = np.flatnonzero((table != 0).any(1))
    index = np.zeros(len(table), np.int16)
    index[used] = np.arange(1, len(used) + 1)
    assert len(used) < 2**15, "the index is 16 bits wide"
    return index, np.concatenate([np.zeros((1, table.shape[1]), table.dtype), table[used]])


def build(net, deep_table, polarity, spelling, metadata):
    nodes, initializers = [], []

    def constant(name, array):
        initializers.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def op(kind, name, *inputs, **attributes):
        nodes.append(helper.make_node(kind, list(inputs), [name], name=name + "_node", **attributes))
        return name

    axes = constant("axes", np.array([1], np.int64))

    def bag(name, table, ids, cubes=False):
        """Sum of the rows `ids` names; their scales, and one over the root of the number of tokens."""
        q, scale = (quantize_cubes if cubes else quantize_columns)(table, TABLE_LEVELS)
        rows = op("Gather", name + "_rows", constant(name + "_table", q), ids, axis=0)
        rows = op("Cast", name + "_float", rows, to=TensorProto.FLOAT)
        if cubes:
            rows = op("Mul", name + "_cubes", op("Mul", name + "_squares", rows, rows), rows)
        total = op("ReduceSum", name + "_sum", rows, axes, keepdims=0)
        scaled = op("Mul", name + "_scaled", total, constant(name + "_scale", scale))
        return op("Mul", name, scaled, "scale")

    def dense(name, x, w, b, out=None):
        q, scale = quantize_columns(w)
        weight = op("Mul", name + "_weight", op("Cast", name + "_cast", constant(name + "_q", q), to=TensorProto.FLOAT),
                    constant(name + "_scale", scale))
        bias = constant(name + "_bias", b.astype(np.float32))
        return op("Add", out or name, op("MatMul", name + "_product", x, weight), bias)

    p = net.p
    index, table = compact(deep_table)
    rows = op("Cast", "deep_ids", op("Gather", "deep_index_rows", constant("deep_index", index), "ids", axis=0),
              to=TensorProto.INT32)
    polarity = polarity.copy()
    polarity[0] = 0
    x = op("Concat", "x", bag("deep", table, rows), bag("polar", polarity, "ids", cubes=True), axis=1)
    joined = op("Concat", "joined", op("Relu", "hidden", dense("hidden_linear", x, p["w1"], p["b1"])), x, axis=1)
    inputs = [helper.make_tensor_value_info("ids", TensorProto.INT32, [1, "n_ids"])]
    inputs.append(helper.make_tensor_value_info("scale", TensorProto.FLOAT, [1, 1]))
    outputs = []
    for head, labels in net.heads.items():
        dense(head + "_linear", joined, p["w_" + head], p["b_" + head], out=head)
        outputs.append(helper.make_tensor_value_info(head, TensorProto.FLOAT, [1, len(labels)]))
    if spelling:
        # No node reads it: it travels with the model.
        constant("spelling", np.frombuffer(spelling, np.int8))
    graph = helper.make_graph(nodes, "zhanggui-nlu", inputs, outputs, initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8,
                              producer_name="zhanggui-train")
    helper.set_model_props(model, metadata)
    onnx.checker.check_model(model, full_check=True)
    return model
