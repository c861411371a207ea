#!/usr/bin/env python3
"""Writes further small Keras models with reference results, of what make_keras.py leaves out: see the notes in the manifest.

Run:   python3 make_more.py OUT        beside make_keras.py, with what that needs
"""
import json
import os
import sys

import make_keras as mk
import numpy as np
import tensorflow as tf

k2, k3 = mk.k2, mk.k3
mk.OUT = sys.argv[1] if len(sys.argv) > 1 else "more"
os.makedirs(mk.OUT, exist_ok=True)


def both(name, build, size, layers, prep, note, seed, exts=((k3, "k3", ".keras"), (k2, "k2", ".h5"))):
    for K, v, ext in exts:
        m = build(K)
        mk.fill(m, seed)
        mk.case(f"{name}_{v}{'_h5' if ext == '.h5' else ''}", *mk.whole(K, m, ext), size, layers, prep, note)


def flat(K):
    L = K.layers
    i = L.Input((8, 6, 3), name="picture")
    x = L.Conv2D(4, 3, padding="same", activation="swish", name="conv")(i)
    f = L.Flatten(name="flat")(x)
    f = L.BatchNormalization(name="bn")(f)
    f = L.PReLU(name="prelu")(f)
    f = L.Dropout(0.3, name="drop")(f)
    g = L.Flatten(name="flat2")(L.Activation("tanh", name="tanh")(x))
    s = L.Multiply(name="times")([f, g])
    c = L.Concatenate(name="cat")([s, L.GlobalMaxPooling2D(name="gmp")(x)])
    c = L.LayerNormalization(name="ln")(c)
    d = L.Dense(10, name="fc")(c)
    e = L.Dense(10, use_bias=False, name="fc2")(L.LayerNormalization(name="ln2")(g))
    o = L.Add(name="sum")([d, e])
    return K.Model(i, L.Dense(4, activation="softmax", name="out")(L.LeakyReLU(name="leaky")(o)), name="flat_net")


def views(K):
    L = K.layers
    i = L.Input((9, 7, 3), name="picture")
    x = L.Conv2D(6, 3, activation="relu", name="conv")(i)
    p = L.Permute((3, 1, 2), name="permute")(x)
    a = L.Dense(5, name="from_permuted")(L.Flatten(name="flat_permuted")(p))
    r = L.Reshape((35, 6), name="rows")(x)
    r = L.Reshape((7, 5, 6), name="back")(r)
    y = L.Conv2D(4, 2, name="conv2", activation="sigmoid")(r)
    b = L.Dense(5, name="from_reshaped")(L.Reshape((-1,), name="flat_reshaped")(y))
    g = L.GlobalAveragePooling2D(name="gap")(y)
    s = L.Reshape((1, 1, 4), name="square")(g)
    z = L.Multiply(name="gated")([y, s])
    c = L.Dense(5, name="from_gated")(L.Flatten(name="flat_gated")(z))
    return K.Model(i, L.Activation("softmax", name="out")(L.Add(name="sum")([a, b, c])), name="views")


def nested(K):
    L = K.layers
    def block(n, f, size):
        i = L.Input(size, name="in_" + n)
        x = L.Conv2D(f, 3, padding="same", name="conv")(i)
        x = L.BatchNormalization(name="bn")(x)
        return K.Model(i, L.ReLU(name="act")(x), name=n)
    inner = block("inner", 4, (12, 10, 4))
    inner.get_layer("conv").trainable = False
    i = L.Input((12, 10, 3), name="middle_in")
    x = L.Conv2D(4, 1, name="stem")(i)
    x = inner(x)
    x = inner(x)
    middle = K.Model(i, L.MaxPooling2D(name="pool")(x), name="middle")
    head = K.Sequential([L.Input((6, 5, 4)) if K is k3 else L.InputLayer(input_shape=(6, 5, 4)), L.Flatten(), L.Dense(7, activation="elu", name="hidden"), L.Dense(3, activation="softmax", name="last")], name="head")
    features = K.Sequential([middle, L.SpatialDropout2D(0.1, name="drop")], name="features")
    m = K.Sequential([features, head], name="teachable")
    m.build((None, 12, 10, 3))
    return m


def shared(K):
    L = K.layers
    i = L.Input((10, 12, 3), name="picture")
    conv = L.Conv2D(3, 3, padding="same", activation="relu", name="again")
    bn = L.BatchNormalization(name="bn")
    x = bn(conv(bn(conv(i))))
    return K.Model(i, L.Dense(3, activation="softmax", name="out")(L.Flatten(name="flat")(x)), name="shared")


def colours(K):
    L = K.layers
    i = L.Input((11, 13, 1), name="grey")
    x = L.Rescaling(1 / 255, name="scale")(i)
    x = L.Concatenate(name="rgb")([x, x, x])
    x = L.Normalization(mean=[0.4, 0.5, 0.6], variance=[0.04, 0.05, 0.06], name="norm")(x)
    x = L.Conv2D(5, 3, activation="gelu", name="conv")(x)
    return K.Model(i, L.Dense(3, activation="softmax", name="out")(L.GlobalAveragePooling2D(name="gap")(x)), name="colours")


def inverted(K):
    L = K.layers
    i = L.Input((11, 13, 3), name="picture")
    x = 1 - i / 255.0
    x = L.Conv2D(5, 3, activation="relu", name="conv")(x)
    y = -x * 0.5 + 0.25
    z = L.Conv2D(5, 1, name="other", activation="sigmoid")(y)
    s = y[:, 1:8, ::2, :] * z[:, 1:8, ::2, :]
    t = s[..., 1:4] - s[..., 2:5]
    return K.Model(i, L.Dense(3, activation="sigmoid", name="out")(L.Flatten(name="flat")(t)), name="inverted")


def functions(K):
    L, i = K.layers, K.layers.Input((12, 12, 3), name="picture")
    x = L.Conv2D(4, 3, name="conv", strides=(2, 1), padding="same")(i)
    if K is k3:
        o = k3.ops
        y = o.clip(x, -0.5, 0.75)
        y = o.maximum(y, -0.25)
        y = y + o.gelu(x) + o.leaky_relu(x, 0.3) + o.hard_silu(x) + o.hard_sigmoid(x)
        m = o.max(y, axis=(1, 2), keepdims=True)
        y = o.subtract(y, m) / (o.mean(o.sigmoid(x), axis=-1, keepdims=True) + 2.0)
        y = o.transpose(o.transpose(y, (0, 3, 1, 2)), (0, 2, 3, 1))
        f = o.reshape(y, (-1, 6 * 12 * 4))
    else:
        y = tf.clip_by_value(x, -0.5, 0.75)
        y = tf.maximum(y, -0.25)
        y = y + tf.nn.gelu(x) + tf.nn.leaky_relu(x, 0.3) + tf.nn.elu(x) + tf.nn.sigmoid(x)
        m = tf.reduce_max(y, axis=[1, 2], keepdims=True)
        y = tf.subtract(y, m) / (tf.reduce_mean(tf.sigmoid(x), axis=-1, keepdims=True) + 2.0)
        y = tf.transpose(tf.transpose(y, [0, 3, 1, 2]), [0, 2, 3, 1])
        f = tf.reshape(y, [-1, 6 * 12 * 4])
    return K.Model(i, L.Dense(4, activation="softmax", name="out")(f), name="functions")


def resized(K):
    L = K.layers
    s = L.Input((16, 16, 3)) if K is k3 else L.InputLayer(input_shape=(16, 16, 3))
    return K.Sequential([s, L.Resizing(16, 16, name="resize"), L.Rescaling(1 / 127.5, -1, name="scale"), L.RandomFlip(name="flip"), L.GaussianNoise(0.1, name="noise"),
                         L.Conv2D(6, 3, activation="relu6" if K is k3 else "relu", name="conv"), L.AveragePooling2D(3, 2, padding="same", name="avg"), L.Conv2D(4, (1, 3), dilation_rate=(1, 2), name="dilated"),
                         L.ReLU(max_value=0.8, name="clipped"), L.GlobalAveragePooling2D(), L.Dense(1, name="age")], name="resized")


def decoded(K):
    L = K.layers
    i = L.Input((8, 8, 3), name="picture")
    x = L.Flatten(name="flat")(L.Conv2D(4, 3, strides=2, activation="tanh", name="conv")(i))
    x = L.Reshape((4, 3, 5), name="picture_again")(L.Dense(60, name="code")(x))
    x = L.Conv2D(6, 2, activation="swish", name="conv2")(x)
    return K.Model(i, L.Dense(3, activation="softmax", name="out")(L.GlobalAveragePooling2D(name="gap")(x)), name="decoded")


# No activation makes zeros before a maximum: where several are the largest, TensorFlow parts the gradient, and others give it to one.
both("flat", flat, (8, 6, 3), ["conv"], "/255", "normalisation, slopes, products and concatenation of flattened maps", 21)
both("views", views, (9, 7, 3), ["conv", "conv2"], "/255", "Permute and Reshape before and after convolutions and before Dense", 22)
both("nested", nested, (12, 10, 3), ["features/middle/pool"], "/255", "three levels of models, a model called twice, a frozen layer within; the shape of Teachable Machine's models", 23,
     ((k3, "k3", ".keras"), (k2, "k2", ".h5"), (k2, "k2", ".keras"), (k3, "k3", ".h5")))
both("shared", shared, (10, 12, 3), [], "/255", "layers that are called twice", 24)
both("colours", colours, (11, 13, 1), ["conv"], "pixels", "grey is made three channels, each normalised otherwise", 25)
both("inverted", inverted, (11, 13, 3), ["conv"], "pixels", "1 - x/255, slices of rows, columns and channels, several sigmoids", 26)
both("functions", functions, (12, 12, 3), ["conv"], "/127.5-1", "clip, maximum with a number, gelu, leaky_relu, maxima and means along axes, division of tensors, transpose and reshape as operations", 27)
both("resized", resized, (16, 16, 3), ["conv", "clipped"], "pixels", "Resizing to the same size, augmentation, a clipped ReLU; one number without an activation", 28)
both("decoded", decoded, (8, 8, 3), ["conv", "conv2"], "/255", "rows, columns and channels made by a Dense", 29)
json.dump(mk.MANIFEST, open(os.path.join(mk.OUT, "manifest.json"), "w"), indent=1)
