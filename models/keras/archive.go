package keras

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// archive is a .keras file: a zip archive of the configuration and the weights.
type archive struct {
	config  []byte
	version string
	weights io.ReaderAt
	size    int64
}

// The most bytes that a compressed member may have for each of its own, and that
// every member may have.
const (
	inflateMultiple = 64
	inflateBase     = 1 << 20
)

// openArchive finds the parts of a .keras file of size bytes.
func openArchive(r io.ReaderAt, size int64) (*archive, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("it is no whole zip archive: %w", err)
	}
	members := make(map[string]*zip.File)
	for _, f := range z.File {
		members[f.Name] = f
	}
	a := new(archive)
	config, ok := members["config.json"]
	if !ok {
		return nil, errors.New("it is a zip archive without config.json, and so no .keras file")
	}
	if a.config, err = read(config); err != nil {
		return nil, err
	}
	if f, ok := members["metadata.json"]; ok {
		data, err := read(f)
		if err != nil {
			return nil, err
		}
		var said struct {
			Version string `json:"keras_version"`
		}
		if err := json.Unmarshal(data, &said); err != nil {
			return nil, fmt.Errorf("its metadata.json is no JSON: %w", err)
		}
		a.version = said.Version
	}
	weights, ok := members["model.weights.h5"]
	if !ok {
		for _, other := range []string{"model.weights.npz", "model.weights.json"} {
			if _, ok := members[other]; ok {
				return nil, fmt.Errorf("it has its weights in %s, which is not read; load the model in Keras and save it again with model.save(\"model.keras\")", other)
			}
		}
		return nil, errors.New("it has no model.weights.h5")
	}
	a.size = int64(weights.UncompressedSize64)
	if weights.Method == zip.Store && weights.UncompressedSize64 == weights.CompressedSize64 {
		at, err := weights.DataOffset()
		if err != nil {
			return nil, fmt.Errorf("its model.weights.h5: %w", err)
		}
		if at < 0 || a.size < 0 || at > size || a.size > size-at {
			return nil, errors.New("its model.weights.h5 lies beyond the end of the file, or the file is cut off")
		}
		a.weights = io.NewSectionReader(r, at, a.size)
		return a, nil
	}
	data, err := read(weights)
	a.weights = bytes.NewReader(data)
	return a, err
}

// read reads a member whole. Its size is bounded by that of its compressed bytes,
// which the archive has.
func read(f *zip.File) ([]byte, error) {
	if f.UncompressedSize64 > inflateMultiple*f.CompressedSize64+inflateBase {
		return nil, fmt.Errorf("its %s is said to be %d times as long as it is in the archive", f.Name, f.UncompressedSize64/max(f.CompressedSize64, 1))
	}
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("its %s: %w", f.Name, err)
	}
	defer r.Close()
	var data []byte
	buffer := make([]byte, 1<<16)
	for {
		n, err := r.Read(buffer)
		if data = append(data, buffer[:n]...); err == io.EOF {
			return slices.Clip(data), nil
		}
		if err != nil {
			return nil, fmt.Errorf("its %s: %w", f.Name, err)
		}
	}
}
