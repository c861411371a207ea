package picture

import (
	"bytes"
	"compress/zlib"
	"encoding/hex"
	"io"
	"strings"
)

// pngOrientation reads the orientation from EXIF, which ImageMagick writes as a text,
// or from XMP.
func pngOrientation(data []byte) int {
	const xmp, exif = "XML:com.adobe.xmp", "Raw profile type exif"
	o := 1
	seen := make(map[string]bool) // texts take time, and a hostile file has many
	for id, chunk := range pngChunks(data) {
		switch id {
		case "eXIf":
			return tiffOrientation(bytes.TrimPrefix(chunk, exifMark))
		case "iTXt", "tEXt", "zTXt":
			key, rest, _ := bytes.Cut(chunk, []byte{0})
			keyword := string(key[:min(len(key), 80)]) // PNG allows 79 bytes
			if seen[keyword] {
				continue
			}
			switch keyword {
			case xmp:
				o = xmpOrientation(pngText(id, rest))
			case exif:
				o = tiffOrientation(bytes.TrimPrefix(hexProfile(pngText(id, rest)), exifMark))
			default:
				continue
			}
			seen[keyword] = true
		}
	}
	return o
}

// pngText is the text of one of PNG's three kinds of text chunks, of which rest is
// what follows the keyword. Of a long text it is the beginning.
func pngText(id string, rest []byte) []byte {
	packed := false
	switch id {
	case "zTXt": // the method, and the text
		if len(rest) < 1 {
			return nil
		}
		packed, rest = true, rest[1:]
	case "iTXt": // whether it is packed, the method, a language, the keyword in it
		if len(rest) < 2 {
			return nil
		}
		packed, rest = rest[0] == 1, rest[2:]
		for range 2 {
			var ok bool
			if _, rest, ok = bytes.Cut(rest, []byte{0}); !ok {
				return nil
			}
		}
	}
	if !packed {
		return rest
	}
	const most = 1 << 20
	r, err := zlib.NewReader(bytes.NewReader(rest))
	if err != nil {
		return nil
	}
	// What is damaged may still have what is looked for.
	text, _ := io.ReadAll(io.LimitReader(r, most))
	return text
}

// hexProfile is the data of a profile that is written as a name, a length and
// hexadecimal digits.
func hexProfile(text []byte) []byte {
	fields := strings.Fields(string(text))
	if len(fields) < 3 {
		return nil
	}
	data, err := hex.DecodeString(strings.Join(fields[2:], ""))
	if err != nil {
		return nil
	}
	return data
}
