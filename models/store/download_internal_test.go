package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gofrs/flock"

	"gaze/models/zoo"
)

// content is what the servers have.
var content = func() []byte {
	random := rand.NewChaCha8([32]byte{})
	b := make([]byte, 300_000)
	random.Read(b)
	return b
}()

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])[:8]
}

// fetch is a download of content from a server, impatient enough for a test.
func fetch(t *testing.T, server http.HandlerFunc) *download {
	t.Helper()
	s := httptest.NewServer(server)
	t.Cleanup(s.Close)
	return &download{
		client: client(), url: s.URL + "/net.pth", path: filepath.Join(t.TempDir(), "net.pth"),
		size: int64(len(content)) - 100, slack: 1 << 10, check: func(path string) error { return checkDigest(path, sha256.New(), digest(content)) },
		stall: 300 * time.Millisecond, attempts: 3, pause: time.Millisecond, worth: 50_000,
	}
}

// serve answers requests, for ranges as well, as a good server does.
func serve(w http.ResponseWriter, r *http.Request) {
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

// breakOff ends a connection in the middle of an answer.
func breakOff(w http.ResponseWriter) {
	w.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

func TestDownload(t *testing.T) {
	rows := []struct {
		name string
		// before is what an earlier attempt has left.
		before []byte
		// asked counts requests, beginning with 1.
		server func(asked int, w http.ResponseWriter, r *http.Request)
		asked  int
	}{
		{"a good server", nil, func(_ int, w http.ResponseWriter, r *http.Request) { serve(w, r) }, 1},
		{"a part is there", content[:1000], func(_ int, w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Range") != "bytes=1000-" {
				http.Error(w, "not asked for the rest", http.StatusBadRequest)
				return
			}
			serve(w, r)
		}, 1},
		{"all of it is there, but not under its name", content, func(_ int, w http.ResponseWriter, r *http.Request) { serve(w, r) }, 1},
		{"the part is longer than the file", append(bytes.Clone(content), 1, 2, 3), func(_ int, w http.ResponseWriter, r *http.Request) { serve(w, r) }, 2},
		{"the part is of something else", []byte("something else"), func(_ int, w http.ResponseWriter, r *http.Request) { serve(w, r) }, 2},
		{"breaks off again and again", nil, func(asked int, w http.ResponseWriter, r *http.Request) {
			if asked == 6 {
				serve(w, r)
				return
			}
			from := (asked - 1) * 50_000
			if want := fmt.Sprintf("bytes=%d-", from); asked > 1 && r.Header.Get("Range") != want {
				t.Errorf("request %d is for %q, not %q", asked, r.Header.Get("Range"), want)
			}
			w.Header().Set("Content-Length", fmt.Sprint(len(content)-from))
			if asked > 1 {
				w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(content)-1, len(content)))
				w.WriteHeader(http.StatusPartialContent)
			}
			w.Write(content[from : from+50_000])
			breakOff(w)
		}, 6},
		{"ignores Range", content[:1000], func(_ int, w http.ResponseWriter, r *http.Request) { w.Write(content) }, 1},
		{"ignores Range and breaks off, early and late", content[:100_000], func(asked int, w http.ResponseWriter, r *http.Request) {
			if asked == 4 {
				serve(w, r)
				return
			}
			if want := []string{"", "bytes=100000-", "bytes=100000-", "bytes=200000-"}[asked]; r.Header.Get("Range") != want {
				t.Errorf("request %d is for %q, not %q", asked, r.Header.Get("Range"), want)
			}
			w.Header().Set("Content-Length", fmt.Sprint(len(content)))
			w.Write(content[:[]int{0, 50_000, 200_000, 50_000}[asked]])
			breakOff(w)
		}, 4},
		{"has a newer file after a break", nil, func(asked int, w http.ResponseWriter, r *http.Request) {
			if asked == 1 {
				w.Header().Set("Etag", `"older"`)
				w.Header().Set("Content-Length", fmt.Sprint(len(content)))
				w.Write(make([]byte, 50_000))
				breakOff(w)
			}
			w.Header().Set("Etag", `"newer"`)
			serve(w, r)
		}, 2},
		{"sends another range than asked for", content[:1000], func(asked int, w http.ResponseWriter, r *http.Request) {
			if asked > 1 {
				serve(w, r)
				return
			}
			w.Header().Set("Content-Range", fmt.Sprintf("bytes 10-%d/%d", len(content)-1, len(content)))
			w.WriteHeader(http.StatusPartialContent)
			w.Write(content[10:])
		}, 2},
		{"does not tell the length", nil, func(_ int, w http.ResponseWriter, r *http.Request) {
			w.Write(content[:10])
			w.(http.Flusher).Flush()
			w.Write(content[10:])
		}, 1},
		{"is silent at first", nil, func(asked int, w http.ResponseWriter, r *http.Request) {
			if asked == 1 {
				<-r.Context().Done()
				return
			}
			serve(w, r)
		}, 2},
		{"falls silent in the middle", nil, func(asked int, w http.ResponseWriter, r *http.Request) {
			if asked > 1 {
				serve(w, r)
				return
			}
			w.Header().Set("Content-Length", fmt.Sprint(len(content)))
			w.Write(content[:100_000])
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}, 2},
		{"is slow", nil, func(_ int, w http.ResponseWriter, r *http.Request) {
			for from := 0; from < len(content); from += 100_000 {
				w.Write(content[from:min(from+100_000, len(content))])
				w.(http.Flusher).Flush()
				time.Sleep(20 * time.Millisecond)
			}
		}, 1},
		{"is overloaded at first", nil, func(asked int, w http.ResponseWriter, r *http.Request) {
			if asked == 1 {
				http.Error(w, "", http.StatusServiceUnavailable)
				return
			}
			serve(w, r)
		}, 2},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			var asked atomic.Int32
			d := fetch(t, func(w http.ResponseWriter, r *http.Request) { row.server(int(asked.Add(1)), w, r) })
			if row.before != nil {
				if err := os.WriteFile(d.part(), row.before, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			var last Progress
			d.report = func(p Progress) {
				if p.Done > p.Total {
					t.Errorf("%d of %d bytes", p.Done, p.Total)
				}
				last = p
			}
			if err := d.run(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got, err := os.ReadFile(d.path); err != nil || !bytes.Equal(got, content) {
				t.Errorf("%d bytes (%v), not the file", len(got), err)
			}
			if _, err := os.Stat(d.part()); !os.IsNotExist(err) {
				t.Error("the part is still there")
			}
			if int(asked.Load()) != row.asked {
				t.Errorf("asked %d times, not %d", asked.Load(), row.asked)
			}
			if len(row.before) != len(content) && last.Done != int64(len(content)) {
				t.Errorf("the last report is %+v", last)
			}
		})
	}
}

func TestDownloadRefuses(t *testing.T) {
	wrong := bytes.Clone(content)
	wrong[len(wrong)/2] ^= 1
	rows := []struct {
		name   string
		server http.HandlerFunc
		says   string
		// kept says that what arrived is of use.
		kept bool
	}{
		{"not there", http.NotFound, "404", false},
		{"a wrong file of the right length", func(w http.ResponseWriter, r *http.Request) { w.Write(wrong) }, "digest", false},
		{"a page that says sorry", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "<html>log in first") }, "a web page came instead", false},
		{"a length that is a lie", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "5000000000")
			w.Write(content)
		}, "5000000000 bytes", false},
		{"more than it says, without end", func(w http.ResponseWriter, r *http.Request) {
			for range 100 {
				if _, err := w.Write(content); err != nil {
					return
				}
			}
		}, "digest", false},
		{"less than it says", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(len(content)))
			if r.Header.Get("Range") != "" {
				breakOff(w)
			}
			w.Write(content[:1000])
			breakOff(w)
		}, "", true},
		{"a page of unknown length for what follows a part", func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Range") == "" {
				w.Header().Set("Content-Length", fmt.Sprint(len(content)))
				w.Write(content[:1000])
				breakOff(w)
			}
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.(http.Flusher).Flush()
			fmt.Fprint(w, "<html>log in first")
		}, "a web page came instead", true},
		{"something short of unknown length for what follows a part", func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Range") == "" {
				w.Header().Set("Content-Length", fmt.Sprint(len(content)))
				w.Write(content[:1000])
				breakOff(w)
			}
			w.(http.Flusher).Flush()
			w.Write(make([]byte, 2000))
		}, "2000 bytes, where about 299900 are expected", true},
		{"a byte at a time", func(w http.ResponseWriter, r *http.Request) {
			from := 0
			if fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from); from > 0 {
				w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(content)-1, len(content)))
			}
			if from > 3 {
				t.Errorf("asked again after %d bytes", from)
			}
			w.Header().Set("Content-Length", fmt.Sprint(len(content)-from))
			if from > 0 {
				w.WriteHeader(http.StatusPartialContent)
			}
			w.Write(content[from : from+1])
			breakOff(w)
		}, "broke off", true},
		{"always overloaded", func(w http.ResponseWriter, r *http.Request) { http.Error(w, "", http.StatusBadGateway) }, "502", false},
		{"redirects without end", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) }, "too often", false},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			d := fetch(t, row.server)
			err := d.run(t.Context())
			if err == nil || !strings.Contains(err.Error(), row.says) {
				t.Errorf("the error %v does not say %q", err, row.says)
			}
			if _, err := os.Stat(d.path); !os.IsNotExist(err) {
				t.Error("there is a file")
			}
			if kept := d.have() > 0; kept != row.kept {
				t.Errorf("%d bytes are kept", d.have())
			}
		})
	}
}

// An answer that is not the file costs nothing of what arrived before.
func TestDownloadKeepsWhatItHas(t *testing.T) {
	wrong := bytes.Clone(content)
	wrong[0] ^= 1
	rows := []struct {
		name   string
		server http.HandlerFunc
		says   string
		asked  int
	}{
		{"another length", func(w http.ResponseWriter, r *http.Request) { w.Write(content[:10]) }, "10 bytes", 1},
		{"another file of the same length", func(w http.ResponseWriter, r *http.Request) { w.Write(wrong) }, "digest", 1},
		{"another file of unknown length", func(w http.ResponseWriter, r *http.Request) {
			w.(http.Flusher).Flush()
			w.Write(wrong)
		}, "digest", 1},
		{"nothing follows in some other file", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Range", "bytes */10")
			w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
		}, "416", 3},
		{"another range", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Range", fmt.Sprintf("bytes 10-%d/%d", len(content)-1, len(content)))
			w.WriteHeader(http.StatusPartialContent)
		}, "byte 100000", 3},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			var asked atomic.Int32
			d := fetch(t, func(w http.ResponseWriter, r *http.Request) {
				asked.Add(1)
				row.server(w, r)
			})
			if err := os.WriteFile(d.part(), content[:100_000], 0o600); err != nil {
				t.Fatal(err)
			}
			if err := d.run(t.Context()); err == nil || !strings.Contains(err.Error(), row.says) {
				t.Errorf("the error %v does not say %q", err, row.says)
			}
			if int(asked.Load()) != row.asked {
				t.Errorf("asked %d times, not %d", asked.Load(), row.asked)
			}
			if got, err := os.ReadFile(d.part()); err != nil || !bytes.Equal(got, content[:100_000]) {
				t.Errorf("of the part %d bytes are left (%v)", len(got), err)
			}
			if files, err := os.ReadDir(filepath.Dir(d.path)); err != nil || len(files) != 1 {
				t.Errorf("left are %v (%v)", files, err)
			}
		})
	}
}

// What asking again does not change is told at once.
func TestDownloadGivesUpWhereAskingAgainIsOfNoUse(t *testing.T) {
	open := httptest.NewServer(http.HandlerFunc(serve))
	defer open.Close()
	for says, encrypted := range map[string]bool{"not encrypted": true, "certificate": false} {
		asked := 0
		s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, open.URL, http.StatusFound)
		}))
		defer s.Close()
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
		d := fetch(t, nil)
		if d.url = s.URL; encrypted {
			d.client.Transport = s.Client().Transport
		}
		d.client.Transport = counted{d.client.Transport, &asked}
		if err := d.run(t.Context()); err == nil || !strings.Contains(err.Error(), says) || asked != 1 {
			t.Errorf("%v, after %d requests, does not say %q", err, asked, says)
		}
	}
}

// counted counts requests.
type counted struct {
	http.RoundTripper
	n *int
}

func (c counted) RoundTrip(r *http.Request) (*http.Response, error) {
	*c.n++
	return c.RoundTripper.RoundTrip(r)
}

func TestDownloadIsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var d *download
	d = fetch(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		w.Write(content[:100_000])
		w.(http.Flusher).Flush()
		for d.have() == 0 && r.Context().Err() == nil {
			time.Sleep(time.Millisecond)
		}
		cancel()
		<-r.Context().Done()
	})
	d.stall = time.Minute
	if err := d.run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if d.have() == 0 {
		t.Error("nothing is kept")
	}
}

func TestRedirectsStayEncrypted(t *testing.T) {
	open := httptest.NewServer(http.HandlerFunc(serve))
	defer open.Close()
	encrypted := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, open.URL, http.StatusFound)
	}))
	defer encrypted.Close()
	c := client()
	c.Transport = encrypted.Client().Transport
	if _, err := c.Get(encrypted.URL); err == nil || !strings.Contains(err.Error(), "not encrypted") {
		t.Errorf("%v", err)
	}
}

// published is a store that knows one network, of content on a server.
func published(t *testing.T, dir string, server http.HandlerFunc) *Store {
	t.Helper()
	s := httptest.NewServer(server)
	t.Cleanup(s.Close)
	return &Store{dir: dir, catalogue: []zoo.Published{{
		Network: "resnet18", URL: s.URL + "/resnet18-" + digest(content) + ".pth", Size: int64(len(content)), Slack: 10,
		Digest: zoo.Digest{Algorithm: zoo.SHA256, Hex: digest(content)},
	}}}
}

func TestGetTwiceAtOnce(t *testing.T) {
	var asked atomic.Int32
	s := published(t, filepath.Join(t.TempDir(), "new", "folder"), func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		for from := 0; from < len(content); from += 50_000 {
			w.Write(content[from:min(from+50_000, len(content))])
			w.(http.Flusher).Flush()
			time.Sleep(5 * time.Millisecond)
		}
	})
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			// A store of its own, as another program has.
			if err := (&Store{dir: s.dir, catalogue: s.catalogue}).Get(t.Context(), "resnet18", nil); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	files, err := os.ReadDir(s.dir)
	if err != nil || len(files) != 1 || files[0].Name() != s.catalogue[0].File() || asked.Load() != 1 {
		t.Errorf("the folder has %v (%v) after %d requests", files, err, asked.Load())
	}
	if got, _ := os.ReadFile(filepath.Join(s.dir, s.catalogue[0].File())); !bytes.Equal(got, content) {
		t.Error("the file is not what the server has")
	}
	if err := s.Remove("resnet18"); err != nil {
		t.Error(err)
	}
	if err := s.Remove("resnet18"); err == nil {
		t.Error("removed twice")
	}
	if files, _ := os.ReadDir(s.dir); len(files) != 0 {
		t.Errorf("left behind: %v", files)
	}
}

func TestGetTellsThatItWaits(t *testing.T) {
	s := published(t, t.TempDir(), serve)
	lock := flock.New(filepath.Join(s.dir, s.catalogue[0].File()) + ".lock")
	if ok, err := lock.TryLock(); !ok {
		t.Fatal(err)
	}
	waited := false
	err := s.Get(t.Context(), "resnet18", func(p Progress) {
		if p.Waiting && !waited {
			waited = true
			lock.Unlock()
		}
	})
	if err != nil || !waited {
		t.Errorf("waited: %v, %v", waited, err)
	}
	if err := s.Remove("resnet18"); err != nil {
		t.Fatal(err)
	}
	if ok, err := lock.TryLock(); !ok {
		t.Fatal(err)
	}
	defer lock.Unlock()
	ctx, cancel := context.WithCancel(t.Context())
	if err := s.Get(ctx, "resnet18", func(Progress) { cancel() }); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "another program") {
		t.Errorf("%v", err)
	}
}

func TestGetVerifiesWhatIsHere(t *testing.T) {
	s := published(t, t.TempDir(), func(w http.ResponseWriter, r *http.Request) { t.Error("asked for what is here") })
	path := filepath.Join(s.dir, s.catalogue[0].File())
	for _, r := range []struct {
		content []byte
		says    string
	}{{content, ""}, {content[:1000], "does not have the digest that its publisher states; gazectl models rm resnet18"}} {
		if err := os.WriteFile(path, r.content, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := s.Get(t.Context(), "resnet18", nil); (err == nil) != (r.says == "") || err != nil && !strings.Contains(err.Error(), r.says) {
			t.Errorf("with %d bytes here: %v", len(r.content), err)
		}
	}
}

func TestGetTellsWhyItCannotLock(t *testing.T) {
	s := published(t, t.TempDir(), serve)
	if err := os.Mkdir(filepath.Join(s.dir, s.catalogue[0].File())+".lock", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := s.Get(t.Context(), "resnet18", nil); err == nil || strings.Contains(err.Error(), "waiting") || !strings.Contains(err.Error(), "locking") {
		t.Errorf("%v", err)
	}
}

func TestGetAfterAKilledProgram(t *testing.T) {
	s := published(t, t.TempDir(), serve)
	path := filepath.Join(s.dir, s.catalogue[0].File())
	for name, left := range map[string][]byte{".lock": nil, ".part": content[:12345]} {
		if err := os.WriteFile(path+name, left, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Get(t.Context(), "resnet18", nil); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(path); !bytes.Equal(got, content) {
		t.Error("the file is not what the server has")
	}
}

func TestGetOfWhatIsNotPublished(t *testing.T) {
	if err := New(t.TempDir()).Get(t.Context(), "resnet19", nil); err == nil || !strings.Contains(err.Error(), "resnet19") {
		t.Errorf("%v", err)
	}
}

func TestMeter(t *testing.T) {
	now := time.Unix(0, 0)
	var got []Progress
	m := newMeter(1000, func(p Progress) { got = append(got, p) })
	m.now = func() time.Time { return now }
	m.begin(200, 1000)
	for range 4 {
		now = now.Add(time.Second)
		m.add(100)
	}
	want := []Progress{
		{200, 1000, false, 0, 0},
		{300, 1000, false, 100, 7 * time.Second},
		{400, 1000, false, 100, 6 * time.Second},
		{500, 1000, false, 100, 5 * time.Second},
		{600, 1000, false, 100, 4 * time.Second},
	}
	for i := range want {
		if i >= len(got) || got[i] != want[i] {
			t.Fatalf("reported %v, not %v", got, want)
		}
	}
}
