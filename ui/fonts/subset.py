#!/usr/bin/python3
"""Makes the fonts that the window carries besides Fyne's.

They have the Chinese characters that the window uses, cut out of Noto Sans CJK
SC, and signs that Fyne's font, Noto Sans, lacks.

Needs fontTools (Debian: python3-fonttools) and the fonts (Debian: fonts-noto-cjk
and fonts-noto-core). Run it in this folder when a file of translations or the
model card has new characters, or the list of signs here.
"""

import glob
import os
import re

from fontTools import subset
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.ttLib import TTFont

SOURCE = os.environ.get("FONTS", "/usr/share/fonts")
SIMPLIFIED = 2  # the collections hold JP, KR, SC, TC and HK

# The metrics of Noto Sans, Fyne's font, in thousandths of the text size: lines
# are as high, and spaces and digits as wide, in either font.
ASCENT, DESCENT, SPACE, DIGIT = 1069, -293, 260, 572

SHOWN = sorted(glob.glob("../translations/*.json") + glob.glob("../../models/builtin/README*.md"))
text = "".join(open(name, encoding="utf-8").read() for name in SHOWN)
characters = {ord(c) for c in re.findall("[\u2e80-\uffef]", text)} | {ord(" ")}

# The signs that are taken from other fonts, the same in both weights.
SIGNS = {"NotoSansMath-Regular": "≤≥≈∞", "NotoSansSymbols2-Regular": "✓✗★◆"}

# The minus sign is the bar of Noto Sans's plus sign: left, bottom, right, top.
MINUS = {"Regular": (50, 317, 520, 388), "Bold": (43, 299, 528, 406)}


def draw_minus(pen, weight):
    left, bottom, right, top = MINUS[weight]
    pen.moveTo((left, bottom))
    for corner in ((right, bottom), (right, top), (left, top)):
        pen.lineTo(corner)
    pen.closePath()


def add(font, sign, width, draw):
    """Adds a glyph, which draw draws with a pen, to a CID-keyed font."""
    cff = font["CFF "].cff
    top = cff.topDictIndex[0]
    private = top.FDArray[0].Private
    pen = T2CharStringPen(width - private.nominalWidthX, None)
    draw(pen)
    outline = pen.getCharString(private, cff.GlobalSubrs)

    name = f"cid{int(top.charset[-1][3:]) + 1:05}"
    top.charset.append(name)
    top.CharStrings.charStrings[name] = len(top.CharStrings.charStringsIndex)
    top.CharStrings.charStringsIndex.append(outline)
    top.FDSelect.append(0)
    font.setGlyphOrder(top.charset)
    font["hmtx"][name] = (width, outline.calcBounds(None)[0])
    for table in font["cmap"].tables:
        if table.isUnicode() and table.format != 14:
            table.cmap[ord(sign)] = name


for weight in ("Regular", "Bold"):
    options = subset.Options(layout_features=[], hinting=False, desubroutinize=True, font_number=SIMPLIFIED)
    options.drop_tables += ["vhea", "vmtx", "VORG"]
    font = subset.load_font(f"{SOURCE}/opentype/noto/NotoSansCJK-{weight}.ttc", options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=characters)
    cutter.subset(font)
    font["hmtx"][font.getBestCmap()[ord(" ")]] = (SPACE, 0)
    add(font, "−", DIGIT, lambda pen: draw_minus(pen, weight))
    for name, signs in SIGNS.items():
        source = TTFont(f"{SOURCE}/truetype/noto/{name}.ttf")
        for sign in signs:
            glyph = source.getGlyphSet()[source.getBestCmap()[ord(sign)]]
            add(font, sign, glyph.width, glyph.draw)
    for table, ascent, descent, gap in (("hhea", "ascent", "descent", "lineGap"), ("OS/2", "sTypoAscender", "sTypoDescender", "sTypoLineGap")):
        setattr(font[table], ascent, ASCENT)
        setattr(font[table], descent, DESCENT)
        setattr(font[table], gap, 0)
    font["OS/2"].usWinAscent, font["OS/2"].usWinDescent = ASCENT, -DESCENT
    subset.save_font(font, f"NotoSansCJKsc-{weight}.otf", options)
