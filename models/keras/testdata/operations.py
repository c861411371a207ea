#!/usr/bin/env python3
"""Writes operations_k3_h5.h5, a whole model of Keras 3 with operations on tensors, of
which such a file does not say the modules, and prints the model's output for a
picture of the levels 0, 1, 2, ... 191. Needs keras 3.15.1 and jax."""
import os

os.environ["KERAS_BACKEND"] = "jax"
import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(1)
picture = keras.Input((8, 8, 3), name="picture")
a = layers.Rescaling(1 / 255.0)(picture)
x = layers.Conv2D(4, 3, name="c")(a)
y = layers.Conv2D(4, 3, name="d")(a)
x = layers.Add(name="sum")([x, y])
x = x + y
x = x + 3.0
x = x * 2.0
x = 2.0 - x
x = x / 3
x = ops.relu(x)
x = ops.concatenate([x, y], axis=-1)
x = layers.Concatenate(name="both")([x, y])
x = ops.maximum(x, 0.1)
x = layers.Conv2D(4, 3, name="last")(x)
x = layers.GlobalAveragePooling2D()(x)
x = layers.Dense(3, name="out")(x)
model = keras.Model(picture, x, name="operations")
model.save("operations_k3_h5.h5")
print(np.asarray(model(np.arange(192).reshape(1, 8, 8, 3).astype("float32"))))
