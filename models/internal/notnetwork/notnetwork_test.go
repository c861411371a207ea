package notnetwork

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"
)

func kindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return ""
}

func zipped(t *testing.T, names ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range names {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte("content")); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestKinds recognises files by the beginnings that their programs write.
func TestKinds(t *testing.T) {
	safetensors := append(binary.LittleEndian.AppendUint64(nil, 12), `{"a":{}}    `...)
	rows := []struct {
		name         string
		head         []byte
		check, other Kind
	}{
		{"nothing", nil, Empty, ""},
		{"zeros", make([]byte, 1024), Zeros, ""},
		{"LFS", []byte("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n"), LFSPointer, ""},
		{"page", []byte("<!DOCTYPE html><html><head><title>Sign in</title></head></html>"), WebPage, ""},
		{"page after a comment", []byte("\n<!-- x -->\n<HTML lang=en>"), WebPage, ""},
		{"XML", []byte(`<?xml version="1.0"?><net name="x">`), XML, ""},
		{"JSON", []byte(`{"error": "Repository not found"}`), JSON, ""},
		{"text", []byte("Entry not found\n"), Text, ""},
		{"text cut within a letter", []byte("Gerät nicht gefunden: \xc3"), Text, ""},
		{"gzip", []byte("\x1f\x8b\x08\x00\x00"), Archive, ""},
		{"PNG", []byte("\x89PNG\r\n\x1a\n\x00\x00"), Picture, ""},
		{"TIFF", []byte("II*\x00\x08\x00\x00\x00"), Picture, ""},
		{"BigTIFF", []byte("II+\x00\x08\x00\x00\x00"), Picture, ""},
		{"HEIC", []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"), Picture, ""},
		{"JPEG XL", []byte("\x00\x00\x00\x0cJXL \r\n\x87\n"), Picture, ""},
		{"DICOM", append(make([]byte, 128), "DICM\x02\x00"...), Picture, ""},
		{"PyTorch", zipped(t, "archive/data.pkl", "archive/version"), "", PyTorch},
		{"Keras", zipped(t, "metadata.json", "config.json", "model.weights.h5"), "", Keras},
		{"zip", zipped(t, "model.onnx"), "", Zip},
		{"pickle", []byte("\x80\x02}q\x00."), "", Pickle},
		{"safetensors", safetensors, "", Safetensors},
		{"HDF5", []byte("\x89HDF\r\n\x1a\n\x00"), "", HDF5},
		{"TFLite", []byte("\x1c\x00\x00\x00TFL3\x14\x00"), "", TFLite},
		{"ONNX", []byte("\x08\x07\x12\x07pytorch\x1a\x051.9.0:\x80\x04"), "", ""},
	}
	for _, r := range rows {
		if got := kindOf(Check(r.head)); got != r.check {
			t.Errorf("%s: Check says %q, not %q", r.name, got, r.check)
		}
		if got := kindOf(Other(r.head)); got != r.other {
			t.Errorf("%s: Other says %q, not %q", r.name, got, r.other)
		}
	}
}

func TestTextIsQuotedShort(t *testing.T) {
	var e *Error
	if !errors.As(Check([]byte(strings.Repeat("long ", 100))), &e) || len([]rune(e.Line)) > mostLine+1 {
		t.Errorf("the first line is quoted as %q", e.Line)
	}
}

func FuzzKinds(f *testing.F) {
	f.Add([]byte("<html>"))
	f.Add([]byte("PK\x03\x04"))
	f.Add([]byte("\x10\x00\x00\x00\x00\x00\x00\x00{\""))
	f.Fuzz(func(t *testing.T, head []byte) {
		for _, err := range []error{Check(head), Other(head)} {
			if err != nil && kindOf(err) == "" {
				t.Errorf("%v has no kind", err)
			}
		}
	})
}
