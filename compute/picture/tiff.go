package picture

import "golang.org/x/image/tiff"

func tiffFormat() format {
	return format{
		name: "tiff", extensions: []string{".tif", ".tiff"}, magic: []string{"II\x2a\x00", "MM\x00\x2a"},
		config: tiff.DecodeConfig, decode: tiff.Decode, orientation: tiffOrientation,
	}
}
