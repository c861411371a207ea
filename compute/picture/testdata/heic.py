"""Makes heic/*.heic, and beside each a PNG of what Pillow's plugin shows.

pip install pillow==13.0.0 pillow-heif==1.8.1 numpy; python heic.py
"""

import os

import numpy as np
import pillow_heif
from PIL import Image

pillow_heif.register_heif_opener()
out = os.path.join(os.path.dirname(os.path.abspath(__file__)), "heic", "")


def scene(w, h):
    y, x = np.mgrid[0:h, 0:w]
    return np.stack([x * 255 // w, y * 255 // h, 255 - x * 120 // w - y * 100 // h], -1).astype(np.uint8)


def keep(name):
    Image.open(out + name + ".heic").convert("RGB").save(out + name + ".png")


def write(name, img, **how):
    pillow_heif.from_pillow(img).save(out + name + ".heic", quality=95, **how)
    keep(name)


# Rows in the decoder's memory are padded, the shorter the more.
for w, h in (37, 29), (65, 33), (131, 131):
    for chroma in "444", "422", "420":
        write("size_%d_%s" % (w, chroma), Image.fromarray(scene(w, h)), chroma=chroma)
for matrix in 1, 6, 9:
    for full in 0, 1:
        write("matrix_%d_%s" % (matrix, "full" if full else "video"), Image.fromarray(scene(70, 50)), chroma="444", matrix_coefficients=matrix, full_range_flag=full)
img = Image.fromarray(scene(70, 50))
for o in range(1, 9):
    # The picture as a camera held that way would store it.
    stored = img if o == 1 else img.transpose({2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[o])
    exif = Image.Exif()
    exif[274] = o
    file = pillow_heif.from_pillow(stored)
    file.info["exif"] = exif.tobytes()  # makes boxes irot and imir of it
    file.save(out + "orientation_%d.heic" % o, quality=95, chroma="444")
    keep("orientation_%d" % o)
write("grey", img.convert("L"))
write("alpha", img.convert("RGBA"), chroma="444")
deep = pillow_heif.from_bytes("RGB;16", (70, 50), (scene(70, 50).astype(np.uint16) * 257).tobytes())
for chroma in "420", "422", "444":
    deep.save(out + "deep_%s.heic" % chroma, quality=95, chroma=chroma)
    keep("deep_%s" % chroma)

# Without a box of colours, the range of all levels is in the stream only.
data = open(out + "matrix_1_full.heic", "rb").read()
open(out + "stream_full.heic", "wb").write(data.replace(b"colrnclx", b"freenclx"))
keep("stream_full")
data = open(out + "matrix_9_video.heic", "rb").read()
open(out + "stream_video.heic", "wb").write(data.replace(b"colrnclx", b"freenclx"))
keep("stream_video")
# A picture in a file that calls itself a sequence.
data = open(out + "size_65_444.heic", "rb").read()
open(out + "brand_hevc.heic", "wb").write(data[:8] + b"hevc" + data[12:])
Image.open(out + "size_65_444.heic").convert("RGB").save(out + "brand_hevc.png")
