package store

import (
	"compress/gzip"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gaze/models/zoo"
)

// TestWeightsAreCheckedBeforeUse: weights of keras.applications are compared with
// their MD5 or, where Keras states no digest, with the network's shapes. What is not
// the file is dropped.
func TestWeightsAreCheckedBeforeUse(t *testing.T) {
	f, err := os.Open("../keras/apps/testdata/published.h5.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	file, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	sum := md5.Sum(file)
	right := zoo.Digest{Algorithm: zoo.MD5, Hex: hex.EncodeToString(sum[:])}
	wrong := zoo.Digest{Algorithm: zoo.MD5, Hex: strings.Repeat("0", 32)}
	for _, r := range []struct {
		name, network string
		digest        zoo.Digest
		sent          []byte
		says          string
	}{
		{"the right digest", "keras/MobileNetV3Small", right, file, ""},
		{"another digest", "keras/MobileNetV3Small", wrong, file, "does not have the digest"},
		{"the right shapes", "keras/MobileNetV3Small", zoo.Digest{}, file, ""},
		{"another network's shapes", "keras/MobileNet", zoo.Digest{}, file, "does not have the layers of keras/MobileNet"},
		{"no file of Keras", "keras/MobileNetV3Small", zoo.Digest{}, content, "does not have the layers of keras/MobileNetV3Small"},
	} {
		t.Run(r.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(r.sent) }))
			defer server.Close()
			s := &Store{dir: t.TempDir(), catalogue: []zoo.Published{{
				Network: r.network, URL: server.URL + "/net.h5", Size: int64(len(r.sent)), Slack: 10, Digest: r.digest,
			}}}
			err := s.Get(t.Context(), r.network, nil)
			kept, _ := filepath.Glob(filepath.Join(s.dir, "net.h5*"))
			switch {
			case r.says == "":
				if err != nil || len(kept) != 1 || filepath.Base(kept[0]) != "net.h5" {
					t.Errorf("%v, and %v is there", err, kept)
				}
			case !errors.As(err, new(wrongError)) || !strings.Contains(err.Error(), r.says):
				t.Errorf("%v, want %q", err, r.says)
			case err != nil:
				for _, path := range kept {
					if !strings.HasSuffix(path, ".lock") {
						t.Errorf("%s is left", path)
					}
				}
			}
		})
	}
}
