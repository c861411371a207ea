// Package onnx reads networks from ONNX files of any opset.
//
// Each operator becomes layers of package models. Operators that only move
// numbers, such as Transpose, become no layers: the reader keeps track of where
// the numbers are. A network that was exported with the channels last is
// therefore read with the channels first. Shapes that the file computes are
// computed during reading, for a batch of one.
package onnx

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"google.golang.org/protobuf/proto"

	"gaze/models"
	"gaze/models/internal/regular"
	"gaze/models/onnx/internal/onnxpb"
)

// Options describe what a file does not state.
type Options struct {
	// Name of the network.
	Name string
	// Input is the preprocessing. If it is nil, it is made from what the file
	// states, and the network lists what was guessed.
	Input *models.Input
	// Size is the side of a square input where Input is nil. With 0, the file's
	// own size is used.
	Size int
	// Files holds the parameters that are stored outside of the model. nil means
	// the file's folder for Read, and none for Decode. Names that lead out of it
	// are refused.
	Files fs.FS
}

// maxFile bounds an ONNX file in bytes. It is the most that protobuf can hold.
const maxFile = 1<<31 - 1

// Read reads the network in the ONNX file at path. Parameters that are stored
// outside of it are read from files in its folder and below. A network without
// a name gets that of the file. Errors name the file. Memory is bounded as for
// [Decode].
func Read(path string, opt Options) (*models.Network, error) {
	data, err := regular.Read(path, maxFile)
	if err != nil {
		return nil, fmt.Errorf("reading network: %w", err)
	}
	root, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("reading network %s: %w", path, err)
	}
	defer root.Close()
	base := filepath.Base(path)
	if opt.Name == "" {
		opt.Name = strings.TrimSuffix(base, filepath.Ext(base))
	}
	if opt.Files == nil {
		opt.Files = root.FS()
	}
	net, err := Decode(data, opt)
	if err != nil {
		return nil, fmt.Errorf("reading network from %s: %w", path, err)
	}
	net.Source = base
	return net, nil
}

// Decode reads the network in the content of an ONNX file. Memory is bounded by
// 32 times the bytes of the model and of the files that it names, plus 16 MiB.
// A file that would need more is refused before the memory is allocated.
func Decode(data []byte, opt Options) (*models.Network, error) {
	m := newMemory(len(data))
	file := new(onnxpb.ModelProto)
	if err := measure(data, file.ProtoReflect().Descriptor(), 0, m); err != nil {
		return nil, fmt.Errorf("not a whole ONNX file: %w", err)
	}
	if err := proto.Unmarshal(data, file); err != nil {
		return nil, fmt.Errorf("not a whole ONNX file: %w", err)
	}
	if file.Graph == nil || len(file.Graph.Node) == 0 {
		return nil, errors.New("not an ONNX file of a network: it has no graph of operators")
	}
	opset, err := opsetOf(file)
	if err != nil {
		return nil, err
	}
	b := newBuilder(file, opset, opt, m)
	return b.build(file, opt)
}

// newestOpset is the newest version of ONNX's operators that this package was
// compared with. A file of a newer one is read where it knows the operators, and
// the user is told.
const newestOpset = 25

// opsetOf returns the version of ONNX's own operators that the file uses. The
// first files did not state it: they use the first one.
func opsetOf(file *onnxpb.ModelProto) (int64, error) {
	for _, set := range file.OpsetImport {
		if ownDomain(set.Domain) {
			if set.Version < 1 {
				return 0, fmt.Errorf("it says that it uses opset %d, which does not exist", set.Version)
			}
			return set.Version, nil
		}
	}
	if file.IrVersion > 0 && file.IrVersion < 3 {
		return 1, nil
	}
	return 0, errors.New("it does not say which opset it uses")
}

// ownDomain reports whether a domain of operators is ONNX's own.
func ownDomain(domain string) bool { return domain == "" || domain == "ai.onnx" }
