package picture

import "gaze/compute/picture/wasm"

func avifFormat() format {
	return format{
		name: "avif", extensions: []string{".avif", ".avifs"},
		is:   func(data []byte) bool { return hasBrand(data, "avif", "avis") },
		size: sizeBy(wasm.AVIF(), boxesCut), decode: decodeBy(wasm.AVIF(), boxesCut), orientation: itemOrientation,
		profile: itemProfile,
	}
}
