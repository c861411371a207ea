package onnx

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"gaze/models/onnx/internal/onnxpb"
)

// messages reads the messages of a file. The numbers of tensors stay in the file:
// there may be gigabytes of them, and each is read once, into its place.
type messages struct {
	file   *window
	memory *memory
	// open collects the fields of messages that have not ended, besides messages
	// in them. The library decodes those of a message together.
	open []byte
	// numbers are the places of the tensors' numbers.
	numbers map[*onnxpb.TensorProto]*numbers
}

// numbers says where a file has those of a tensor.
type numbers struct {
	raw    section
	floats []section
}

// section is a part of a file, in bytes.
type section struct{ at, length int64 }

func (s section) end() int64 { return s.at + s.length }

// The fields of a tensor that hold most numbers.
const (
	tensorFloats = protowire.Number(4)
	tensorRaw    = protowire.Number(9)
)

// deepest bounds how deep messages may be nested; graphs within graphs are
// rarely nested by more than a dozen.
const deepest = 100

// decode reads the message between two bytes of the file into m. It spends the
// memory before it takes it.
func (s *messages) decode(m protoreflect.Message, at, end int64, depth int) error {
	if depth > deepest {
		return fmt.Errorf("messages are nested more than %d deep", deepest)
	}
	if err := s.memory.spend(1, perMessage); err != nil {
		return err
	}
	tensor, _ := m.Interface().(*onnxpb.TensorProto)
	schema := m.Descriptor().Fields()
	first := len(s.open)
	for at < end {
		f, err := s.file.field(at, end)
		if err != nil {
			return err
		}
		at = f.end()
		of := schema.ByNumber(f.number)
		switch {
		case of == nil:
		case tensor != nil && f.holdsNumbers():
			err = s.place(tensor, f)
		case of.Message() != nil && f.wire == protowire.BytesType:
			err = s.decode(within(m, of), f.at, f.end(), depth+1)
		default:
			err = s.keep(f, of)
		}
		if err != nil {
			return err
		}
	}
	err := proto.UnmarshalOptions{Merge: true, AllowPartial: true, DiscardUnknown: true}.Unmarshal(s.open[first:], m.Interface())
	if s.open = s.open[:first]; err != nil {
		return errCut
	}
	return nil
}

// within returns the message that a field of m is, a new one where it is a list.
func within(m protoreflect.Message, of protoreflect.FieldDescriptor) protoreflect.Message {
	if of.IsList() {
		return m.Mutable(of).List().AppendMutable().Message()
	}
	return m.Mutable(of).Message()
}

// holdsNumbers reports whether a tensor's field has its numbers, as bytes or as a
// list, which may be written in one piece or number by number.
func (f field) holdsNumbers() bool {
	whole := f.wire == protowire.BytesType
	return f.number == tensorRaw && whole || f.number == tensorFloats && (whole || f.wire == protowire.Fixed32Type)
}

// place notes where a field has numbers of a tensor.
func (s *messages) place(t *onnxpb.TensorProto, f field) error {
	if err := s.memory.spend(1, perSection); err != nil {
		return err
	}
	n := s.numbers[t]
	if n == nil {
		n = new(numbers)
		s.numbers[t] = n
	}
	switch {
	case f.number == tensorRaw:
		n.raw = f.section
	case f.length%4 != 0:
		return errCut
	default:
		n.floats = append(n.floats, f.section)
	}
	return nil
}

// keep adds a field to those of the message that it is in.
func (s *messages) keep(f field, of protoreflect.FieldDescriptor) error {
	all := section{f.begin, f.end() - f.begin}
	if err := s.memory.spend(1, fieldMemory(of, f.wire, int(all.length))); err != nil {
		return err
	}
	at := len(s.open)
	s.open = append(s.open, make([]byte, all.length)...)
	return s.file.read(s.open[at:], all.at)
}

// fieldMemory is what a field that is no message takes at most, with the bytes
// from which it is decoded.
func fieldMemory(field protoreflect.FieldDescriptor, wire protowire.Type, length int) int {
	kind := field.Kind()
	switch {
	case kind == protoreflect.StringKind || kind == protoreflect.BytesKind:
		return 3*length + perText
	case wire != protowire.BytesType:
		return 2*length + perNumber
	case kind == protoreflect.FloatKind || kind == protoreflect.DoubleKind:
		return 3*length + perText
	}
	// A packed number of one byte becomes one of eight.
	return 10*length + perText
}

// field is a field of a message: its number and, for one of bytes, what is between
// its length and its end.
type field struct {
	number protowire.Number
	wire   protowire.Type
	begin  int64
	section
}

// field reads the beginning of the field at byte at of a message that has an end.
func (w *window) field(at, end int64) (field, error) {
	// Two numbers of as many bytes as one can have.
	var room [2 * 10]byte
	head := room[:min(int64(len(room)), end-at)]
	if err := w.read(head, at); err != nil {
		return field{}, err
	}
	number, wire, n := protowire.ConsumeTag(head)
	if n < 0 {
		return field{}, errCut
	}
	f := field{number, wire, at, section{at: at + int64(n)}}
	if wire != protowire.BytesType {
		length := protowire.ConsumeFieldValue(number, wire, head[n:])
		if length < 0 {
			return field{}, errCut
		}
		f.length = int64(length)
		return f, nil
	}
	length, n := protowire.ConsumeVarint(head[n:])
	if n < 0 {
		return field{}, errCut
	}
	if f.at += int64(n); length > uint64(end-f.at) {
		return field{}, errCut
	}
	f.length = int64(length)
	return f, nil
}
