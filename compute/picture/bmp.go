package picture

import "golang.org/x/image/bmp"

func bmpFormat() format {
	return format{
		name: "bmp", extensions: []string{".bmp"}, magic: []string{"BM"}, size: header(bmp.DecodeConfig), decode: whole(bmp.Decode),
	}
}
