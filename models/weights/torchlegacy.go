package weights

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/big"

	"github.com/nlpodyssey/gopickle/types"
)

// The first two pickles of the container before PyTorch 1.6.
const (
	legacyMagic    = "1950a86a20f9469cfc6c"
	legacyProtocol = 1001
)

// legacyFile is the container before PyTorch 1.6: five pickles (magic number,
// protocol, machine, the object, the storages' keys), then the storages in the
// keys' order, each with its length before it.
type legacyFile struct {
	r        io.ReaderAt
	size     int64
	at       int64
	keys     []any
	storages map[string]*storage
}

func openLegacy(r io.ReaderAt, size int64) (container, error) {
	f := &legacyFile{r: r, size: size, storages: make(map[string]*storage)}
	magic, err := f.pickle(nil)
	if err != nil {
		return nil, fmt.Errorf("not a file of torch.save (%w); in Python, load it and save the parameters by torch.save(model.state_dict(), \"model.pth\")", err)
	}
	if n, ok := magic.(*big.Int); !ok || n.Text(16) != legacyMagic {
		return nil, errors.New("a pickle without the magic number of torch.save; in Python, load it and save the parameters by torch.save(model.state_dict(), \"model.pth\")")
	}
	protocol, err := f.pickle(nil)
	if err != nil {
		return nil, fmt.Errorf("reading the protocol: %w", err)
	}
	if n, ok := protocol.(int); !ok || n != legacyProtocol {
		return nil, fmt.Errorf("its protocol is not %d", legacyProtocol)
	}
	machine, err := f.pickle(nil)
	if err != nil {
		return nil, fmt.Errorf("reading the machine's properties: %w", err)
	}
	list, _ := entries(machine)
	for _, e := range list {
		if e.Key == "little_endian" && e.Value == false {
			return nil, errors.New("its byte order is big; only little is read")
		}
	}
	return f, nil
}

// pickle decodes the next pickle.
func (f *legacyFile) pickle(load func(id []any) (any, error)) (any, error) {
	left := f.size - f.at
	data, err := scanPickle(io.NewSectionReader(f.r, f.at, left), left, f.size)
	if err != nil {
		return nil, err
	}
	f.at += int64(len(data))
	return unpickle(data, load)
}

func (f *legacyFile) root() (any, error) {
	root, err := f.pickle(f.load)
	if err != nil {
		return nil, fmt.Errorf("reading the pickle: %w", err)
	}
	keys, err := f.pickle(nil)
	if err != nil {
		return nil, fmt.Errorf("reading the storages' keys: %w", err)
	}
	list, ok := keys.(*types.List)
	if !ok {
		return nil, errors.New("the storages' keys are no list")
	}
	f.keys = *list
	return root, nil
}

// load resolves ("storage", type, key, location, count, view), where view is
// None or (key, offset, count), and ("module", class, file, source).
func (f *legacyFile) load(id []any) (any, error) {
	if len(id) >= 2 && id[0] == "module" {
		return id[1], nil
	}
	p, err := loadStorage(f.storages, id)
	if err != nil || len(id) < 6 || id[5] == nil {
		return p, err
	}
	whole := p.(part)
	window, ok := id[5].(*types.Tuple)
	if !ok || len(*window) != 3 {
		return nil, errors.New("a part of a storage is no triple")
	}
	offset, ok := (*window)[1].(int)
	if !ok || offset < 0 || offset > whole.count {
		return nil, fmt.Errorf("a part of a storage of %d numbers begins outside", whole.count)
	}
	whole.offset = offset
	return whole, nil
}

func (f *legacyFile) read() error {
	room := &budget{4 * f.size}
	done := make(map[string]bool, len(f.keys))
	for _, k := range f.keys {
		key, _ := k.(string)
		s, ok := f.storages[key]
		if !ok || done[key] {
			return fmt.Errorf("storage %.100q is unknown or there twice", key)
		}
		done[key] = true
		if err := f.fill(s, room); err != nil {
			return fmt.Errorf("storage %.100q: %w", key, err)
		}
	}
	for key, s := range f.storages {
		if s.wanted && !done[key] {
			return fmt.Errorf("storage %.100q is not in the file", key)
		}
	}
	return nil
}

// fill reads the next storage, or goes past it.
func (f *legacyFile) fill(s *storage, room *budget) error {
	var length [8]byte
	if _, err := io.ReadFull(io.NewSectionReader(f.r, f.at, f.size-f.at), length[:]); err != nil {
		return fmt.Errorf("reading its length: %w", err)
	}
	f.at += int64(len(length))
	if n := binary.LittleEndian.Uint64(length[:]); n != uint64(s.count) {
		return fmt.Errorf("%d numbers where the pickle says %d", n, s.count)
	}
	if int64(s.count) > (f.size-f.at)/int64(s.kind.width) {
		return errors.New("the file ends within it")
	}
	bytes := int64(s.count) * int64(s.kind.width)
	if s.wanted {
		if err := room.take(s.count, max(4, s.kind.width)); err != nil {
			return err
		}
		s.values = make([]float32, s.count)
		if err := s.kind.read(io.NewSectionReader(f.r, f.at, bytes), s.values); err != nil {
			return err
		}
	}
	f.at += bytes
	return nil
}
