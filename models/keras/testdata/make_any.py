#!/usr/bin/env python3
"""Writes small Keras models of layers over any axes with reference results, of what make_keras.py and make_more.py leave out.

Run:   python3 make_any.py OUT        beside make_keras.py, with what that needs
"""
import json
import os
import sys

import make_keras as mk
import tensorflow as tf

k2, k3 = mk.k2, mk.k3
mk.OUT = sys.argv[1] if len(sys.argv) > 1 else "any"
os.makedirs(mk.OUT, exist_ok=True)


def both(name, build, size, layers, note, seed, exts=((k3, "k3", ".keras"), (k2, "k2", ".h5"))):
    for K, v, ext in exts:
        m = build(K)
        mk.fill(m, seed)
        mk.case(f"{name}_{v}{'_h5' if ext == '.h5' else ''}", *mk.whole(K, m, ext), size, layers, "/255", note)


def enlarged(K):
    L = K.layers
    i = L.Input((9, 7, 3), name="picture")
    x = L.Conv2D(6, 3, strides=2, padding="same", activation="tanh", name="conv")(i)
    a = L.Conv2DTranspose(5, 3, strides=2, padding="same", activation="sigmoid", name="same")(x)
    b = L.Conv2DTranspose(5, 4, strides=3, padding="valid", use_bias=False, name="valid")(x)
    c = L.Conv2DTranspose(4, 2, strides=3, padding="valid", name="apart")(x)
    d = L.Conv2DTranspose(4, (3, 2), strides=(3, 2), padding="same", output_padding=(2, 1), name="padded")(x)
    pooled = [L.GlobalAveragePooling2D()(y) for y in (a, b, c, d)]
    return K.Model(i, L.Dense(4, activation="softmax", name="out")(L.Concatenate(name="cat")(pooled)), name="enlarged")


def resampled(K):
    L = K.layers
    i = L.Input((10, 8, 3), name="picture")
    x = L.Conv2D(4, 3, strides=2, padding="same", activation="tanh", name="conv")(i)
    a = L.UpSampling2D((2, 3), interpolation="bilinear", name="bilinear")(x)
    b = L.UpSampling2D(2, interpolation="bicubic", name="bicubic")(x)
    c = L.Resizing(7, 6, name="resized")(x)
    d = L.Resizing(3, 9, interpolation="nearest", name="nearest")(x)
    e = L.Resizing(6, 3, interpolation="bicubic", crop_to_aspect_ratio=True, name="cropped")(x)
    f = L.CenterCrop(3, 2, name="centre")(a)
    parts = [L.Flatten()(y) for y in (L.Conv2D(3, 2, name="after")(a), b, c, d, e, f)]
    return K.Model(i, L.Dense(3, activation="softmax", name="out")(L.Concatenate(name="cat")(parts)), name="resampled")


def normalised(K):
    L = K.layers
    i = L.Input((6, 5, 3), name="picture")
    x = L.Conv2D(8, 3, padding="same", activation="sigmoid", name="conv")(i)
    a = L.GroupNormalization(groups=4, name="groups")(x)
    b = L.GroupNormalization(groups=-1, epsilon=1e-2, center=False, name="instances")(x)
    c = L.LayerNormalization(axis=(1, 2, 3), name="all_axes")(x)
    d = L.UnitNormalization(name="unit")(x)
    if K is k3:
        d = L.RMSNormalization(name="rms")(d)
    y = L.Concatenate(name="cat")([a, b, c, d])
    g = L.GroupNormalization(groups=8, name="of_a_vector")(L.Flatten(name="flat")(y))
    return K.Model(i, L.Dense(3, activation="softmax", name="out")(g), name="normalised")


def arranged(K):
    L = K.layers
    i = L.Input((6, 9, 3), name="picture")
    x = L.Conv2D(4, 3, padding="same", activation="tanh", name="conv")(i)
    y = L.Permute((2, 1, 3), name="turned")(x)
    y = L.Conv2D(5, 2, name="after_turn")(y)
    z = L.Reshape((10, 4, 5), name="shuffled")(L.Permute((3, 1, 2), name="first")(y))
    z = L.Conv2D(3, 2, name="after_shuffle")(z)
    w = L.Concatenate(axis=1, name="below")([z, L.ZeroPadding2D(((1, 0), (0, 0)), name="pad")(z)])
    t = L.Reshape((8, 5, 3, 3), name="four_axes")(L.ZeroPadding2D(((0, 1), (0, 2)), name="pad2")(L.Concatenate(axis=1, name="thrice")([w, L.Cropping2D(((0, 15), (0, 0)), name="crop")(w), z])[:, :23]))
    t = L.Add(name="four_sum")([t, L.Permute((1, 2, 4, 3), name="swap")(t)])
    return K.Model(i, L.Dense(3, activation="softmax", name="out")(L.Flatten(name="flat")(t)), name="arranged")


def curves(K):
    L = K.layers
    i = L.Input((7, 6, 3), name="picture")
    x = L.Conv2D(6, 3, activation="softplus", name="conv")(i)
    names = ["selu", "mish", "exponential"] + (["celu", "log_sigmoid", "hard_tanh"] if K is k3 else [])
    parts = [L.Activation(n, name=n + "_of_it")(x) for n in names]
    parts.append(L.ReLU(threshold=0.7, name="threshold")(x))
    return K.Model(i, L.Dense(3, activation="softmax", name="out")(L.Flatten(name="flat")(L.Concatenate(name="cat")(parts))), name="curves")


def operations(K):
    L, i = K.layers, K.layers.Input((7, 6, 3), name="picture")
    x = L.Conv2D(6, 3, activation="softplus", name="conv")(i)
    o = k3.ops if K is k3 else tf.math
    total = o.sum if K is k3 else tf.reduce_sum
    least = o.min if K is k3 else tf.reduce_min
    mean = o.mean if K is k3 else tf.reduce_mean
    y = o.exp(-x) + o.log(x + 1.0) * o.sqrt(x) - o.abs(x - 0.5) + o.sin(x) * o.cos(x)
    y = y / (total(o.square(x), axis=2, keepdims=True) + 1.0) + 1.5 / x
    y = y - least(x, axis=(1, 3), keepdims=True)
    y = o.rsqrt(y * y + 0.3)
    v = mean(y, axis=2)
    w = v[:, ::-1, 1:5]
    f = L.Flatten(name="flat")(w)
    return K.Model(i, L.Dense(3, activation="softmax", name="out")(f), name="operations")


both("enlarged", enlarged, (9, 7, 3), ["conv", "same", "valid"], "Conv2DTranspose with every padding, a stride larger than the kernel, output_padding", 31)
both("resampled", resampled, (10, 8, 3), ["conv", "bilinear"], "UpSampling2D, Resizing and CenterCrop of what layers make", 32)
both("normalised", normalised, (6, 5, 3), ["conv", "groups"], "GroupNormalization, LayerNormalization over all axes, UnitNormalization, RMSNormalization", 33)
both("arranged", arranged, (6, 9, 3), ["conv"], "axes in other orders and shapes before convolutions; tensors joined along rows; four axes", 34)
both("curves", curves, (7, 6, 3), ["conv"], "rarer activations", 35)
both("operations", operations, (7, 6, 3), ["conv"], "functions, sums and minima along any axes, a part of three axes taken backwards", 36)
json.dump(mk.MANIFEST, open(os.path.join(mk.OUT, "manifest.json"), "w"), indent=1)
