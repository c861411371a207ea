package weights

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"gaze/models/internal/notnetwork"
)

// zipFile is the container of PyTorch 1.6 and later: a zip archive of one
// folder with the pickle as data.pkl and each storage as data/KEY.
type zipFile struct {
	size     int64
	folder   string
	records  map[string]*zip.File
	storages map[string]*storage
}

func openZip(r io.ReaderAt, size int64) (container, error) {
	archive, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("not a whole file of torch.save: %w", err)
	}
	f := &zipFile{size: size, records: make(map[string]*zip.File, len(archive.File)), storages: make(map[string]*storage)}
	found := false
	for _, record := range archive.File {
		f.records[record.Name] = record
		if folder, ok := strings.CutSuffix(record.Name, "data.pkl"); ok && (folder == "" || strings.HasSuffix(folder, "/")) {
			f.folder, found = folder, true
		}
	}
	if _, script := f.records[f.folder+"constants.pkl"]; script {
		return nil, &KindError{Kind: TorchScript}
	}
	if exported(archive) {
		return nil, &KindError{Kind: Exported}
	}
	if !found {
		if other := notKeras(r); other != nil {
			return nil, other
		}
		return nil, errors.New("not a file of torch.save: there is no data.pkl in the archive")
	}
	return f, f.checkOrder()
}

// exported reports whether torch.export wrote an archive.
func exported(archive *zip.Reader) bool {
	return slices.ContainsFunc(archive.File, func(f *zip.File) bool {
		name := path.Base(f.Name)
		return name == "serialized_exported_program.json" || name == "archive_format" || path.Base(path.Dir(f.Name)) == "models" && path.Ext(name) == ".json"
	})
}

// notKeras is the error for an archive that another program wrote.
func notKeras(r io.ReaderAt) error {
	head, err := headOf(r)
	if err != nil {
		return err
	}
	var other *notnetwork.Error
	if errors.As(notnetwork.Other(head), &other) && other.Kind == notnetwork.Keras {
		return other
	}
	return nil
}

// checkOrder refuses numbers of big-endian machines.
func (f *zipFile) checkOrder() error {
	record, ok := f.records[f.folder+"byteorder"]
	if !ok {
		return nil
	}
	r, err := record.Open()
	if err != nil {
		return fmt.Errorf("reading the byte order: %w", err)
	}
	defer r.Close()
	order, err := io.ReadAll(io.LimitReader(r, 16))
	if err != nil {
		return fmt.Errorf("reading the byte order: %w", err)
	}
	if string(order) != "little" {
		return fmt.Errorf("its byte order is %q; only little is read", order)
	}
	return nil
}

func (f *zipFile) root() (any, error) {
	r, err := f.records[f.folder+"data.pkl"].Open()
	if err != nil {
		return nil, fmt.Errorf("reading the pickle: %w", err)
	}
	defer r.Close()
	data, err := scanPickle(r, f.size, f.size)
	if err != nil {
		return nil, fmt.Errorf("reading the pickle: %w", err)
	}
	root, err := unpickle(data, f.load)
	if err != nil {
		return nil, fmt.Errorf("reading the pickle: %w", err)
	}
	return root, nil
}

// load resolves ("storage", type, key, location, count).
func (f *zipFile) load(id []any) (any, error) { return loadStorage(f.storages, id) }

// loadStorage resolves a reference to a storage; one that is referred to twice
// is the same.
func loadStorage(storages map[string]*storage, id []any) (any, error) {
	if len(id) < 5 {
		return nil, errors.New("a reference to a storage is incomplete")
	}
	kind, isKind := id[1].(numbers)
	key, isKey := id[2].(string)
	count, isCount := id[4].(int)
	if !isKey || !isCount || count < 0 {
		return nil, errors.New("a reference to a storage has no key or no length")
	}
	if !isKind {
		// A type of storage that did not exist when this was written, or a
		// device's own: none of a network's parameters.
		kind = numbers{width: 1, other: true}
	}
	s, ok := storages[key]
	if !ok {
		s = &storage{key: key, kind: kind, count: count}
		storages[key] = s
	}
	if s.count != count || s.kind.width != kind.width || s.kind.other != kind.other {
		return nil, fmt.Errorf("storage %.100q is said to be of two kinds", key)
	}
	return part{storage: s}, nil
}

func (f *zipFile) read() error {
	room := &budget{4 * f.size}
	for key, s := range f.storages {
		if !s.wanted {
			continue
		}
		if err := f.fill(s, room); err != nil {
			return fmt.Errorf("storage %.100q: %w", key, err)
		}
	}
	return nil
}

func (f *zipFile) fill(s *storage, room *budget) error {
	record, ok := f.records[f.folder+"data/"+s.key]
	if !ok {
		return errors.New("it is not in the archive")
	}
	if record.UncompressedSize64 != uint64(s.count)*uint64(s.kind.width) {
		return fmt.Errorf("%d numbers of %d bytes are kept in %d bytes", s.count, s.kind.width, record.UncompressedSize64)
	}
	if err := room.take(s.count, max(4, s.kind.width)); err != nil {
		return err
	}
	r, err := record.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	s.values = make([]float32, s.count)
	if err := s.kind.read(r, s.values); err != nil {
		return err
	}
	// The checksum is compared at the end.
	if _, err := r.Read(make([]byte, 1)); err != io.EOF {
		return fmt.Errorf("reading to its end: %w", err)
	}
	return nil
}
