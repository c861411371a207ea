package picture

// HEIC is what telephones write. There is no decoder for it, but a user deserves to
// hear that instead of "not an image".
func heicFormat() format {
	return format{name: "heic", magic: []string{"????ftyphei", "????ftypmif1", "????ftypavif"}}
}
