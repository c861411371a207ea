#!/usr/bin/env python3
"""Makes what the tests of this package expect, with Keras on JAX:

    python expect.py summaries   # summaries.txt.gz: the layers of each network, as model.summary() has them
    python expect.py values      # reference.safetensors: logits and maps of some networks

Names of networks may follow, to make these anew and to keep the others.

Needs keras 3.15.1, jax and safetensors. Nothing is downloaded: parameters and
the picture come from the formula of models/weights/formula.go. Values are
computed in double precision and stored in single. The backend is JAX because
that of PyTorch pads an average pooling with the border's pixels where
TensorFlow and JAX leave the padding out.
"""
import gzip
import importlib
import os
import sys

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["JAX_ENABLE_X64"] = "1"

import jax
import keras
import numpy as np
from keras.src.utils import file_utils
from safetensors.numpy import load_file, save_file


class Built(Exception):
    """Is thrown in place of a download, when the model is there."""


def get_file(*_, **__):
    raise Built(sys._getframe(1).f_locals["model"])


file_utils.get_file = get_file

NAMES = (
    ["Xception", "VGG16", "VGG19", "ResNet50", "ResNet101", "ResNet152", "ResNet50V2", "ResNet101V2", "ResNet152V2"]
    + ["InceptionV3", "InceptionResNetV2", "MobileNet", "MobileNetV2", "MobileNetV3Small", "MobileNetV3Large"]
    + ["DenseNet121", "DenseNet169", "DenseNet201", "NASNetMobile", "NASNetLarge"]
    + ["EfficientNetB%d" % i for i in range(8)]
    + ["EfficientNetV2" + s for s in ("B0", "B1", "B2", "B3", "S", "M", "L")]
    + ["ConvNeXt" + s for s in ("Tiny", "Small", "Base", "Large", "XLarge")]
)

# Layers on which all that follows depends, the last one first.
LAYERS = {
    "Xception": ("xception", ["block14_sepconv2_act", "add_10"]),
    "VGG16": ("vgg16", ["block5_conv3", "block4_pool"]),
    "ResNet50": ("resnet", ["conv5_block3_out", "conv5_block2_out"]),
    "ResNet50V2": ("resnet_v2", ["post_relu", "conv4_block6_out"]),
    "InceptionV3": ("inception_v3", ["mixed10", "mixed7"]),
    "MobileNetV2": ("mobilenet_v2", ["out_relu", "block_13_expand_relu"]),
    "MobileNetV3Small": ("mobilenet_v3", ["activation_17", "expanded_conv_10_add"]),
    "DenseNet121": ("densenet", ["relu", "conv4_block24_concat"]),
    "NASNetMobile": ("nasnet", ["activation_187", "normal_concat_12"]),
    "EfficientNetB0": ("efficientnet", ["top_activation", "block6d_add"]),
    "EfficientNetV2B0": ("efficientnet_v2", ["top_activation", "block5e_add"]),
    "ConvNeXtTiny": ("convnext", ["add_17", "add_15"]),
    "MobileNet": ("mobilenet", ["conv_pw_13_relu", "conv_pw_11_relu"]),
    "InceptionResNetV2": ("inception_resnet_v2", ["conv_7b_ac", "mixed_7a"]),
}


def build(name, **k):
    keras.backend.clear_session()
    if name.startswith("MobileNetV3"):
        k["input_shape"] = (224, 224, 3)  # which it leaves open otherwise
    try:
        # Without these weights, EfficientNet has a layer less.
        getattr(keras.applications, name)(weights="imagenet", **k)
    except Built as e:
        return e.args[0]


def formula(name, shape):
    """FormulaTensor of models/weights/formula.go."""
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x100000001B3) % (1 << 64)
    n = int(np.prod(shape))
    z = np.arange(n, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(seed)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    k = ((z ^ (z >> np.uint64(31))) >> np.uint64(40)).astype(np.int64)
    kind = name.split(".")[-1]
    a, b, signed = 0, 0.1, True
    if name == "input":
        b = 2
    elif kind == "depthwise_kernel":
        b = np.sqrt(6 / np.prod(shape[:2]))
    elif kind in ("kernel", "pointwise_kernel"):
        b = np.sqrt(6 / np.prod(shape[:-1]))
    elif kind == "gamma":
        a, b = 1, 0.2
    elif kind in ("variance", "moving_variance"):
        a, b, signed = 1, 0.5, False
    elif kind == "layer_scale":
        a, b, signed = 0.1, 0.1, False
    t = (k - (1 << 23)) / np.float32(1 << 23) if signed else k / np.float32(1 << 24)
    return (np.float32(a) + (np.float32(b) * t.astype(np.float32)).astype(np.float32)).reshape(shape)


def leaves(model):
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from leaves(layer)
        else:
            yield layer


def fill(model):
    for layer in leaves(model):
        for w in layer.weights:
            kind = w.path.split("/")[-1]
            if isinstance(layer, keras.layers.DepthwiseConv2D) and kind == "kernel":
                kind = "depthwise_kernel"
            if type(layer).__name__ == "LayerScale":
                kind = "layer_scale"
            if kind != "count" and "seed" not in w.path:
                w.assign(formula(layer.name + "." + kind, w.shape))
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()


def summaries():
    all = {}
    if sys.argv[2:]:
        with gzip.open("summaries.txt.gz", "rt") as f:
            for line in f.read().splitlines():
                if not line.startswith("\t"):
                    rows = all[line] = [line]
                else:
                    rows.append(line)
    for name in sys.argv[2:] or NAMES:
        model = build(name)
        rows = all[name] = [name]
        for layer in model._operations:  # as model.summary() does
            shape = layer.output.shape
            count = layer.count_params() if isinstance(layer, keras.Layer) else 0
            rows.append("\t".join(["", layer.name, type(layer).__name__, "x".join(map(str, shape[1:])), str(count)]))
        print(name, model.count_params(), flush=True)
    with open("summaries.txt.gz", "wb") as f:
        f.write(gzip.compress(("\n".join(sum((all[name] for name in NAMES), [])) + "\n").encode(), 9, mtime=0))


def values():
    keras.config.set_floatx("float64")
    out = load_file("reference.safetensors") if sys.argv[2:] else {}
    for name in sys.argv[2:] or LAYERS:
        module, layers = LAYERS[name]
        model = build(name, classifier_activation=None)
        fill(model)
        _, h, w, _ = model.input_shape
        pixels = np.floor((formula("input", (1, h, w, 3)).astype(np.float64) + 2) * 64)
        x = importlib.import_module("keras.applications." + module).preprocess_input(pixels.copy())
        logits = np.asarray(model(x, training=False))[0]
        top = int(logits.argmax())
        out[name + "/logits"] = logits
        for layer in layers:
            at = next(o for o in model._operations if o.name == layer).output
            a = keras.Model(model.input, at)(x, training=False)
            tail = keras.Model(at, model.output)
            g = jax.grad(lambda a: tail(a, training=False)[0, top])(a)
            a, g = np.asarray(a)[0], np.asarray(g)[0]
            out[name + "/gradcam/" + layer] = (a * g.mean((0, 1))).sum(-1)
            out[name + "/hirescam/" + layer] = (a * g).sum(-1)
        print(name, top, logits.std(), np.linalg.norm(logits), [float(abs(v).max()) for k, v in out.items() if k.startswith(name + "/")], flush=True)
        del model, tail, a, g
        save_file({k: np.ascontiguousarray(v, np.float32) for k, v in out.items()}, "reference.safetensors")


{"summaries": summaries, "values": values}[sys.argv[1]]()
