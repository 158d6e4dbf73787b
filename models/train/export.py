"""Weight-only int8 ONNX: int8 initialisers, `Cast` and `Mul`, so a reader gets int8 size with float arithmetic.

Only Gather, Cast, Mul, Add, MatMul, ReduceSum, Relu and Concat are used, and every shape is fixed,
because the browser's reader registers just these operators.
"""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from text import MAX_IDS


def quantize_columns(w):
    """Symmetric int8, one scale per column. Nothing is clipped: the few largest weights are the words
    that name an intent, and clipping the top 0.1 % of them cost four points of intent accuracy."""
    scale = np.maximum(np.abs(w).max(0) / 127, 1e-8).astype(np.float32)
    return np.clip(np.round(w / scale), -127, 127).astype(np.int8), scale


def build(net, deep_table, wide_table, metadata):
    nodes, initializers = [], []

    def constant(name, array):
        initializers.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def op(kind, name, *inputs, **attributes):
        nodes.append(helper.make_node(kind, list(inputs), [name], name=name + "_node", **attributes))
        return name

    axes = constant("axes", np.array([1], np.int64))

    def bag(name, table, ids):
        q, scale = quantize_columns(table)
        q[0] = 0
        rows = op("Gather", name + "_rows", constant(name + "_table", q), ids, axis=0)
        total = op("ReduceSum", name + "_sum", op("Cast", name + "_float", rows, to=TensorProto.FLOAT), axes, keepdims=0)
        scaled = op("Mul", name + "_scaled", total, constant(name + "_scale", scale))
        return op("Mul", name, scaled, "scale")

    def dense(name, x, w, b, out=None):
        q, scale = quantize_columns(w)
        weight = op("Mul", name + "_weight", op("Cast", name + "_cast", constant(name + "_q", q), to=TensorProto.FLOAT),
                    constant(name + "_scale", scale))
        bias = constant(name + "_bias", b.astype(np.float32))
        return op("Add", out or name, op("MatMul", name + "_product", x, weight), bias)

    p = net.p
    x = op("Concat", "x", bag("deep", deep_table, "ids"), bag("wide", wide_table, "wide_ids"), axis=1)
    joined = op("Concat", "joined", op("Relu", "hidden", dense("hidden_linear", x, p["w1"], p["b1"])), x, axis=1)
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT32, [1, MAX_IDS]) for name in ("ids", "wide_ids")]
    inputs.append(helper.make_tensor_value_info("scale", TensorProto.FLOAT, [1, 1]))
    outputs = []
    for head, labels in net.heads.items():
        dense(head + "_linear", joined, p["w_" + head], p["b_" + head], out=head)
        outputs.append(helper.make_tensor_value_info(head, TensorProto.FLOAT, [1, len(labels)]))
    graph = helper.make_graph(nodes, "zhanggui-nlu", inputs, outputs, initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8,
                              producer_name="zhanggui-train")
    helper.set_model_props(model, metadata)
    onnx.checker.check_model(model, full_check=True)
    return model
