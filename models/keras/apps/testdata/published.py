#!/usr/bin/env python3
"""Writes files like those that are published for MobileNetV3Small, with and
without its classifier, in the format of save_weights() of Keras 2:

    python published.py    # published.h5.gz, headless.h5.gz

The layers have other names than in Keras 3, as in old published files, so only
their order tells which is which. Array number i of the file is full of
(i % 97 + 1) / 97. Needs h5py and numpy.
"""
import gzip
import io
import json

import h5py
import numpy as np

with gzip.open("../networks/MobileNetV3Small.json.gz") as f:
    LAYERS = json.load(f)["weights_in_order"]


def write(path, layers):
    memory = io.BytesIO()
    with h5py.File(memory, "w") as f:
        names = ["input_1"] + ["old_%d" % (i + 1) for i in range(len(layers))]
        f.attrs["layer_names"] = [n.encode() for n in names]
        f.attrs["backend"] = b"tensorflow"
        f.attrs["keras_version"] = b"2.1.6"
        f.create_group("input_1").attrs["weight_names"] = []
        i = 0
        for name, (_, arrays) in zip(names[1:], layers):
            g = f.create_group(name)
            g.attrs["weight_names"] = [("%s/%s:0" % (name, a)).encode() for a, _ in arrays]
            for a, shape in arrays:
                g.create_dataset("%s/%s:0" % (name, a), data=np.full(shape, (i % 97 + 1) / 97, np.float32))
                i += 1
    with open(path, "wb") as f:
        f.write(gzip.compress(memory.getvalue(), 9, mtime=0))


write("published.h5.gz", LAYERS)
write("headless.h5.gz", LAYERS[:-2])
