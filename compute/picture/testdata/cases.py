"""Writes cases/expected.json: what the files in cases/ show, as other programs read them.

Run it with Pillow 13, pillow-heif, tifffile, imagecodecs and numpy:

    python cases.py cases

Of files whose pixels have to be exactly those of Pillow there is a digest of their RGB
bytes. Of the others there is a PNG in cases/expected, from which they may be a level off
on average.
"""
import glob
import hashlib
import json
import os
import sys

import imagecodecs
import numpy as np
import pillow_heif
import tifffile
from PIL import Image, ImageFile, ImageOps

ImageFile.LOAD_TRUNCATED_IMAGES = True
pillow_heif.register_heif_opener()
folder = sys.argv[1]
os.makedirs(folder + "/expected", exist_ok=True)


def through(values):
    """Grey numbers through the window that their own percentiles make."""
    low, high = np.percentile(values, [0.5, 99.5])
    grey = np.clip((values.astype(float) - low) / (high - low), 0, 1) * 255
    return np.stack([np.round(grey).astype(np.uint8)] * 3, -1)


def grey16(path):
    return np.array(Image.open(path)) if path.endswith(".png") else tifffile.imread(path)


near = {
    "gray16_holding_12bit.png": lambda path: through(grey16(path)),
    "gray16_holding_12bit.tif": lambda path: through(grey16(path)),
    "tiff_uint32.tif": lambda path: through(tifffile.imread(path)),
    "tiff_float32.tif": lambda path: np.stack([np.round(np.clip(tifffile.imread(path), 0, 1) * 255).astype(np.uint8)] * 3, -1),
    "jxl.jxl": lambda path: imagecodecs.jpegxl_decode(open(path, "rb").read()),
}
expected = {}
for path in sorted(glob.glob(folder + "/*.*")):
    name = os.path.basename(path)
    if name.endswith((".json", ".jp2")):
        continue
    if name in near:
        pixels = near[name](path)
    else:
        pixels = np.array(ImageOps.exif_transpose(Image.open(path)).convert("RGB"))
    row = expected[name] = {"size": [pixels.shape[1], pixels.shape[0]], "mean": [round(float(v), 2) for v in pixels.mean((0, 1))]}
    if name in near or name.endswith((".avif", ".heic")):
        Image.fromarray(pixels).save(folder + "/expected/" + name + ".png", optimize=True)
    else:
        row["sha256"] = hashlib.sha256(pixels.tobytes()).hexdigest()
json.dump(expected, open(folder + "/expected.json", "w"), indent=1)
