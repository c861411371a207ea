package picture

// No decoder of JPEG 2000 is at hand. Users hear what their file is.
func jpeg2000Format() format {
	return format{
		name: "jp2", extensions: []string{".j2c", ".j2k", ".jp2", ".jpc", ".jpf", ".jpx"}, kind: "JPEG 2000",
		magic: []string{"\x00\x00\x00\x0cjP  \r\n\x87\n", "\xff\x4f\xff\x51\x00"},
	}
}
