package weights

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"
)

// What docs/adding.md quotes in "A weights format": files of a single vector.
//
//quote:format

// vectorFormat is the row of the format, in its own file.
func vectorFormat() format {
	return format{
		name: "vector", extensions: []string{".vec"},
		sniff: func(head []byte) bool { return bytes.HasPrefix(head, []byte(vectorMark)) },
		open:  openVector,
	}
}

const vectorMark = "VEC1"

// openVector finds single-precision numbers, which are the parameter "weight". It
// takes as much memory as the file is long.
func openVector(r io.ReaderAt, size int64) (*Contents, error) {
	numbers := size - int64(len(vectorMark))
	if numbers <= 0 || numbers%4 != 0 {
		return nil, errors.New("not a whole vector")
	}
	read := func(map[string]bool) (map[string]*tensor.Dense, error) {
		values := make([]float32, numbers/4)
		if err := binary.Read(io.NewSectionReader(r, int64(len(vectorMark)), numbers), binary.LittleEndian, values); err != nil {
			return nil, err
		}
		return map[string]*tensor.Dense{"weight": tensor.New(tensor.WithShape(len(values)), tensor.WithBacking(values))}, nil
	}
	return &Contents{Kind: StateDict, Params: []Param{{"weight", []int{int(numbers / 4)}}}, read: read}, nil
}

//quote:end

func TestAddingAFormat(t *testing.T) {
	list := append(known(), vectorFormat())
	content := binary.LittleEndian.AppendUint32([]byte(vectorMark), 0x3fc00000) // 1.5
	dir := t.TempDir()
	file := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, name := range []string{"a.vec", "B.VEC", "misnamed.pth"} {
		set, err := list.read(file(name, content))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if got := set.Tensors["weight"].Data().([]float32); !slices.Equal(got, []float32{1.5}) {
			t.Errorf("%s holds %v", name, got)
		}
	}
	for name, says := range map[string]string{
		"short.vec": "not a whole vector",
		"short.pth": "a vector file by its first bytes: not a whole vector",
		"a.txt":     "weights are read from .safetensors, .pth, .pt, .bin, .ckpt, .pkl, .model, .th, .tar, .pt2, .vec files",
	} {
		content := []byte(vectorMark)
		if filepath.Ext(name) == ".txt" {
			content = []byte{1, 2, 3}
		}
		path := file(name, content)
		if _, err := list.read(path); err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), path) {
			t.Errorf("%v does not say %q", err, says)
		}
	}
}
