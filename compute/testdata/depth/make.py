"""Makes a network of one channel as ONNX, a picture of 16 bits as PNG and as DICOM's numbers
in a signed TIFF, the same picture in 8 bits, and the logits that onnxruntime computes.

    pip install onnx onnxruntime numpy pillow
    python make.py

Pictures are resized by Pillow as floating-point numbers, so nothing is rounded to levels.
"""

import json
import os
import struct

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(16)


def network():
    weight = (rng.standard_normal((6, 1, 3, 3)) * 0.5).astype(np.float32)
    bias = (rng.standard_normal(6) * 0.1).astype(np.float32)
    linear = rng.standard_normal((4, 6)).astype(np.float32)
    nodes = [
        helper.make_node("Conv", ["x", "w", "b"], ["conv"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["conv"], ["relu"]),
        helper.make_node("GlobalAveragePool", ["relu"], ["pool"]),
        helper.make_node("Flatten", ["pool"], ["flat"]),
        helper.make_node("Gemm", ["flat", "v"], ["logits"], transB=1),
    ]
    graph = helper.make_graph(
        nodes, "depth", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1, 32, 32])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, 4])],
        [numpy_helper.from_array(a, n) for a, n in ((weight, "w"), (bias, "b"), (linear, "v"))],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, os.path.join(HERE, "grey.onnx"))
    return onnxruntime.InferenceSession(os.path.join(HERE, "grey.onnx"))


def tiff(a, name):
    """A TIFF of one strip of signed 16-bit numbers."""
    h, w = a.shape
    data = a.astype("<i2").tobytes()
    tags = [(256, 3, w), (257, 3, h), (258, 3, 16), (259, 3, 1), (262, 3, 1), (273, 4, 8), (277, 3, 1), (278, 3, h), (279, 4, len(data)), (339, 3, 2)]
    with open(os.path.join(HERE, name), "wb") as f:
        f.write(b"II*\0" + struct.pack("<I", 8 + len(data)) + data + struct.pack("<H", len(tags)))
        for tag, kind, value in tags:
            f.write(struct.pack("<HHII", tag, kind, 1, value))
        f.write(b"\0\0\0\0")


def main():
    session = network()
    y, x = np.mgrid[0:56, 0:72]
    scene = 0.5 + 0.3 * np.sin(x / 7) * np.cos(y / 5) + 0.15 * ((x - 40) ** 2 + (y - 20) ** 2 < 150)
    level = np.clip(scene * 255, 0, 255).astype(np.uint8)
    fine = np.clip(scene * 65535, 0, 65535).astype(np.uint16)
    dim = np.clip(1000 + scene * 400, 0, 65535).astype(np.uint16)
    Image.fromarray(level).save(os.path.join(HERE, "8.png"), optimize=True)
    Image.fromarray(level.astype(np.uint16) * 257).save(os.path.join(HERE, "8as16.png"), optimize=True)
    Image.fromarray(fine).save(os.path.join(HERE, "16.png"), optimize=True)
    Image.fromarray(dim).save(os.path.join(HERE, "dim.png"), optimize=True)
    tiff(dim.astype(np.int32) - 1300, "signed.tif")
    rows = []
    for file, numbers, window, low, high in (
        ("8.png", level, "full", 0, 255), ("8as16.png", level, "full", 0, 255), ("16.png", fine, "full", 0, 65535), ("16.png", fine, "20000,50000", 20000, 50000),
        ("dim.png", dim, "1000,1400", 1000, 1400), ("dim.png", dim, "1200/300", 1050, 1350), ("signed.tif", dim.astype(float) - 1300, "-300,100", -300, 100),
    ):
        unit = np.clip((numbers.astype(np.float64) - low) / (high - low), 0, 1).astype(np.float32) * 255
        small = np.array(Image.fromarray(unit, "F").resize((51, 40), Image.BILINEAR))
        left, top = 10, 4  # torchvision's CenterCrop: round((51 - 32) / 2), to even
        crop = small[top : top + 32, left : left + 32] / 255
        logits = session.run(None, {"x": ((crop - 0.449) / 0.226)[None, None].astype(np.float32)})[0][0]
        rows.append({"file": file, "window": window, "logits": [round(float(v), 6) for v in logits]})
    with open(os.path.join(HERE, "expected.json"), "w") as f:
        json.dump(rows, f, indent=1)


main()
