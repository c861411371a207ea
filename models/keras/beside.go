package keras

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"gaze/models/internal/regular"
)

// Configures reports whether the file at path is the configuration of a model, as
// model.to_json() writes it, and not some other JSON.
func Configures(path string) bool {
	data, err := regular.Read(path, maxConfig)
	if err != nil {
		return false
	}
	var of struct {
		Class  string          `json:"class_name"`
		Config json.RawMessage `json:"config"`
	}
	return json.Unmarshal(data, &of) == nil && of.Class != "" && len(of.Config) > 0
}

// maxConfig bounds a configuration in bytes.
const maxConfig = 64 << 20

// beside reads the configuration of a model of which path has the weights alone.
func beside(path string) ([]byte, error) {
	names := namesBeside(path)
	for _, name := range names {
		data, err := regular.Read(filepath.Join(filepath.Dir(path), name), maxConfig)
		if err == nil {
			return data, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("reading the configuration of the model: %w", err)
		}
	}
	return nil, fmt.Errorf("it has weights and no model; put what model.to_json() gives into %s beside it, or save the whole model with model.save(\"model.keras\")", names[0])
}

// namesBeside are the names that the configuration may have.
func namesBeside(path string) []string {
	base := filepath.Base(path)
	return []string{stem(path) + ".json", strings.TrimSuffix(base, filepath.Ext(base)) + ".json"}
}
