"""Writes small quantised files and prints what onnxruntime computes of them.

    python make_quantised.py

The first input is the beginning of np.random.RandomState(1).randn. All products
of whole numbers are small enough that no processor's instructions saturate.
"""
import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper

rng = np.random.RandomState(7)
SIDE = 10


def array(name, a):
    return numpy_helper.from_array(np.asarray(a), name)


def scalar(name, v, dtype):
    return array(name, np.array(v, dtype))


class File:
    def __init__(self, opset=13, shape=(1, 3, SIDE, SIDE), own=False):
        self.nodes, self.params, self.opset, self.shape, self.own = [], [], opset, shape, own

    def op(self, kind, ins, out, domain="", **attributes):
        outs = out if isinstance(out, list) else [out]
        self.nodes.append(h.make_node(kind, ins, outs, domain=domain, **attributes))
        return self

    def ms(self, kind, ins, out, **attributes):
        return self.op(kind, ins, out, "com.microsoft", **attributes)

    def param(self, name, a):
        self.params.append(array(name, a))
        return self

    def steps(self, name, scale, zero, dtype=np.uint8):
        return self.param(name + "s", np.float32(scale)).param(name + "z", np.array(zero, dtype))

    def weight(self, name, *shape, of=np.int8, low=-40, high=40):
        return self.param(name, rng.randint(low, high, shape).astype(of))

    def conv(self, x="x", out="r"):
        """A float convolution of 4 channels with ReLU."""
        self.param("W", rng.randn(4, 3, 3, 3).astype("f4") / 4)
        return self.op("Conv", [x, "W"], out + "c", strides=[2, 2]).op("Relu", [out + "c"], out)

    def head(self, x, y="y", width=4):
        self.param("F", rng.randn(5, width).astype("f4"))
        return self.op("GlobalAveragePool", [x], "gap").op("Flatten", ["gap"], "flat").op("Gemm", ["flat", "F"], y, transB=1)

    def save(self, name, outs=5):
        g = h.make_graph(self.nodes, "g", [h.make_tensor_value_info("x", T.FLOAT, self.shape)],
                         [h.make_tensor_value_info("y", T.FLOAT, [1, outs])], self.params)
        sets = [h.make_opsetid("", self.opset), h.make_opsetid("com.microsoft", 1)]
        m = h.make_model(g, opset_imports=sets, ir_version=10)
        onnx.save(m, name + ".onnx")
        x = np.random.RandomState(1).randn(*self.shape).astype("f4")
        options = ort.SessionOptions()
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.log_severity_level = 3
        y = ort.InferenceSession(m.SerializeToString(), options, providers=["CPUExecutionProvider"]).run(None, {"x": x})[0]
        print('{"%s", []float64{%s}},' % (name, ", ".join("%.6f" % v for v in y.reshape(-1))))


# Whole numbers are moved, pooled, joined and computed with before they are dequantised.
f = File().conv().steps("r", 0.02, 3)
f.op("QuantizeLinear", ["r", "rs", "rz"], "rq").op("MaxPool", ["rq"], "pq", kernel_shape=[2, 2])
f.op("Transpose", ["pq"], "tq", perm=[0, 2, 3, 1]).op("Transpose", ["tq"], "bq", perm=[0, 3, 1, 2])
f.op("Slice", ["bq", "from", "to", "axes"], "sq").param("from", np.array([1], "i8")).param("to", np.array([3], "i8")).param("axes", np.array([1], "i8"))
f.op("Concat", ["bq", "sq"], "cq", axis=1).op("DequantizeLinear", ["cq", "rs", "rz"], "d").head("d", width=6).save("q_moves")

# Dequantised by hand, and by another scale than it was quantised with.
f = File().conv().steps("r", 0.05, 10).steps("o", 0.04, 7)
f.op("QuantizeLinear", ["r", "rs", "rz"], "rq").op("Cast", ["rq"], "rf", to=T.FLOAT).op("Cast", ["rz"], "zf", to=T.FLOAT)
f.op("Sub", ["rf", "zf"], "rd").op("Mul", ["rd", "rs"], "m").op("DequantizeLinear", ["rq", "os", "oz"], "o").op("Add", ["m", "o"], "s").head("s").save("q_by_hand")

# Scales of one a channel, for what depends on the picture.
f = File().conv().param("cs", np.array([0.01, 0.02, 0.05, 0.1], "f4")).param("cz", np.zeros(4, "i1"))
f.op("QuantizeLinear", ["rc", "cs", "cz"], "rq", axis=1).op("DequantizeLinear", ["rq", "cs", "cz"], "d", axis=1)
f.head("d").save("q_channels")

# Sixteen bits; no zero point.
f = File(21).conv().steps("r", 0.001, 20000, np.uint16).param("bs", np.float32(0.02))
f.op("QuantizeLinear", ["r", "rs", "rz"], "rq").op("DequantizeLinear", ["rq", "rs", "rz"], "d")
f.op("QuantizeLinear", ["d", "bs"], "bq", output_dtype=T.INT8).op("DequantizeLinear", ["bq", "bs"], "e").head("e").save("q_types")

# onnxruntime's operators, one after the other.
f = File().conv().steps("r", 0.02, 0).steps("a", 0.04, 5).steps("b", 0.03, 9).steps("g", 0.02, 120).steps("n", 0.01, 100, np.uint8)
f.steps("c", 0.03, 4).steps("i", 1 / 128.0, 0)
f.op("QuantizeLinear", ["r", "rs", "rz"], "rq")
f.ms("QLinearAdd", ["rq", "rs", "rz", "rq", "rs", "rz", "as", "az"], "aq")
f.ms("QLinearLeakyRelu", ["aq", "as", "az", "gs", "gz"], "gq", alpha=0.1)
f.ms("QLinearSigmoid", ["gq", "gs", "gz", "is", "iz"], "iq")
f.ms("QLinearMul", ["aq", "as", "az", "iq", "is", "iz", "bs", "bz"], "bq")
f.ms("QLinearConcat", ["cs", "cz", "aq", "as", "az", "bq", "bs", "bz"], "cq", axis=1)
f.ms("QLinearGlobalAveragePool", ["cq", "cs", "cz", "ns", "nz"], "nq", channels_last=0)
f.op("Flatten", ["nq"], "fq").weight("w", 5, 8).param("ws", np.linspace(0.01, 0.02, 5).astype("f4")).param("wz", np.zeros(5, "i1"))
f.param("bias", rng.randint(-900, 900, 5).astype("i4"))
f.ms("QGemm", ["fq", "ns", "nz", "w", "ws", "wz", "bias"], "y", transB=1, alpha=1.0).save("q_contributed")

# A rounded product, and the softmax that onnxruntime has of whole numbers.
f = File().conv().steps("r", 0.02, 0).steps("m", 0.05, 128).steps("p", 1 / 256.0, 0).steps("t", 0.04, 110)
f.op("QuantizeLinear", ["r", "rs", "rz"], "rq").weight("k", 4, 4, 3, 3).param("ks", np.array([0.01, 0.02, 0.015, 0.03], "f4")).param("kz", np.array([0, 0, 0, 0], "i1"))
f.op("QLinearConv", ["rq", "rs", "rz", "k", "ks", "kz", "ts", "tz"], "tq", pads=[1, 1, 1, 1])
f.op("DequantizeLinear", ["tq", "ts", "tz"], "t").op("GlobalAveragePool", ["t"], "gap").op("Flatten", ["gap"], "flat")
f.op("QuantizeLinear", ["flat", "ts", "tz"], "fq").weight("w", 4, 5).param("ws", np.float32(0.02)).param("wz", np.int8(0))
f.op("QLinearMatMul", ["fq", "ts", "tz", "w", "ws", "wz", "ms", "mz"], "mq").ms("QLinearSoftmax", ["mq", "ms", "mz", "ps", "pz"], "pq", axis=1, opset=13)
f.op("DequantizeLinear", ["pq", "ps", "pz"], "q").op("DequantizeLinear", ["mq", "ms", "mz"], "m").op("Add", ["q", "m"], "y").save("q_products")

# Steps of each picture's own.
f = File().conv().op("GlobalAveragePool", ["r"], "gap").op("Flatten", ["gap"], "flat")
f.weight("w", 4, 6).param("wz", np.int8(3)).param("ws", np.float32(0.02)).weight("v", 6, 6, of=np.uint8, low=0, high=60).param("vs", np.float32(0.01)).param("vz", np.uint8(30))
f.op("DynamicQuantizeLinear", ["flat"], ["xq", "xs", "xz"]).op("MatMulInteger", ["xq", "w", "xz", "wz"], "i").op("Cast", ["i"], "if", to=T.FLOAT)
f.op("Mul", ["xs", "ws"], "s").op("Mul", ["if", "s"], "m")
f.ms("DynamicQuantizeMatMul", ["m", "v", "vs", "vz"], "d")
f.weight("u", 6, 5).param("us", np.float32(0.02)).param("bias", rng.randn(5).astype("f4"))
f.op("DynamicQuantizeLinear", ["d"], ["dq", "ds", "dz"]).ms("MatMulIntegerToFloat", ["dq", "u", "ds", "us", "dz", "", "bias"], "y").save("q_dynamic")

# Four bits, in blocks.
f = File(21).conv().op("GlobalAveragePool", ["r"], "gap").op("Flatten", ["gap"], "flat")
w = rng.randint(-8, 8, (4, 6))
f.params.append(h.make_tensor("w", T.INT4, w.shape, w.reshape(-1)))
f.param("ws", rng.rand(2, 6).astype("f4") / 10 + 0.01)
f.op("DequantizeLinear", ["w", "ws"], "wd", axis=0, block_size=2).op("MatMul", ["flat", "wd"], "m")
v = rng.randint(0, 16, (6, 5))
f.params.append(h.make_tensor("v", T.UINT4, v.shape, v.reshape(-1)))
z = rng.randint(0, 16, (5,))
f.params.append(h.make_tensor("vz", T.UINT4, z.shape, z))
f.param("vs", rng.rand(5).astype("f4") / 10 + 0.01)
f.op("DequantizeLinear", ["v", "vs", "vz"], "vd", axis=1).op("MatMul", ["m", "vd"], "y").save("q_four_bits")

f = File().conv()
f.nodes[-2].attribute[0].ints[:] = [1, 1]
f.op("Flatten", ["r"], "flat256").param("cut0", np.array([0], "i8")).param("cut1", np.array([40], "i8")).param("ax", np.array([1], "i8"))
f.op("Slice", ["flat256", "cut0", "cut1", "ax"], "flat")
f.param("B", rng.randint(0, 256, (5, 2, 16)).astype("u1")).param("Bs", rng.rand(10).astype("f4") / 20).param("Bz", rng.randint(0, 256, 5).astype("u1"))
f.ms("MatMulNBits", ["flat", "B", "Bs", "Bz"], "y", K=40, N=5, bits=4, block_size=32).save("q_nbits")
