#!/usr/bin/env python3
"""Writes small HDF5 files for the tests of the reader. Needs h5py 3.16.0 and numpy. Run: python3 make_types.py OUT"""
import os
import sys

import h5py
import numpy as np

out = sys.argv[1] if len(sys.argv) > 1 else "."
values = np.array([[0, -1.5, 2], [0.25, 65504, -0.0078125]])


def file(name, **how):
    return h5py.File(os.path.join(out, name), "w", **how)


with file("types.h5") as f:
    for kind in ("<f2", ">f2", "<f4", ">f4", "<f8", ">f8"):
        f.create_dataset(kind.replace("<", "little-").replace(">", "big-"), data=values.astype(kind))
    f.create_dataset("single", data=np.float32(3.5))
    f.create_dataset("empty", shape=(0, 4), dtype="<f4")
    f.create_dataset("whole", data=np.arange(3, dtype="<i8"))
    f.create_dataset("flag", data=np.array([True, False]))
    f.create_dataset("opaque", data=np.zeros(4, "V2"))
    space, plist = h5py.h5s.create_simple((2, 3)), h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_layout(h5py.h5d.COMPACT)
    h5py.h5d.create(f.id, b"compact", h5py.h5t.IEEE_F32LE, space, plist).write(h5py.h5s.ALL, h5py.h5s.ALL, values.astype("<f4"))
    f.create_dataset("unwritten", shape=(5,), dtype="<f4")
    f.attrs["fixed"] = np.array([b"one", b"", b"three"])
    f.attrs["varying"] = ["a", "", "the third " * 50]
    f.attrs["text"] = "one text, and an \u00e4"
    f.attrs["number"] = 3
    for i in range(40):  # more than one node of names
        f.create_group("group/%02d" % i)
with file("latest.h5", libver="latest") as f:
    f.create_dataset("x", data=values)
with file("ordered.h5", track_order=True) as f:
    f.create_dataset("x", data=values)
with file("compressed.h5") as f:
    f.create_dataset("x", data=values, compression="gzip")
with file("chunked.h5") as f:
    f.create_dataset("x", data=values, chunks=(1, 3))
with file("soft.h5") as f:
    f["x"] = h5py.SoftLink("/y")
with file("outside.h5") as f:
    f["x"] = h5py.ExternalLink("other.h5", "/x")
with file("userblock.h5", userblock_size=512) as f:
    f.create_dataset("x", data=values.astype("<f4"))
