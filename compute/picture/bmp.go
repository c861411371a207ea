package picture

import "golang.org/x/image/bmp"

func bmpFormat() format {
	return format{
		name: "bmp", extensions: []string{".bmp"}, magic: []string{"BM????\x00\x00\x00\x00"},
		config: bmp.DecodeConfig, decode: bmp.Decode,
	}
}
