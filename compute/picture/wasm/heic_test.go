//go:build heic

package wasm_test

import "gaze/compute/picture/wasm"

func init() {
	codecs["heic"] = codec{wasm.HEIC(), "no_heic.heic"}
}
