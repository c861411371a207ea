// Package onnx reads networks from ONNX files of any opset.
//
// Each operator becomes layers of package models. Operators that only move
// numbers, such as Transpose, become no layers: the reader keeps track of where
// the numbers are. A network that was exported with the channels last is
// therefore read with the channels first. Shapes that the file computes are
// computed during reading, for a batch of one.
package onnx

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"gaze/models"
	"gaze/models/internal/notnetwork"
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
	// Height and Width are the input's where Input is nil. With 0, the file's own
	// size is used.
	Height, Width int
	// Files holds the parameters that are stored outside of the model. nil means
	// the file's folder for Read, and none for Decode. Names that lead out of it
	// are refused.
	Files fs.FS
	// Inputs are the values of inputs besides the picture, by their names: one for
	// all of an input, or one for each of its numbers in order.
	Inputs map[string][]float32
	// Output is the value that holds the scores of the classes: one of the graph's
	// outputs, or another. If it is empty, it is found.
	Output string
}

// maxFile bounds an ONNX file in bytes. It is the most that protobuf can hold.
const maxFile = 1<<31 - 1

// Read reads the network in the ONNX file at path. Parameters that are stored
// outside of it are read from files in its folder and below. A network without
// a name gets that of the file. Errors name the file. Memory is bounded as for
// [Decode].
func Read(path string, opt Options) (*models.Network, error) {
	file, size, err := regular.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading network: %w", err)
	}
	defer file.Close()
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
	net, err := decode(file, size, opt)
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
	return decode(bytes.NewReader(data), int64(len(data)), opt)
}

// decode reads the network in an ONNX file of size bytes.
func decode(r io.ReaderAt, size int64, opt Options) (*models.Network, error) {
	if size > maxFile {
		return nil, fmt.Errorf("it has %d bytes; at most %d are read", size, int64(maxFile))
	}
	m := newMemory(size)
	file, err := parse(r, size, m)
	if err != nil {
		return nil, err
	}
	opset, err := opsetOf(file.ModelProto)
	if err != nil {
		return nil, err
	}
	return newBuilder(file, opset, opt, m).build(file, opt)
}

// model is what an ONNX file says, without the numbers of its tensors.
type model struct {
	*onnxpb.ModelProto
	// numbers says where in the file they are.
	numbers map[*onnxpb.TensorProto]*numbers
	file    *window
}

// parse reads the messages of an ONNX file of size bytes. What its first bytes show
// to be another file is not read further.
func parse(r io.ReaderAt, size int64, m *memory) (*model, error) {
	file := newWindow(r, size)
	head := make([]byte, min(size, notnetwork.HeadBytes))
	if err := file.read(head, 0); err != nil {
		return nil, err
	}
	if err := notnetwork.Other(head); err != nil {
		return nil, err
	}
	s := &messages{file: file, memory: m, numbers: make(map[*onnxpb.TensorProto]*numbers)}
	all := new(onnxpb.ModelProto)
	if err := s.decode(all.ProtoReflect(), 0, size, 0); err != nil {
		// Text may look like the beginning of a message.
		if other := notnetwork.Check(head); other != nil {
			return nil, other
		}
		return nil, fmt.Errorf("not a whole ONNX file: %w", err)
	}
	if all.Graph == nil || len(all.Graph.Node) == 0 {
		if other := notnetwork.Check(head); other != nil {
			return nil, other
		}
		return nil, errors.New("not an ONNX file of a network: it has no graph of operators")
	}
	whole := &model{all, s.numbers, file}
	return whole, inline(whole, m)
}

// errCut is the error of data that are no messages of ONNX.
var errCut = errors.New("it is cut off or damaged; fetch or export it again")

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
