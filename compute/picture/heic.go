package picture

// HEIC is what telephones write. The decoder of its pictures is under the LGPL, and
// HEVC is patented, so only a program that is built with the tag heic reads them. All
// others say so instead of "not an image".
func heicFormat() format {
	f := format{
		name: "heic", extensions: []string{".heic", ".heics", ".heif", ".heifs", ".hif"}, kind: "HEVC", tag: "heic",
		is: func(data []byte) bool {
			return hasBrand(data, "heic", "heix", "hevc", "hevx", "heim", "heis", "hevm", "hevs", "mif1", "msf1", "mif2")
		},
	}
	readHEIC(&f)
	return f
}
