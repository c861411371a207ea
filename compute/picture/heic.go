package picture

// HEIC is what telephones write. The decoders of its pictures, HEVC, are under
// licences and patents that a program under MIT's cannot carry, but a user deserves
// to hear that instead of "not an image".
func heicFormat() format {
	return format{
		name: "heic", extensions: []string{".heic", ".heics", ".heif", ".heifs", ".hif"}, kind: "HEVC",
		is: func(data []byte) bool {
			return hasBrand(data, "heic", "heix", "hevc", "hevx", "heim", "heis", "hevm", "hevs", "mif1", "msf1", "mif2")
		},
	}
}
