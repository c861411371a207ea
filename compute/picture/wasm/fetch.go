//go:build ignore

// Fetch copies the decoders and their licences from the modules that publish them,
// which the checksum database of Go vouches for.
package main

import (
	"encoding/json"
	"log"
	"os"
	"os/exec"
	"path/filepath"
)

func main() {
	for _, from := range []struct {
		module string
		files  map[string]string // in the module, and here
	}{
		{"github.com/gen2brain/avif@v0.4.4", map[string]string{
			"lib/decode.wasm.gz": "avif.wasm.gz", "LICENSE": "LICENSE.avif", "lib/LICENSE.aom": "LICENSE.aom", "lib/LICENSE.libavif": "LICENSE.libavif",
		}},
		{"github.com/gen2brain/jpegxl@v0.4.5", map[string]string{
			"lib/decode.wasm.gz": "jpegxl.wasm.gz", "LICENSE": "LICENSE.jpegxl", "lib/LICENSE.libjxl": "LICENSE.libjxl",
		}},
		{"github.com/gen2brain/heic@v0.4.5", map[string]string{
			"lib/heif.wasm.gz": "heif.wasm.gz", "LICENSE": "LICENSE.heic", "lib/LICENSE.libheif": "LICENSE.libheif", "lib/LICENSE.libde265": "LICENSE.libde265",
		}},
	} {
		out, err := exec.Command("go", "mod", "download", "-json", from.module).Output()
		if err != nil {
			log.Fatal(from.module, ": ", err)
		}
		var module struct{ Dir string }
		if err := json.Unmarshal(out, &module); err != nil {
			log.Fatal(from.module, ": ", err)
		}
		for there, here := range from.files {
			data, err := os.ReadFile(filepath.Join(module.Dir, filepath.FromSlash(there)))
			if err == nil {
				err = os.WriteFile(filepath.Join("decoders", here), data, 0o644)
			}
			if err != nil {
				log.Fatal(err)
			}
		}
	}
}
