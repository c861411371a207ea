"""Makes pictures with colour profiles, and what Little CMS (Pillow's ImageCms) makes of
them in sRGB: profiles/NAME.* and NAME.srgb.png. Some profiles alone go to
../icc/testdata.

    pip install pillow==13.0.0 numpy
    python profiles.py
"""

import io
import os
import struct

import numpy as np
from PIL import Image, ImageCms

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "profiles")


def fixed(v):
    return struct.pack(">i", round(v * 65536))


def profile(name, space, curves, primaries=None, version=2, extra=None):
    """An ICC profile: curves are the contents of TRC tags, primaries columns of XYZ for D50."""
    ascii = name.encode() + b"\0"
    if version == 2:
        desc = b"desc\0\0\0\0" + struct.pack(">I", len(ascii)) + ascii + b"\0" * 78
    else:
        text = name.encode("utf-16-be")
        desc = b"mluc\0\0\0\0" + struct.pack(">II4sII", 1, 12, b"enUS", len(text), 28) + text
    tags = {"desc": desc, "wtpt": b"XYZ \0\0\0\0" + fixed(0.9642) + fixed(1) + fixed(0.8249), "cprt": b"text\0\0\0\0none\0"}
    tags.update(dict(zip(("rTRC", "gTRC", "bTRC") if space == b"RGB " else ("kTRC",), curves)))
    for key, xyz in zip(("rXYZ", "gXYZ", "bXYZ"), primaries or ()):
        tags[key] = b"XYZ \0\0\0\0" + b"".join(fixed(v) for v in xyz)
    tags.update(extra or {})
    table, data = struct.pack(">I", len(tags)), b""
    at = 128 + 4 + 12 * len(tags)
    for key, value in tags.items():
        value += b"\0" * (-len(value) % 4)
        table += key.encode() + struct.pack(">II", at + len(data), len(value))
        data += value
    body = table + data
    head = struct.pack(">I4sI4s4s4s", 128 + len(body), b"none", version << 24, b"mntr", space, b"XYZ ")
    head += b"\0" * 12 + b"acsp" + b"\0" * 28 + fixed(0.9642) + fixed(1) + fixed(0.8249)
    return head.ljust(128, b"\0") + body


def gamma(g):
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(g * 256))


def sampled(f, n=256):
    return b"curv\0\0\0\0" + struct.pack(">I%dH" % n, n, *(round(65535 * f(i / (n - 1))) for i in range(n)))


def para(kind, *v):
    return b"para\0\0\0\0" + struct.pack(">HH", kind, 0) + b"".join(fixed(x) for x in v)


SRGB = para(3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
P3 = [(0.51512, 0.2412, -0.00105), (0.29198, 0.69225, 0.04189), (0.1571, 0.06657, 0.78407)]
ADOBE = [(0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457)]
PROPHOTO = [(0.79767, 0.28804, 0), (0.13519, 0.71188, 0), (0.03134, 0.00009, 0.82491)]

PROFILES = {
    "p3": profile("Display P3", b"RGB ", [SRGB] * 3, P3, version=4),
    "adobe": profile("Adobe RGB (1998)", b"RGB ", [gamma(2.19921875)] * 3, ADOBE),
    "prophoto": profile("ProPhoto RGB", b"RGB ", [para(4, 1.8, 1, 0, 1 / 16, 0.03125, 0, 0)] * 3, PROPHOTO, version=4),
    "three": profile("three curves", b"RGB ", [sampled(lambda x: x**1.5), para(1, 2, 1.1, -0.1), para(2, 2, 0.9, 0.05, 0.0025)], ADOBE, version=4),
    "grey": profile("dark grey", b"GRAY", [gamma(1.8)]),
    "linear": profile("linear grey", b"GRAY", [gamma(1)]),
}
SRGB_LIKE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def main():
    os.makedirs(OUT, exist_ok=True)
    for name in ("p3", "three", "grey"):
        with open(os.path.join(OUT, "../../icc/testdata", name + ".icc"), "wb") as f:
            f.write(PROFILES[name])
    y, x = np.mgrid[0:16, 0:24]
    rgb = Image.fromarray(np.stack([x * 11, y * 17, (x * 5 + y * 9) % 256], 2).astype(np.uint8))
    grey = Image.fromarray(((x + 24 * y) * 255 // 383).astype(np.uint8))
    files = {
        "p3.png": rgb, "p3.webp": rgb, "p3.avif": rgb, "adobe.tif": rgb, "adobe.png": rgb, "prophoto.png": rgb, "three.png": rgb, "grey.png": grey, "grey.tif": grey,
    }
    for file, image in files.items():
        name, kind = file.split(".")
        options = {"webp": {"lossless": True, "exact": True}, "avif": {"quality": 100, "subsampling": "4:4:4"}}.get(kind, {})
        image.save(os.path.join(OUT, file), icc_profile=PROFILES[name], **options)
    smooth = rgb.resize((64, 48), Image.BICUBIC)
    smooth.save(os.path.join(OUT, "jpeg.jpg"), icc_profile=PROFILES["adobe"], quality=98, subsampling=0)
    Image.fromarray(np.array([[32768, 65535]], np.uint16)).save(os.path.join(OUT, "deep.png"), icc_profile=PROFILES["linear"])
    rgb.save(os.path.join(OUT, "same.png"), icc_profile=SRGB_LIKE)
    rgb.save(os.path.join(OUT, "table.png"), icc_profile=profile("a table", b"RGB ", [SRGB] * 3, P3, extra={"A2B0": b"mft2" + b"\0" * 60}))
    rgb.save(os.path.join(OUT, "colours.png"), icc_profile=PROFILES["grey"])
    rgb.save(os.path.join(OUT, "damaged.png"), icc_profile=PROFILES["p3"][:200])

    srgb = ImageCms.createProfile("sRGB")
    for name, file in {"p3": "p3.png", "adobe": "adobe.png", "prophoto": "prophoto.png", "three": "three.png", "grey": "grey.png", "jpeg": "jpeg.jpg"}.items():
        image = Image.open(os.path.join(OUT, file))
        image.load()
        profile_of = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
        mode = "L" if image.mode == "L" else "RGB"
        if mode == "L":
            made = ImageCms.profileToProfile(image, profile_of, srgb, renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC, outputMode="RGB")
        else:
            made = ImageCms.profileToProfile(image, profile_of, srgb, renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC)
        made.info.pop("icc_profile", None)
        Image.fromarray(np.array(made)).save(os.path.join(OUT, name + ".srgb.png"))


main()
