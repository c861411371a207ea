"""Makes the small networks of gazectl's tests: python make.py

All take pictures of 12x12: a convolution (4 channels, 3x3), a ReLU, the mean of each
channel, and a linear layer. Parameters are sines, so that the files are the same each time.
"""
import numpy as np
from onnx import TensorProto, helper, numpy_helper, save


def wave(*shape):
    return np.sin(np.arange(np.prod(shape)) * 1.7 + 0.5).reshape(shape).astype(np.float32)


def network(name, outputs, first=None, folder=".", channels=3):
    nodes, weights, x = [], [numpy_helper.from_array(wave(4, channels, 3, 3) * 0.4, "w"),
                             numpy_helper.from_array(wave(outputs, 4), "fw"),
                             numpy_helper.from_array(wave(outputs) * 0.3, "fb")], "x"
    if first:
        nodes.append(helper.make_node(first[0], ["x", "first"], ["scaled"]))
        weights.append(numpy_helper.from_array(np.array(first[1], np.float32), "first"))
        x = "scaled"
    nodes += [
        helper.make_node("Conv", [x, "w"], ["conv"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["conv"], ["relu"]),
        helper.make_node("GlobalAveragePool", ["relu"], ["pool"]),
        helper.make_node("Flatten", ["pool"], ["flat"]),
        helper.make_node("Gemm", ["flat", "fw", "fb"], ["y"], transB=1),
    ]
    graph = helper.make_graph(
        nodes, name, [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, channels, 12, 12])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, outputs])], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=7)
    save(model, f"{folder}/{name}.onnx")


network("plain", 3)
network("one", 1)
network("selfscaling", 2, first=("Div", 255.0))
network("four", 3, channels=4)
network("selfscaling", 2, first=("Div", 255.0), folder="../../../models/store/testdata")
network("one", 1, folder="../../../models/store/testdata")
