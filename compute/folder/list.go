package folder

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// FromList reads the paths of pictures, a line each, or each ended by a zero byte as find
// -print0 writes them. Their order stays, whatever they are called. Relative paths are
// those below dir, and so are the entries' Rel: a picture that lies elsewhere has its
// whole path without what leads out. What cannot be used is listed with the reason, and
// what is listed again is left out. The error is the context's or r's.
func FromList(ctx context.Context, r io.Reader, dir string) ([]Entry, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read list of pictures: %w", err)
	}
	end := byte('\n')
	if bytes.IndexByte(data, 0) >= 0 {
		end = 0
	}
	f := finder{ctx: ctx, seen: make(map[string]bool)}
	for line := range bytes.SplitSeq(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), []byte{end}) {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("read list of pictures: %w", err)
		}
		if end == '\n' {
			line = bytes.TrimSuffix(line, []byte("\r"))
		}
		if len(line) == 0 {
			continue
		}
		name := string(line)
		if !filepath.IsAbs(name) {
			name = filepath.Join(dir, name)
		}
		rel := below(dir, name)
		info, err := os.Stat(name)
		if err != nil {
			f.add(Entry{name, rel, unusable(name, err)})
			continue
		}
		f.file(name, rel, info.Mode())
	}
	return f.entries, nil
}

// below is the path of a file in dir, or where it lies elsewhere its path from the root.
func below(dir, name string) string {
	from, errFrom := filepath.Abs(dir)
	to, errTo := filepath.Abs(name)
	if errFrom != nil || errTo != nil {
		return filepath.Base(name)
	}
	if rel, inside := within(from, to); inside {
		return filepath.ToSlash(rel)
	}
	return strings.TrimLeft(filepath.ToSlash(to[len(filepath.VolumeName(to)):]), "/")
}
