#!/usr/bin/env python3
"""Draws small graphs of each operator, with shapes and attributes at random, and stores
them with what onnxruntime computes in operators.tar.gz, which TestDrawnOperators reads.

    pip install numpy onnx onnxruntime
    python3 models/onnx/testdata/operators.py

A graph takes the picture x of 1 x 3 x 4 x 5, adds 0.1 to it, gives it another shape,
and puts what comes out, times 1.5, in a row. The numbers of x are the first of cases/input.f32.
"""
import gzip
import io
import os
import random
import tarfile

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

HERE = os.path.dirname(os.path.abspath(__file__))
SHAPE = (1, 3, 4, 5)
SHAPES = [(1, 3, 4, 5), (3, 4, 5), (1, 12, 5), (4, 15), (60,), (2, 3, 2, 5), (1, 5, 4, 3), (5, 1, 12), (2, 1, 3, 2, 5), (1, 60), (1, 2, 30), (1, 1, 6, 10), (1, 4, 3, 5)]
EACH = 5


class Graph:
    """A graph that is built node by node."""

    def __init__(self, opset, shape):
        self.opset, self.nodes, self.constants, self.domains = opset, [], [], set()
        self.constant("tenth", np.float32(0.1))
        self.constant("shape", np.array(shape, np.int64))
        self.shape = shape
        self.node("Add", ["x", "tenth"], "start")
        self.node("Reshape", ["start", "shape"], "v")

    def constant(self, name, value):
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def node(self, op, inputs, *outputs, domain="", **attributes):
        if domain:
            self.domains.add(domain)
        self.nodes.append(helper.make_node(op, inputs, list(outputs), domain=domain, **attributes))

    def model(self, out):
        self.constant("row", np.array([1, -1], np.int64))
        self.constant("more", np.float32(1.5))
        self.node("Cast", [out], "numbers", to=TensorProto.FLOAT)
        self.node("Mul", ["numbers", "more"], "scaled")
        self.node("Reshape", ["scaled", "row"], "y")
        graph = helper.make_graph(
            self.nodes, "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, SHAPE)],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, None])], self.constants)
        sets = [helper.make_opsetid("", self.opset)] + [helper.make_opsetid(d, 1) for d in sorted(self.domains)]
        return helper.make_model(graph, opset_imports=sets, ir_version=8 if self.opset < 20 else 10)


def rand(r, *shape):
    return np.array([r.uniform(-1, 1) for _ in range(int(np.prod(shape)))], np.float32).reshape(shape)


def some_axes(r, axes, least=1):
    list_ = sorted(r.sample(range(axes), r.randint(least, axes)))
    return [a - axes if r.random() < 0.3 else a for a in list_]


def smaller(r, shape):
    """A shape that is broadcast to another one."""
    out = [1 if r.random() < 0.4 else s for s in shape]
    return out[r.randint(0, len(out)):] if r.random() < 0.4 else out


# Each function adds an operator to a graph and returns the name of what it makes. It may
# return None where the shape does not suit it.


def unary(op, prepare=None, **more):
    def f(g, r):
        v = "v"
        if prepare == "positive":
            g.node("Abs", ["v"], "a")
            g.node("Add", ["a", "tenth"], "p")
            v = "p"
        if prepare == "unit":
            g.node("Tanh", ["v"], "t")
            g.constant("less", np.float32(0.9))
            g.node("Mul", ["t", "less"], "u")
            v = "u"
        if prepare == "above one":
            g.node("Abs", ["v"], "a")
            g.constant("one", np.float32(1.1))
            g.node("Add", ["a", "one"], "p")
            v = "p"
        g.node(op, [v], "o", **{k: (a() if callable(a) else a) for k, a in more.items()})
        return "o"

    return f


def binary(op, positive=False, cast=False):
    def f(g, r):
        other = smaller(r, g.shape)
        kind = r.randint(0, 2)
        left = "v"
        if kind == 0:
            right = g.constant("c", rand(r, *other) + (np.float32(2) if positive else np.float32(0)))
        else:
            # A part of the value itself, computed.
            g.node("ReduceMean", ["v"], "m", axes=some_axes(r, len(g.shape))) if g.opset < 18 else g.node("ReduceMean", ["v", g.constant("axes", np.array(some_axes(r, len(g.shape)), np.int64))], "m")
            right = "m"
        if positive:
            g.node("Abs", [left], "left")
            g.node("Abs", [right], "right0")
            g.node("Add", ["right0", "tenth"], "right")
            left, right = "left", "right"
        if kind == 2 and op not in ("Pow", "Mod"):
            left, right = right, left
        more = {"fmod": 1} if op == "Mod" else {}
        g.node(op, [left, right], "o", **more)
        return "o"

    return f


def variadic(op):
    def f(g, r):
        names = ["v", g.constant("c", rand(r, *smaller(r, g.shape)))]
        if r.random() < 0.6:
            g.node("Neg", ["v"], "n")
            names.append("n")
        r.shuffle(names)
        g.node(op, names, "o")
        return "o"

    return f


def logic(op):
    def f(g, r):
        g.constant("z", np.float32(r.uniform(-0.5, 0.5)))
        g.node("Greater", ["v", "z"], "a")
        g.node("Less", ["v", "tenth"], "b")
        g.node(op, ["a", "b"] if op != "Not" else ["a"], "o")
        return "o"

    return f


def where(g, r):
    g.node("Greater", ["v", g.constant("z", rand(r, *smaller(r, g.shape)))], "a")
    second = "v" if r.random() < 0.5 else g.constant("c", rand(r, *smaller(r, g.shape)))
    g.node("Where", ["a", second, g.constant("d", rand(r, *smaller(r, g.shape)))] if r.random() < 0.5 else ["a", "v", second if second != "v" else "tenth"], "o")
    return "o"


def reduction(op, positive=False):
    def f(g, r):
        v = "v"
        if positive:
            g.node("Abs", ["v"], "a")
            g.node("Add", ["a", "tenth"], "p")
            v = "p"
        axes, keep = some_axes(r, len(g.shape)), r.randint(0, 1)
        as_input = g.opset >= 18 or op == "ReduceSum" and g.opset >= 13
        if r.random() < 0.15:
            g.node(op, [v], "o", keepdims=keep)
        elif as_input:
            g.node(op, [v, g.constant("axes", np.array(axes, np.int64))], "o", keepdims=keep)
        else:
            g.node(op, [v], "o", axes=axes, keepdims=keep)
        return "o"

    return f


def matmul(g, r):
    s = g.shape
    way = r.randint(0, 4)
    if way == 0 and len(s) > 1:
        n = r.randint(1, 4)
        shape = ([1] * (len(s) - 2) if r.random() < 0.5 else list(s[:-2])) + [s[-1], n]
        g.node("MatMul", ["v", g.constant("c", rand(r, *shape))], "o")
    elif way == 1 and len(s) > 1:
        g.node("MatMul", [g.constant("c", rand(r, r.randint(1, 4), s[-2])), "v"], "o")
    elif way == 2:
        g.node("MatMul", ["v", g.constant("c", rand(r, s[-1]))], "o")
    elif way == 3 and len(s) > 1:
        g.node("MatMul", [g.constant("c", rand(r, s[-2])), "v"], "o")
    elif len(s) > 1:
        order = list(range(len(s)))
        order[-1], order[-2] = order[-2], order[-1]
        g.node("Transpose", ["v"], "t", perm=order)
        g.node("MatMul", ["v", "t"] if r.random() < 0.5 else ["t", "v"], "o")
    else:
        return None
    return "o"


def gemm(g, r):
    if len(g.shape) != 2:
        return None
    m, k = g.shape
    ta, tb = r.randint(0, 1), r.randint(0, 1)
    if ta:
        m, k = k, m
    n = r.randint(1, 4)
    inputs = ["v", g.constant("c", rand(r, *((n, k) if tb else (k, n))))]
    if r.random() < 0.7:
        inputs.append(g.constant("b", rand(r, *r.choice([(n,), (1, n), (m, 1), (m, n), ()]))))
    if r.random() < 0.3 and not ta and not tb:
        inputs = ["v", "t"] + inputs[2:]
        if len(inputs) > 2:
            inputs[2] = g.constant("s", rand(r, m))
        g.node("Transpose", ["v"], "t")
    g.node("Gemm", inputs, "o", transA=ta, transB=tb, alpha=r.choice([1.0, 0.5]), beta=r.choice([1.0, 2.0]))
    return "o"


def einsum(g, r):
    letters = "abcde"[: len(g.shape)]
    way = r.randint(0, 4)
    if way == 0:
        out = "".join(r.sample(letters, r.randint(1, len(letters))))
        g.node("Einsum", ["v"], "o", equation=f"{letters}->{out}")
    elif way == 1:
        keep = r.randint(0, len(letters) - 1)
        c = g.constant("c", rand(r, g.shape[keep], 3))
        g.node("Einsum", ["v", c], "o", equation=f"{letters},{letters[keep]}z->{letters.replace(letters[keep], 'z')}")
    elif way == 2:
        out = "".join(r.sample(letters, r.randint(1, len(letters))))
        g.node("Neg", ["v"], "n")
        g.node("Einsum", ["v", "n"], "o", equation=f"{letters},{letters}->{out}")
    elif way == 3 and len(letters) > 1:
        c = g.constant("c", rand(r, g.shape[-1], 2))
        g.node("Einsum", ["v", c], "o", equation="...i,ij->...j")
    else:
        other = letters[:-1] + "z"
        out = letters[:-1] + letters[-1] + "z"
        g.node("Abs", ["v"], "n")
        g.node("Einsum", ["v", "n"], "o", equation=f"{letters},{other}->{out}")
    return "o"


def softmax(op):
    def f(g, r):
        g.node(op, ["v"], "o", axis=r.randint(-len(g.shape), len(g.shape) - 1))
        return "o"

    return f


def instance_norm(g, r):
    if len(g.shape) < 3 or g.shape[-1] * g.shape[-2] < 2:
        return None
    c = g.shape[1]
    g.node("InstanceNormalization", ["v", g.constant("s", rand(r, c)), g.constant("b", rand(r, c))], "o", epsilon=0.01)
    return "o"


def group_norm(g, r):
    if len(g.shape) < 3:
        return None
    c = g.shape[1]
    groups = r.choice([k for k in range(1, c + 1) if c % k == 0])
    n = c if g.opset >= 21 else groups
    g.node("GroupNormalization", ["v", g.constant("s", rand(r, n)), g.constant("b", rand(r, n))], "o", num_groups=groups, epsilon=0.01)
    return "o"


def layer_norm(op):
    def f(g, r):
        axis = r.randint(0, len(g.shape) - 1)
        shape = g.shape[axis:]
        inputs = ["v", g.constant("s", rand(r, *shape))]
        if op == "LayerNormalization" and r.random() < 0.7:
            inputs.append(g.constant("b", rand(r, *shape)))
        g.node(op, inputs, "o", axis=axis - (len(g.shape) if r.random() < 0.5 else 0), epsilon=0.01)
        return "o"

    return f


def batch_norm(training):
    def f(g, r):
        if len(g.shape) < 2 or training and (len(g.shape) < 3 or g.shape[0] != 1):
            return None
        c = g.shape[1]
        inputs = ["v"] + [g.constant(n, rand(r, c) + np.float32(1.5 if n == "d" else 0)) for n in "sbmd"]
        g.node("BatchNormalization", inputs, *(["o", "rm", "rv"] if training else ["o"]), epsilon=0.01, **({"training_mode": 1} if training else {}))
        return "o"

    return f


def mvn(g, r):
    axes = some_axes(r, len(g.shape))
    if np.prod([g.shape[a] for a in axes]) < 3:
        return None
    g.node("MeanVarianceNormalization", ["v"], "o", axes=[a % len(g.shape) for a in axes])
    return "o"


def lp_norm(g, r):
    g.node("LpNormalization", ["v"], "o", axis=r.randint(0, len(g.shape) - 1), p=r.randint(1, 2))
    return "o"


def slice_(g, r):
    axes = some_axes(r, len(g.shape))
    starts, ends, steps = [], [], []
    for a in axes:
        side = g.shape[a]
        step = r.choice([1, 1, 2, -1, -2])
        i, j = sorted((r.randint(0, side - 1), r.randint(0, side - 1)))
        if step > 0:
            starts.append(i), ends.append(r.choice([j + 1, 1 << 60, j - side + 1 if j + 1 < side else side]))
        else:
            starts.append(j), ends.append(r.choice([i - side - 1, -(1 << 60)]))
        steps.append(step)
    names = [g.constant(n, np.array(v, np.int64)) for n, v in zip(("b", "e", "a", "s"), (starts, ends, axes, steps))]
    g.node("Slice", ["v"] + names, "o")
    return "o"


def split(g, r):
    axis = max(range(len(g.shape)), key=lambda a: g.shape[a])
    side = g.shape[axis]
    if r.random() < 0.5 and side > 2:
        first = r.randint(1, side - 1)
        lengths = g.constant("l", np.array([first, side - first], np.int64))
        g.node("Split", ["v", lengths], "p", "q", axis=axis - len(g.shape))
    else:
        parts = r.choice([k for k in range(1, side + 1) if side % k == 0])
        outs = [f"p{i}" for i in range(parts)]
        g.node("Split", ["v"], *outs, axis=axis, **({"num_outputs": parts} if g.opset >= 18 else {}))
        g.node("Concat", outs[::-1], "o", axis=axis)
        return "o"
    g.node("Concat", ["q", "p"], "o", axis=axis)
    return "o"


def concat(g, r):
    axis = r.randint(0, len(g.shape) - 1)
    shape = list(g.shape)
    shape[axis] = r.randint(1, 3)
    names = ["v", g.constant("c", rand(r, *shape))]
    g.node("Neg", ["v"], "n")
    names.append("n")
    r.shuffle(names)
    g.node("Concat", names, "o", axis=axis - (len(g.shape) if r.random() < 0.5 else 0))
    return "o"


def gather(g, r):
    axis = r.randint(0, len(g.shape) - 1)
    side = g.shape[axis]
    shape = r.choice([(), (2,), (2, 3), (1,)])
    g.node("Gather", ["v", g.constant("i", np.array([r.randint(-side, side - 1) for _ in range(int(np.prod(shape)))], np.int64).reshape(shape))], "o", axis=axis)
    return "o"


def gather_elements(g, r):
    axis = r.randint(0, len(g.shape) - 1)
    shape = [r.randint(1, s) for s in g.shape]
    g.node("GatherElements", ["v", g.constant("i", np.array([r.randint(-g.shape[axis], g.shape[axis] - 1) for _ in range(int(np.prod(shape)))], np.int64).reshape(shape))], "o", axis=axis)
    return "o"


def gather_nd(g, r):
    b = r.randint(0, min(1, len(g.shape) - 1))
    depth = r.randint(1, len(g.shape) - b)
    lead = list(g.shape[:b]) + [r.randint(1, 3)]
    idx = [[r.randint(0, g.shape[b + k] - 1) for k in range(depth)] for _ in range(int(np.prod(lead)))]
    g.node("GatherND", ["v", g.constant("i", np.array(idx, np.int64).reshape(lead + [depth]))], "o", batch_dims=b)
    return "o"


def scatter_nd(g, r):
    depth = r.randint(1, len(g.shape))
    n = r.randint(1, 3)
    all_ = [tuple(i) for i in np.ndindex(*g.shape[:depth])]
    idx = np.array(r.sample(all_, min(n, len(all_))), np.int64)
    rest = list(g.shape[depth:])
    g.node("ScatterND", ["v", g.constant("i", idx), g.constant("u", rand(r, len(idx), *rest))], "o")
    return "o"


def scatter_elements(g, r):
    axis = r.randint(0, len(g.shape) - 1)
    shape = [r.randint(1, s) for s in g.shape]
    shape[axis] = 1
    idx = np.array([r.randint(0, g.shape[axis] - 1) for _ in range(int(np.prod(shape)))], np.int64).reshape(shape)
    g.node("ScatterElements", ["v", g.constant("i", idx), g.constant("u", rand(r, *shape))], "o", axis=axis)
    return "o"


def expand(g, r):
    i = r.randint(0, len(g.shape))
    g.node("Unsqueeze", ["v", g.constant("a", np.array([i], np.int64))], "w")
    shape = list(g.shape)
    shape.insert(i, r.randint(1, 3))
    g.node("Expand", ["w", g.constant("s", np.array(shape if r.random() < 0.5 else [2] + shape, np.int64))], "o")
    return "o"


def tile(g, r):
    g.node("Tile", ["v", g.constant("t", np.array([r.randint(1, 2) for _ in g.shape], np.int64))], "o")
    return "o"


def pad(mode):
    def f(g, r):
        pads = []
        for _ in range(2):
            pads += [r.randint(-1 if mode == "constant" and s > 2 else 0, min(2, s - 1) if mode == "reflect" else 2 if s > 1 else 0) for s in g.shape]
        inputs = ["v", g.constant("p", np.array(pads, np.int64))]
        if mode == "constant" and r.random() < 0.6:
            inputs.append(g.constant("value", np.float32(0.7)))
        g.node("Pad", inputs, "o", mode=mode)
        return "o"

    return f


def resize(mode, **more):
    def f(g, r):
        if len(g.shape) not in (3, 4) or g.shape[0] != 1 and mode != "nearest" or len(g.shape) == 3 and mode == "cubic":
            return None
        attrs = dict(mode=mode, **{k: v(r) if callable(v) else v for k, v in more.items()})
        if attrs.get("antialias") and len(g.shape) != 4:
            return None
        scales = [1.0] * (len(g.shape) - 2) + [r.choice([0.5, 0.75, 1.0, 1.5, 2.0, 2.6]) for _ in range(2)]
        roi = ""
        if attrs.get("coordinate_transformation_mode") == "tf_crop_and_resize":
            n = len(g.shape)
            roi = g.constant("roi", np.array([0] * (n - 2) + [0.1, 0.2] + [1] * (n - 2) + [0.8, 0.9], np.float32))
        if r.random() < 0.5:
            g.node("Resize", ["v", roi, g.constant("s", np.array(scales, np.float32))], "o", **attrs)
        else:
            sizes = [max(1, int(a * b)) for a, b in zip(g.shape, scales)]
            g.node("Resize", ["v", roi, "", g.constant("s", np.array(sizes, np.int64))], "o", **attrs)
        return "o"

    return f


MODES = ["half_pixel", "pytorch_half_pixel", "asymmetric", "align_corners", "half_pixel_symmetric"]


def image(f):
    def g_(g, r):
        if len(g.shape) != 4 or g.shape[0] != 1:
            return None
        return f(g, r)

    return g_


@image
def depth_to_space(g, r):
    if g.shape[1] % 4:
        return None
    g.node("DepthToSpace", ["v"], "o", blocksize=2, mode=r.choice(["DCR", "CRD"]))
    return "o"


def space_to_depth(g, r):
    if len(g.shape) != 4 or g.shape[2] % 2 or g.shape[3] % 2:
        return None
    g.node("SpaceToDepth", ["v"], "o", blocksize=2)
    return "o"


def windows(op):
    def f(g, r):
        axes = len(g.shape) - 2
        if axes < 1 or axes > 3 or axes == 3 and op in ("ConvTranspose", "LpPool"):
            return None
        if op == "ConvTranspose" and g.shape[0] != 1 or op == "LpPool" and g.shape[0] != 1:
            return None
        c = g.shape[1]
        k = [r.randint(1, min(3, s)) for s in g.shape[2:]]
        attrs = dict(strides=[r.randint(1, 2) for _ in k])
        if op != "LpPool" and op != "AveragePool" and r.random() < 0.3:
            attrs["dilations"] = [2 if (q - 1) * 2 + 1 <= s else 1 for q, s in zip(k, g.shape[2:])]
        if r.random() < 0.6:
            attrs["pads"] = [r.randint(0, q - 1) for q in k] + [r.randint(0, q - 1) for q in k]
        elif r.random() < 0.4:
            attrs["auto_pad"] = r.choice(["SAME_UPPER", "SAME_LOWER", "VALID"])
        if op in ("Conv", "ConvTranspose", "FusedConv"):
            groups = r.choice([q for q in range(1, c + 1) if c % q == 0])
            per = r.randint(1, 2)
            out = per * groups
            w = (out, c // groups, *k) if op != "ConvTranspose" else (c, per, *k)
            inputs = ["v", g.constant("w", rand(r, *w))]
            if r.random() < 0.5:
                inputs.append(g.constant("b", rand(r, out)))
            if op == "ConvTranspose":
                attrs.pop("auto_pad", None)
                if r.random() < 0.5:
                    attrs["output_padding"] = [s - 1 for s in attrs["strides"]]
            g.node(op, inputs, "o", group=groups, **attrs, **({"domain": "com.microsoft", "activation": "Relu"} if op == "FusedConv" else {}))
            return "o"
        attrs["kernel_shape"] = k
        if op == "AveragePool":
            attrs["count_include_pad"] = r.randint(0, 1) if axes < 3 else 1
        if op == "LpPool":
            attrs["p"] = r.choice([1, 2, 3])
        g.node(op, ["v"], "o", **attrs)
        return "o"

    return f


def global_pool(op, **more):
    def f(g, r):
        if len(g.shape) < 3:
            return None
        g.node(op, ["v"], "o", **more)
        return "o"

    return f


def cumsum(g, r):
    g.node("CumSum", ["v", g.constant("a", np.array(r.randint(-len(g.shape), len(g.shape) - 1), np.int64))], "o", exclusive=r.randint(0, 1), reverse=r.randint(0, 1))
    return "o"


def topk(g, r):
    axis = r.randint(0, len(g.shape) - 1)
    k = r.randint(1, g.shape[axis])
    g.node("TopK", ["v", g.constant("k", np.array([k], np.int64))], "o", "i", axis=axis, largest=r.randint(0, 1))
    if r.random() < 0.5:
        g.node("Cast", ["i"], "j", to=TensorProto.FLOAT)
        g.node("Add", ["o", "j"], "s")
        return "s"
    return "o"


def arg(op):
    def f(g, r):
        g.node(op, ["v"], "o", axis=r.randint(-len(g.shape), len(g.shape) - 1), keepdims=r.randint(0, 1), select_last_index=r.randint(0, 1))
        return "o"

    return f


def trilu(g, r):
    if len(g.shape) < 2:
        return None
    inputs = ["v"] + ([g.constant("k", np.array(r.randint(-2, 2), np.int64))] if r.random() < 0.6 else [])
    g.node("Trilu", inputs, "o", upper=r.randint(0, 1))
    return "o"


def transposes(g, r):
    """Reshapes and transpositions one after the other, with a constant added between."""
    v, shape = "v", list(g.shape)
    for i in range(r.randint(2, 5)):
        if r.random() < 0.5:
            order = r.sample(range(len(shape)), len(shape))
            g.node("Transpose", [v], f"t{i}", perm=order)
            v, shape = f"t{i}", [shape[a] for a in order]
        else:
            shape = list(r.choice(SHAPES))
            g.node("Reshape", [v, g.constant(f"s{i}", np.array(shape, np.int64))], f"r{i}")
            v = f"r{i}"
        if r.random() < 0.5:
            g.node(r.choice(["Add", "Mul"]), [v, g.constant(f"c{i}", rand(r, *smaller(r, shape)))], f"a{i}")
            v = f"a{i}"
    return v


def recurrent(op, gates):
    def f(g, r):
        if len(g.shape) != 3:
            return None
        steps, batch, ins = g.shape
        way = r.choice(["forward", "reverse", "bidirectional"])
        d = 2 if way == "bidirectional" else 1
        h = r.randint(1, 3)
        inputs = ["v", g.constant("w", rand(r, d, gates * h, ins)), g.constant("r", rand(r, d, gates * h, h))]
        if r.random() < 0.7:
            inputs.append(g.constant("b", rand(r, d, 2 * gates * h)))
            if r.random() < 0.5:
                inputs += ["", g.constant("h0", rand(r, d, batch, h))]
        more = {"linear_before_reset": r.randint(0, 1)} if op == "GRU" else {}
        outs = ["o", "h"] + (["c"] if op == "LSTM" else [])
        g.node(op, inputs, *outs, hidden_size=h, direction=way, **more)
        return r.choice(outs)

    return f


def microsoft(op, **more):
    def f(g, r):
        inputs = ["v"]
        if op in ("BiasGelu", "FastGelu"):
            inputs.append(g.constant("b", rand(r, g.shape[-1])))
        g.node(op, inputs, "o", domain="com.microsoft", **more)
        return "o"

    return f


def skip_norm(op):
    def f(g, r):
        if len(g.shape) != 3:
            return None
        n = g.shape[-1]
        g.node("Neg", ["v"], "n0")
        g.node("Abs", ["n0"], "n")
        inputs = ["v", "n", g.constant("s", rand(r, n))]
        if op == "SkipLayerNormalization":
            inputs.append(g.constant("b", rand(r, n)) if r.random() < 0.5 else "")
        if r.random() < 0.5:
            inputs.append(g.constant("bias", rand(r, n)))
        g.node(op, inputs, "o", "", "", "sum", domain="com.microsoft", epsilon=0.01)
        g.node("Add", ["o", "sum"], "all")
        return "all"

    return f


def fused_matmul(g, r):
    if len(g.shape) < 2:
        return None
    ta = r.randint(0, 1)
    k = g.shape[-2] if ta else g.shape[-1]
    c = g.constant("c", rand(r, 3, k) if (tb := r.randint(0, 1)) else rand(r, k, 3))
    g.node("FusedMatMul", ["v", c], "o", domain="com.microsoft", transA=ta, transB=tb, alpha=0.5)
    return "o"


def packed_attention(g, r):
    if len(g.shape) != 3:
        return None
    n, h = g.shape[-1], r.choice([1, 2])
    g.node("Attention", ["v", g.constant("w", rand(r, n, 12)), g.constant("b", rand(r, 12))], "o", domain="com.microsoft", num_heads=h, unidirectional=r.randint(0, 1))
    return "o"


def multi_head(g, r):
    if len(g.shape) != 3:
        return None
    n = g.shape[-1]
    h = r.choice([k for k in range(1, n + 1) if n % k == 0])
    g.node("Neg", ["v"], "k")
    g.node("Abs", ["v"], "w")
    g.node("MultiHeadAttention", ["v", "k", "w"] + ([g.constant("b", rand(r, 3 * n))] if r.random() < 0.5 else []), "o", domain="com.microsoft", num_heads=h)
    return "o"


def attention23(g, r):
    s = g.shape
    if len(s) not in (3, 4):
        return None
    more = {}
    if len(s) == 3:
        h = r.choice([k for k in range(1, s[-1] + 1) if s[-1] % k == 0])
        more = {"q_num_heads": h, "kv_num_heads": h}
    g.node("Neg", ["v"], "k")
    g.node("Abs", ["v"], "w")
    inputs = ["v", "k", "w"]
    if r.random() < 0.4:
        inputs.append(g.constant("mask", rand(r, s[-2], s[-2]) if r.random() < 0.5 else np.tril(np.ones((s[-2], s[-2]), bool))))
    elif r.random() < 0.5:
        more["is_causal"] = 1
    g.node("Attention", inputs, "o", **more)
    return "o"


def rotary(g, r):
    s = g.shape
    if len(s) != 4 or s[-1] % 2:
        return None
    half = s[-1] // 2
    c, d = g.constant("cos", rand(r, 9, half)), g.constant("sin", rand(r, 9, half))
    ids = g.constant("ids", np.array([[r.randint(0, 8) for _ in range(s[2])] for _ in range(s[0])], np.int64))
    g.node("RotaryEmbedding", ["v", c, d, ids], "o", interleaved=r.randint(0, 1))
    return "o"


def prelu(g, r):
    g.node("PRelu", ["v", g.constant("c", rand(r, *smaller(r, g.shape)))], "o")
    return "o"


def clip(g, r):
    low, high = g.constant("low", np.float32(-0.3)), g.constant("high", np.float32(0.6))
    g.node("Clip", ["v"] + r.choice([[low, high], [low], ["", high]]), "o")
    return "o"


def constant_if(g, r):
    then = helper.make_graph([helper.make_node("Neg", ["v"], ["then"])], "a", [], [helper.make_tensor_value_info("then", TensorProto.FLOAT, None)])
    other = helper.make_graph([helper.make_node("Abs", ["v"], ["e"]), helper.make_node("Add", ["e", "tenth"], ["else"])], "b", [], [helper.make_tensor_value_info("else", TensorProto.FLOAT, None)])
    g.node("If", [g.constant("c", np.array(bool(r.randint(0, 1))))], "o", then_branch=then, else_branch=other)
    return "o"


def loop(g, r):
    info = helper.make_tensor_value_info
    body = helper.make_graph(
        [helper.make_node("Mul", ["s", "tenth"], ["p"]), helper.make_node("Sub", ["v", "p"], ["next"]), helper.make_node("Identity", ["go"], ["on"]),
         helper.make_node("Identity", ["next"], ["each"])],
        "body", [info("i", TensorProto.INT64, []), info("go", TensorProto.BOOL, []), info("s", TensorProto.FLOAT, None)],
        [info("on", TensorProto.BOOL, []), info("next", TensorProto.FLOAT, None), info("each", TensorProto.FLOAT, None)])
    g.node("Loop", [g.constant("m", np.array(3, np.int64)), g.constant("yes", np.array(True)), "v"], "o", "list", body=body)
    return r.choice(["o", "list"])


OPERATORS = {}


def row(name, f, *opsets):
    OPERATORS[name] = (f, opsets or (13, 17, 20))


for op in "Abs Exp Erf Sin Cos Sign Floor Ceil Round Softplus Softsign Relu Sigmoid Tanh Neg Identity HardSwish Sinh Cosh Asinh".split():
    row(op, unary(op), 14 if op == "HardSwish" else 13, 17)
for op in "Log Sqrt Reciprocal".split():
    row(op, unary(op, "positive"))
row("Tan", unary("Tan", "unit"))
row("Atanh", unary("Atanh", "unit"))
row("Acosh", unary("Acosh", "above one"))
row("Mish", unary("Mish"), 18)
row("Selu", unary("Selu"))
row("Selu of other numbers", unary("Selu", alpha=1.5, gamma=0.7))
row("Celu", unary("Celu", alpha=0.6))
row("Elu", unary("Elu", alpha=0.6))
row("LeakyRelu", unary("LeakyRelu", alpha=0.2))
row("HardSigmoid", unary("HardSigmoid", alpha=0.3, beta=0.4))
row("ThresholdedRelu", unary("ThresholdedRelu", alpha=0.3))
row("Shrink", unary("Shrink", lambd=0.4, bias=0.2))
row("Gelu", unary("Gelu"), 20)
row("Gelu tanh", unary("Gelu", approximate="tanh"), 20)
row("PRelu", prelu)
row("Clip", clip)
for op in "Add Sub Mul".split():
    row(op, binary(op))
for op in "Div Pow Mod".split():
    row(op, binary(op, positive=True))
for op in "Less Greater LessOrEqual GreaterOrEqual".split():
    row(op, binary(op))
for op in "Min Max Mean Sum".split():
    row(op, variadic(op))
for op in "And Or Xor Not".split():
    row(op, logic(op))
row("Where", where)
for op in "ReduceMean ReduceSum ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceSumSquare ReduceLogSumExp".split():
    row(op, reduction(op))
row("ReduceLogSum", reduction("ReduceLogSum", positive=True))
row("MatMul", matmul)
row("Gemm", gemm)
row("Einsum", einsum)
for op in "Softmax LogSoftmax Hardmax".split():
    row(op, softmax(op), 11, 13, 17)
row("InstanceNormalization", instance_norm)
row("GroupNormalization", group_norm, 18, 21)
row("LayerNormalization", layer_norm("LayerNormalization"), 17, 20)
row("RMSNormalization", layer_norm("RMSNormalization"), 23)
row("BatchNormalization", batch_norm(False), 13, 15)
row("BatchNormalization training", batch_norm(True), 15)
row("MeanVarianceNormalization", mvn)
row("LpNormalization", lp_norm)
row("Slice", slice_)
row("Split", split, 13, 18)
row("Concat", concat)
row("Gather", gather)
row("GatherElements", gather_elements)
row("GatherND", gather_nd)
row("ScatterND", scatter_nd)
row("ScatterElements", scatter_elements)
row("Expand", expand)
row("Tile", tile)
for mode in "constant reflect edge wrap".split():
    row(f"Pad {mode}", pad(mode), *((19,) if mode == "wrap" else ()))
for c in MODES:
    if c != "half_pixel_symmetric":
        row(f"Resize nearest {c}", resize("nearest", coordinate_transformation_mode=c, nearest_mode=lambda r: r.choice(["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"])), 13, 18)
        row(f"Resize linear {c}", resize("linear", coordinate_transformation_mode=c), 13, 18)
        row(f"Resize cubic {c}", resize("cubic", coordinate_transformation_mode=c, cubic_coeff_a=lambda r: r.choice([-0.75, -0.5]), exclude_outside=lambda r: r.randint(0, 1)), 13, 18)
row("Resize linear half_pixel_symmetric", resize("linear", coordinate_transformation_mode="half_pixel_symmetric"), 19)
row("Resize linear crop", resize("linear", coordinate_transformation_mode="tf_crop_and_resize"), 13)
row("Resize linear antialias", resize("linear", antialias=1), 18)
row("Resize cubic antialias", resize("cubic", antialias=1), 18)
row("DepthToSpace", depth_to_space)
row("SpaceToDepth", space_to_depth)
for op in "Conv ConvTranspose MaxPool AveragePool LpPool".split():
    row(op, windows(op), 11, 17)
row("FusedConv", windows("FusedConv"))
row("GlobalAveragePool", global_pool("GlobalAveragePool"))
row("GlobalMaxPool", global_pool("GlobalMaxPool"))
row("GlobalLpPool", global_pool("GlobalLpPool", p=2))
row("CumSum", cumsum)
row("TopK", topk)
row("ArgMax", arg("ArgMax"))
row("ArgMin", arg("ArgMin"))
row("Trilu", trilu, 14)
row("transposes", transposes)
row("If", constant_if)
row("Loop", loop)
row("RNN", recurrent("RNN", 1))
row("LSTM", recurrent("LSTM", 4))
row("GRU", recurrent("GRU", 3))
row("com.microsoft Gelu", microsoft("Gelu"))
row("com.microsoft QuickGelu", microsoft("QuickGelu", alpha=1.3))
row("com.microsoft BiasGelu", microsoft("BiasGelu"))
row("com.microsoft FastGelu", microsoft("FastGelu"))
row("com.microsoft SkipLayerNormalization", skip_norm("SkipLayerNormalization"))
row("com.microsoft SkipSimplifiedLayerNormalization", skip_norm("SkipSimplifiedLayerNormalization"))
row("com.microsoft FusedMatMul", fused_matmul)
row("com.microsoft Attention", packed_attention)
row("com.microsoft MultiHeadAttention", multi_head)
row("Attention", attention23, 23)
row("RotaryEmbedding", rotary, 23)


def main():
    onnxruntime.set_default_logger_severity(4)
    x = np.fromfile(os.path.join(HERE, "cases", "input.f32"), np.float32, 60).reshape(SHAPE)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    kept = 0
    # Without the time at which it was made, so that the same graphs are the same file.
    path = os.path.join(HERE, "operators.tar.gz")
    with open(path, "wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed, tarfile.open(fileobj=packed, mode="w") as tar:
        for name, (f, opsets) in OPERATORS.items():
            r = random.Random(name)
            made, why = 0, ""
            for _ in range(400):
                if made == EACH:
                    break
                shape = r.choice(SHAPES)
                g = Graph(r.choice(opsets), shape)
                out = f(g, r)
                if out is None:
                    continue
                model = g.model(out).SerializeToString()
                try:
                    y = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"]).run(None, {"x": x})[0]
                except Exception as e:
                    why = str(e)[:200]
                    continue
                if not 2 <= y.size <= 400 or not np.isfinite(y).all():
                    continue
                for ending, data in (("onnx", model), ("f32", y.astype(np.float32).tobytes())):
                    info = tarfile.TarInfo(f"{name} {made}.{ending}")
                    info.size = len(data)
                    tar.addfile(info, io.BytesIO(data))
                made += 1
            kept += made
            if made < EACH:
                print(f"{name}: {made} graphs; {why}")
    print(kept, "graphs")


if __name__ == "__main__":
    main()
