//go:build !heic

package picture

// readHEIC leaves a format without a decoder.
func readHEIC(*format) {}
