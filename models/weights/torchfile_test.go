package weights_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"maps"
	"math"
	"slices"
	"testing"
)

// pickled writes pickles of protocol 2, operation by operation.
type pickled struct{ bytes.Buffer }

func (p *pickled) ops(parts ...any) *pickled {
	for _, part := range parts {
		switch v := part.(type) {
		case string:
			p.WriteString(v)
		case byte:
			p.WriteByte(v)
		case []byte:
			p.Write(v)
		}
	}
	return p
}

func text(s string) []byte {
	return append(binary.LittleEndian.AppendUint32([]byte{'X'}, uint32(len(s))), s...)
}

func integer(n int) []byte {
	return binary.LittleEndian.AppendUint32([]byte{'J'}, uint32(n))
}

// tuple writes integers as a tuple.
func tuple(list []int) []byte {
	out := []byte{'('}
	for _, n := range list {
		out = append(out, integer(n)...)
	}
	return append(out, 't')
}

// stored is a storage of a test's file: its class, and its numbers' bytes.
type stored struct {
	class string
	count int
	data  []byte
}

func floatStorage(values ...float32) stored {
	var data []byte
	for _, v := range values {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	return stored{"FloatStorage", len(values), data}
}

// entry is a tensor of a test's file.
type entry struct {
	name           string
	storage        int
	offset         int
	shape, strides []int
}

// dense is an entry that has a storage for itself.
func dense(name string, storage int, shape ...int) entry {
	strides := make([]int, len(shape))
	step := 1
	for i := len(shape) - 1; i >= 0; i-- {
		strides[i] = step
		step *= shape[i]
	}
	return entry{name, storage, 0, shape, strides}
}

// torchFile is a file of torch.save, made as PyTorch makes it.
type torchFile struct {
	storages []stored
	entries  []entry
	// key wraps the state dict in a dictionary, beside an object of a class
	// that nobody knows.
	key string
}

// dictionary writes the state dict as operations.
func (f torchFile) dictionary(legacy bool) []byte {
	var p pickled
	p.ops("ccollections\nOrderedDict\n)Rq\x00(")
	for _, e := range f.entries {
		s := f.storages[e.storage]
		p.ops(text(e.name), "ctorch._utils\n_rebuild_tensor_v2\n(", "(", text("storage"), "ctorch\n"+s.class+"\n",
			text(fmt.Sprint(e.storage)), text("cpu"), integer(s.count))
		if legacy {
			p.ops("N")
		}
		p.ops("tQ", integer(e.offset), tuple(e.shape), tuple(e.strides), byte(0x89), "ccollections\nOrderedDict\n)RtR")
	}
	p.ops("u}", text("_metadata"), "ccollections\nOrderedDict\n)Rsb")
	if f.key == "" {
		return p.Bytes()
	}
	var outer pickled
	outer.ops("}(", text("args"), "cargparse\nNamespace\n)", byte(0x81), "}", text("lr"), "G\x3f\xf0\x00\x00\x00\x00\x00\x00sb",
		text(f.key), p.Bytes(), "u")
	return outer.Bytes()
}

// zip writes the container of PyTorch 1.6 and later.
func (f torchFile) zip(t testing.TB) []byte {
	files := map[string][]byte{"net/data.pkl": slices.Concat([]byte("\x80\x02"), f.dictionary(false), []byte(".")), "net/version": []byte("3\n"), "net/byteorder": []byte("little")}
	for i, s := range f.storages {
		files[fmt.Sprintf("net/data/%d", i)] = s.data
	}
	return archive(t, files)
}

// archive writes an uncompressed zip archive.
func archive(t testing.TB, files map[string][]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		data := files[name]
		w, err := z.CreateRaw(&zip.FileHeader{Name: name, CRC32: crc32.ChecksumIEEE(data), CompressedSize64: uint64(len(data)), UncompressedSize64: uint64(len(data))})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// legacyHead is the first three pickles of the container before PyTorch 1.6.
var legacyHead = slices.Concat([]byte("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."), []byte("\x80\x02M\xe9\x03."),
	[]byte("\x80\x02}(X\x10\x00\x00\x00protocol_versionM\xe9\x03X\x0d\x00\x00\x00little_endian\x88u."))

// legacy writes the container before PyTorch 1.6.
func (f torchFile) legacy() []byte {
	var p pickled
	p.ops(legacyHead, byte(0x80), byte(2), f.dictionary(true), ".", byte(0x80), byte(2), "](")
	for i := range f.storages {
		p.ops(text(fmt.Sprint(i)))
	}
	p.ops("e.")
	for _, s := range f.storages {
		p.ops(binary.LittleEndian.AppendUint64(nil, uint64(s.count)), s.data)
	}
	return p.Bytes()
}
