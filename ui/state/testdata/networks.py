#!/usr/bin/python3
"""Makes the networks of the tests. Needs onnx.

means.onnx has three classes, whose logits are the means of the input's channels. Its
input's size is open, and nothing says how a picture becomes it.
first.onnx has one output, the mean of the input's first channel.
"""

import onnx
from onnx import TensorProto, helper


def network(name, weights):
    outputs = len(weights)
    flat = [float(v) for row in weights for v in row]
    nodes = [
        helper.make_node("Conv", ["picture", "weight"], ["mixed"], kernel_shape=[1, 1]),
        helper.make_node("GlobalAveragePool", ["mixed"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["scores"]),
    ]
    graph = helper.make_graph(
        nodes, name,
        [helper.make_tensor_value_info("picture", TensorProto.FLOAT, [1, 3, "height", "width"])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1, outputs])],
        [helper.make_tensor("weight", TensorProto.FLOAT, [outputs, 3, 1, 1], flat)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, name + ".onnx")


network("means", [[1, 0, 0], [0, 1, 0], [0, 0, 1]])
network("first", [[1, 0, 0]])
