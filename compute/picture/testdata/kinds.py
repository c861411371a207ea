"""Makes the files in kinds/: one picture in many kinds of files.

Run it with Pillow 13, pillow-heif, tifffile, imagecodecs and numpy:

    python kinds.py kinds

A file's name begins with that of the PNG that it must look like, such as
rgb.png. The pictures are 37 pixels wide and 29 high, so that nothing is a
multiple of 8.
"""
import io
import struct
import sys
import zlib

import imagecodecs
import numpy as np
import pillow_heif
import tifffile
from PIL import Image

out = sys.argv[1] + "/"
w, h = 37, 29
y, x = np.mgrid[0:h, 0:w]
rgb = np.stack([x * 255 // (w - 1), y * 255 // (h - 1), (x + y) * 160 // (w + h)], -1).astype(np.uint8)
disc = (x - 14) ** 2 + (y - 16) ** 2 < 80
rgb[disc] = [220, 40, 30]
rgb[4:11, 24:33] = [20, 90, 230]
grey = np.array(Image.fromarray(rgb).convert("L"))
bilevel = grey > 110
# Runs longer than 64 pixels, as on a page.
page = np.zeros((29, 2700), bool)
page[3:9, 70:2650] = True
page[12:20, ::7] = True
page[12:20, 1000:1064] = True
Image.fromarray(rgb).save(out + "rgb.png")
Image.fromarray(grey).save(out + "grey.png")
Image.fromarray(bilevel).save(out + "bilevel.png", optimize=True)
Image.fromarray(page).save(out + "page.png", optimize=True)


def tiff(name, data, **how):
    tifffile.imwrite(out + name + ".tif", data, metadata=None, **how)


for codec in ["none", "lzw", "deflate", "packbits", "zstd"]:
    tiff("rgb_" + codec, rgb, photometric="rgb", compression=codec, rowsperstrip=10)
for codec in ["lzw", "deflate", "zstd"]:
    tiff("rgb_%s_predictor" % codec, rgb, photometric="rgb", compression=codec, predictor=True, rowsperstrip=10)
tiff("rgb_tiles", rgb, photometric="rgb", tile=(16, 16))
tiff("rgb_tiles_lzw_predictor", rgb, photometric="rgb", tile=(16, 32), compression="lzw", predictor=True)
tiff("rgb_planar", rgb.transpose(2, 0, 1), photometric="rgb", planarconfig="separate")
tiff("rgb_planar_tiles", rgb.transpose(2, 0, 1), photometric="rgb", planarconfig="separate", tile=(16, 16), compression="deflate", predictor=True)
tiff("rgb_big", rgb, photometric="rgb", bigtiff=True)
tiff("rgb_big_bigendian", rgb, photometric="rgb", bigtiff=True, byteorder=">")
r16 = rgb.astype(np.uint16) * 257
tiff("rgb_16", r16, photometric="rgb")
tiff("rgb_16_tiles_bigendian", r16, photometric="rgb", tile=(16, 16), byteorder=">", compression="deflate", predictor=True)
tiff("rgb_planar_16", r16.transpose(2, 0, 1), photometric="rgb", planarconfig="separate")
tiff("rgb_float32", (rgb / np.float32(255)), photometric="rgb")
alpha = np.full((h, w, 1), 255, np.uint8)
tiff("rgb_alpha", np.concatenate([rgb, alpha], -1), photometric="rgb", extrasamples=["unassalpha"])
tiff("rgb_extra", np.concatenate([rgb, alpha * 0], -1), photometric="rgb", extrasamples=["unspecified"])
tiff("rgb_two_extra_planar", np.concatenate([rgb, alpha * 0, alpha], -1).transpose(2, 0, 1), photometric="rgb", planarconfig="separate", extrasamples=["unspecified"] * 2)
cmyk = np.concatenate([255 - rgb, alpha * 0], -1)
tiff("rgb_cmyk", cmyk, photometric="separated")
tiff("rgb_cmyk_tiles_lzw", cmyk, photometric="separated", tile=(16, 16), compression="lzw")
pal = Image.fromarray(rgb).quantize(128, dither=0)
pal.convert("RGB").save(out + "palette.png")
pal.save(out + "palette_8.tif")
index, table = np.array(pal), np.array(pal.getpalette() + [0] * (768 - len(pal.getpalette())), np.uint16).reshape(256, 3).T * 257
tiff("palette_tiles", index, photometric="palette", colormap=table, tile=(16, 16))
tiff("grey_8", grey)
tiff("grey_tiles", grey, tile=(16, 16))
tiff("grey_white_is_zero", 255 - grey, photometric="miniswhite")
tiff("grey_alpha", np.stack([grey, grey * 0 + 255], -1), photometric="minisblack", extrasamples=["unassalpha"])
g16 = grey.astype(np.uint16) * 257
tiff("grey_16", g16)
tiff("grey_16_white_is_zero", 65535 - g16, photometric="miniswhite")
tiff("grey_16_bigendian_lzw_predictor", g16, byteorder=">", compression="lzw", predictor=True)
tiff("deep_16_of_12", g16 >> 4)
tiff("grey_uint32", grey.astype(np.uint32))
tiff("grey_uint32_full", grey.astype(np.uint32) * 0x01010101, compression="deflate", predictor=True)
tiff("deep_int8", (grey // 2).astype(np.int8))
tiff("deep_int16", grey.astype(np.int16) * 100 - 9000)
tiff("grey_int32", grey.astype(np.int32))
tiff("grey_float16", (grey / 255).astype(np.float16))
tiff("grey_float32", (grey / 255).astype(np.float32))
tiff("grey_float32_predictor", (grey / 255).astype(np.float32), compression="deflate", predictor=True)
tiff("grey_float32_predictor_bigendian", (grey / 255).astype(np.float32), compression="zstd", predictor=True, byteorder=">")
tiff("grey_float32_levels", grey.astype(np.float32))
tiff("grey_float64", grey / 255)
tiff("bilevel_plain", bilevel, photometric="minisblack")
tiff("bilevel_tiles", bilevel, photometric="minisblack", tile=(16, 16))
for codec in ["tiff_ccitt", "group3", "group4"]:
    for of, data in [("bilevel", bilevel), ("page", page)]:
        for white in [0, 1]:
            Image.fromarray(data).save("%s%s_%s_photometric_%d.tif" % (out, of, codec, white), compression=codec, tiffinfo={262: white})
Image.fromarray(page).save(out + "page_group3_two_dimensional.tif", compression="group3", tiffinfo={292: 1})
Image.fromarray(page).save(out + "page_group3_fill_bits.tif", compression="group3", tiffinfo={292: 5})
Image.fromarray(page).save(out + "page_group4_reversed_bits.tif", compression="group4", tiffinfo={266: 2})
Image.fromarray(rgb).save(out + "rgb_jpeg.tif", compression="jpeg", quality=100)
# What is lost in these is what Pillow loses.
for name, how in {
    "jpegtiles": dict(photometric="rgb", tile=(16, 16)),
    "jpegycbcr": dict(photometric="ycbcr", subsampling=(1, 1)),
    "jpeghalved": dict(photometric="ycbcr", subsampling=(2, 2), tile=(16, 16)),
    "jpegcmyk": dict(photometric="separated"),
}.items():
    tiff(name + "_tiff", cmyk if name == "jpegcmyk" else rgb, compression="jpeg", compressionargs={"level": 90}, **how)
    Image.open(out + name + "_tiff.tif").convert("RGB").save(out + name + ".png")
tiff("grey_jpeg", grey, compression="jpeg", compressionargs={"level": 100}, rowsperstrip=16)
Image.fromarray(rgb).convert("YCbCr").save(out + "ycbcr_full.tif")
Image.fromarray(rgb).convert("YCbCr").convert("RGB").save(out + "ycbcr.png")
# No program at hand writes subsampled YCbCr without JPEG. A block has the luma of
# its pixels, row by row, and then the two chromas.
full = np.pad(np.array(Image.fromarray(rgb).convert("YCbCr")), ((0, 3), (0, 3), (0, 0)), "edge")
for name, sx, sy in [("halved", 2, 2), ("quartered", 4, 1)]:
    blocks = b""
    for by in range(0, h, sy):
        for bx in range(0, w, sx):
            block = full[by : by + sy, bx : bx + sx]
            blocks += block[..., 0].tobytes() + block[0, 0, 1:].tobytes()
    packed = zlib.compress(blocks)
    tags = [(256, 3, 1, w), (257, 3, 1, h), (258, 3, 3, 134), (259, 3, 1, 8), (262, 3, 1, 6), (273, 4, 1, 140), (277, 3, 1, 3), (278, 3, 1, h), (279, 4, 1, len(packed)), (530, 3, 2, sx | sy << 16)]
    head = struct.pack("<2sHIH", b"II", 42, 8, len(tags)) + b"".join(struct.pack("<HHII", *t) for t in tags)
    head += struct.pack("<I3H", 0, 8, 8, 8)
    open(out + "ycbcr" + name + "_deflate.tif", "wb").write(head + packed)
    Image.open(out + "ycbcr" + name + "_deflate.tif").convert("RGB").save(out + "ycbcr" + name + ".png")

# Kinds that are refused, by their names.
tiff("no_lzma", rgb, photometric="rgb", compression="lzma")
tiff("no_lerc", grey, compression="lerc")
tiff("no_jpeg2000", rgb, photometric="rgb", compression="jpeg2000")
tiff("no_webp", rgb, photometric="rgb", compression="webp")
tiff("no_jpegxl", rgb, photometric="rgb", compression="jpegxl")
tiff("no_lab", rgb, photometric="cielab")
tiff("no_complex", grey.astype(np.complex64))
tiff("no_channels", np.stack([grey] * 5, -1), photometric="minisblack", planarconfig="contig")

def bmp(name, bits, rows, compression=0, table=b"", masks=b"", version=40, height=h, colours=0):
    """Writes a BMP: rows are bytes, from the bottom, already padded."""
    if version == 12:
        header = struct.pack("<IHHHH", 12, w, height, 1, bits)
    else:
        header = struct.pack("<IiiHHIIiiII", version, w, height, 1, bits, compression, len(rows), 2835, 2835, colours, 0)
        header = (header + (masks if version > 40 else b"")).ljust(version, b"\0")
    if version == 40:
        header += masks
    start = 14 + len(header) + len(table)
    open(out + name + ".bmp", "wb").write(b"BM" + struct.pack("<IHHI", start + len(rows), 0, 0, start) + header + table + rows)


def rows_of(pixels):
    """Rows of bytes from the bottom, padded to four."""
    return b"".join(row.tobytes() + b"\0" * (-len(row.tobytes()) % 4) for row in pixels[::-1])


bgr = rgb[..., ::-1]
bgrx = np.concatenate([bgr, alpha * 0], -1)
bgra = np.concatenate([bgr, alpha], -1)
m8888 = struct.pack("<4I", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
m888 = struct.pack("<4I", 0xFF0000, 0xFF00, 0xFF, 0)
bmp("rgb_24", 24, rows_of(bgr))
bmp("rgb_24_top_down", 24, rows_of(bgr[::-1]), height=-h)
bmp("rgb_24_os2", 24, rows_of(bgr), version=12)
for version in [40, 52, 56, 108, 124]:
    bmp("rgb_32_unused_alpha_%d" % version, 32, rows_of(bgrx), version=version)
bmp("rgb_32_masks", 32, rows_of(bgrx), 3, masks=m888[:12])
for version in [56, 108, 124]:
    bmp("rgb_32_masks_%d" % version, 32, rows_of(bgrx), 3, masks=m888, version=version)
    bmp("rgb_32_alpha_%d" % version, 32, rows_of(bgra), 3, masks=m8888, version=version)
bmp("rgb_32_zero_alpha", 32, rows_of(bgrx), 3, masks=m8888, version=108)
bmp("rgb_32_other_masks", 32, rows_of(np.ascontiguousarray(rgb.astype(np.uint32) @ np.array([1 << 22, 1 << 12, 1 << 2], np.uint32)).astype(np.uint32)), 3, masks=struct.pack("<3I", 0xFF << 22, 0xFF << 12, 0xFF << 2))
r5 = rgb.astype(np.uint16) >> 3
Image.fromarray((r5.astype(int) * 255 // 31).astype(np.uint8)).save(out + "rgb5.png")
p555 = r5[..., 0] << 10 | r5[..., 1] << 5 | r5[..., 2]
p565 = r5[..., 0] << 11 | (r5[..., 1].astype(int) * 255 // 31 * 63 // 255).astype(np.uint16) << 5 | r5[..., 2]
bmp("rgb5_555", 16, rows_of(p555))
bmp("rgb5_555_masks", 16, rows_of(p555), 3, masks=struct.pack("<3I", 0x7C00, 0x3E0, 0x1F))
bmp("rgb5_565", 16, rows_of(p565), 3, masks=struct.pack("<3I", 0xF800, 0x7E0, 0x1F))
colours = np.array(pal.getpalette() + [0] * (768 - len(pal.getpalette())), np.uint8).reshape(256, 3)[:, ::-1]
table4 = np.concatenate([colours, np.zeros((256, 1), np.uint8)], -1)
bmp("palette_8", 8, rows_of(index), table=table4.tobytes())
bmp("palette_8_few", 8, rows_of(index), table=table4[:128].tobytes(), colours=128)
bmp("palette_8_os2", 8, rows_of(index), table=colours.tobytes(), version=12)
bmp("palette_8_os2v2", 8, rows_of(index), table=table4.tobytes(), version=64)


def runs(row, four):
    """A row as runs and literal pixels by turns."""
    b, x = b"", 0
    while x < len(row):
        n = 1
        while x + n < len(row) and row[x + n] == row[x] and n < 255:
            n += 1
        if n == 1 and x + 5 <= len(row):
            part = row[x : x + 5]
            if four:
                b += bytes([0, 5, part[0] << 4 | part[1], part[2] << 4 | part[3], part[4] << 4, 0])
            else:
                b += bytes([0, 5]) + bytes(part.tolist()) + b"\0"
            x += 5
            continue
        b += bytes([n, row[x] * 17 if four else row[x]])
        x += n
    return b + b"\0\0"


bmp("palette_rle8", 8, b"".join(runs(r, False) for r in index[::-1]) + b"\0\1", 1, table=table4.tobytes())
pal16 = Image.fromarray(rgb).quantize(16, dither=0)
pal16.convert("RGB").save(out + "palette16.png")
i16 = np.array(pal16)
table16 = np.concatenate([np.array(pal16.getpalette()[:48], np.uint8).reshape(16, 3)[:, ::-1], np.zeros((16, 1), np.uint8)], -1).tobytes()
padded = np.pad(i16, ((0, 0), (0, 1)))
bmp("palette16_4", 4, rows_of(padded[:, ::2] << 4 | padded[:, 1::2]), table=table16)
bmp("palette16_rle4", 4, b"".join(runs(r, True) for r in i16[::-1]) + b"\0\1", 2, table=table16)
bmp("bilevel_1", 1, rows_of(np.packbits(bilevel, axis=-1)), table=b"\0\0\0\0\xff\xff\xff\0")
pal16.save(out + "palette16_pillow.bmp")
bmp("no_jpeg", 0, b"12345", 4)
bmp("no_png", 0, b"12345", 5)
bmp("no_os2_huffman", 1, b"12345", 3, version=64)

# AVIF and JPEG XL. What is lost in lossy ones is a few levels.
img = Image.fromarray(rgb)
Image.fromarray(rgb).save(out + "lossy.png")
img.save(out + "lossy_avif.avif", quality=95, subsampling="4:4:4")
for o in range(1, 9):
    # The picture as a camera held that way would store it.
    stored = img if o == 1 else img.transpose({2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[o])
    exif = Image.Exif()
    exif[274] = o
    stored.save(out + "lossy_avif_orientation_%d.avif" % o, quality=95, subsampling="4:4:4", exif=exif)
    Image.open(out + "lossy_avif_orientation_%d.avif" % o).load()
open(out + "lossy_avif_10_bits.avif", "wb").write(imagecodecs.avif_encode(rgb.astype(np.uint16) * 4, level=95, bitspersample=10, pixelformat="444"))
img.convert("RGBA").save(out + "lossy_avif_alpha.avif", quality=95, subsampling="4:4:4")
img.save(out + "lossy_avif_animated.avif", quality=95, subsampling="4:4:4", save_all=True, append_images=[Image.fromarray(255 - rgb)])
open(out + "rgb_lossless.jxl", "wb").write(imagecodecs.jpegxl_encode(rgb, lossless=True))
open(out + "rgb_lossless_boxes.jxl", "wb").write(imagecodecs.jpegxl_encode(rgb, lossless=True, usecontainer=True))
open(out + "rgb_lossless_16.jxl", "wb").write(imagecodecs.jpegxl_encode(r16, lossless=True))
open(out + "rgb_lossless_alpha.jxl", "wb").write(imagecodecs.jpegxl_encode(np.concatenate([rgb, alpha], -1), lossless=True, photometric="rgb"))
open(out + "grey_lossless.jxl", "wb").write(imagecodecs.jpegxl_encode(grey, lossless=True))
open(out + "lossy_jpegxl.jxl", "wb").write(imagecodecs.jpegxl_encode(rgb, level=95))
pillow_heif.from_pillow(img).save(out + "no_heic.heic")
open(out + "no_jpeg2000.jp2", "wb").write(imagecodecs.jpeg2k_encode(rgb, codecformat="jp2"))
open(out + "no_jpeg2000_stream.j2k", "wb").write(imagecodecs.jpeg2k_encode(rgb, codecformat="j2k"))

# JPEGs that are valid but rare, or damaged as libjpeg overlooks it: they must look as
# Pillow shows them.
yy, xx = np.mgrid[0:45, 0:61]
scene = np.stack([xx * 4, yy * 5, 255 - xx - 2 * yy], -1).astype(np.uint8)
scene[(xx - 22) ** 2 + (yy - 24) ** 2 < 150] = [230, 60, 20]
scene[6:17, 38:55] = [20, 90, 230]


def jpeg(image, **how):
    b = io.BytesIO()
    Image.fromarray(image, how.pop("mode", None)).save(b, "jpeg", quality=how.pop("quality", 85), **how)
    return b.getvalue()


def keep(name, data):
    open(out + name + "_.jpg", "wb").write(data)
    Image.open(out + name + "_.jpg").convert("RGB").save(out + name + ".png", optimize=True)


def without(data, *markers):
    """Removes segments before the scan."""
    kept, at = data[:2], 2
    while data[at + 1] != 0xDA:
        n = 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at + 1] not in markers:
            kept += data[at : at + n]
        at += n
    return kept + data[at:]


def restarts(data):
    """Where the restart markers are."""
    return [i for i in range(len(data) - 1) if data[i] == 0xFF and 0xD0 <= data[i + 1] <= 0xD7]


for sub in ["4:4:4", "4:2:2", "4:2:0"]:
    keep("jpegprogressiverestart" + sub.replace(":", ""), jpeg(scene, progressive=True, subsampling=sub, restart_marker_rows=1))
keep("jpegprogressiverestartblocks", jpeg(scene, progressive=True, restart_marker_blocks=3))
keep("jpegnotables", without(jpeg(scene), 0xC4))
inks = np.concatenate([255 - scene, scene[..., :1] // 8], -1)
keep("jpegcmykunmarked", without(jpeg(inks, mode="CMYK"), 0xEE))
keep("jpegcmykhalved", jpeg(inks, mode="CMYK", subsampling="4:2:0"))
keep("jpegcmykwide", jpeg(inks, mode="CMYK", subsampling="4:2:2"))
keep("jpegycck", imagecodecs.jpeg8_encode(255 - inks, level=85, colorspace="CMYK", outcolorspace="YCCK", subsampling="420"))
keep("jpegrgb", jpeg(scene, keep_rgb=True))
base = jpeg(scene, restart_marker_blocks=2)
at = restarts(base)
keep("jpegrestartmissing", base[: at[1]] + base[at[1] + 2 :])
keep("jpegrestartwrongnumber", base[: at[1] + 1] + b"\xd5" + base[at[1] + 2 :])
keep("jpegrestarttwice", base[: at[1]] + base[at[1] : at[1] + 2] + base[at[1] :])
keep("jpegintervalmissing", base[: at[1]] + base[at[2] :])
keep("jpegtwointervalsmissing", base[: at[0]] + base[at[2] :])
keep("jpegwrongbytes", base[: at[1] + 12] + b"\x55\xaa\x12\x34" + base[at[1] + 16 :])
keep("jpegmarkerinside", base[: at[2] + 10] + b"\xff\xd9" + base[at[2] + 12 :])
keep("jpegstraybytes", base[: at[2]] + b"abcdef" + base[at[2] :])
plain = jpeg(scene)
middle = len(plain) * 2 // 3
keep("jpegwrongbytesnorestart", plain[:middle] + b"\x55\xaa\x12\x34" + plain[middle + 4 :])
progressive = jpeg(scene, progressive=True)
last = progressive.rindex(b"\xff\xda") + 30
keep("jpegprogressivewrongbytes", progressive[:last] + b"\x55\xaa" + progressive[last + 2 :])
open(out + "cut_baseline.jpg", "wb").write(plain)
open(out + "cut_progressive.jpg", "wb").write(progressive)

# Pictures of several frames, of which the first is read.
second = Image.fromarray(255 - rgb)
img.save(out + "rgb_frames.webp", lossless=True, save_all=True, append_images=[second])
img.save(out + "rgb_frames.png", save_all=True, append_images=[second])
img.save(out + "rgb_frames.tif", save_all=True, append_images=[second])
pal.save(out + "palette_frames.gif", save_all=True, append_images=[second.quantize(128)])
img.save(out + "rgb_one.webp", lossless=True)
img.save(out + "webplossy_one.webp", quality=80)
Image.open(out + "webplossy_one.webp").convert("RGB").save(out + "webplossy.png", optimize=True)
