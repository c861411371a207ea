package hdf5

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
)

// Group has further groups and datasets by name, and attributes.
type Group struct {
	attributes
	f     *File
	links map[string]uint64
	names []string
	path  string
}

// ErrMissing is the error where a group has nothing of that name.
var ErrMissing = errors.New("is missing from the HDF5 file")

// Names lists what is in the group, groups and datasets, in alphabetical order.
func (g *Group) Names() []string { return slices.Clone(g.names) }

// Has reports whether the group has something of that name.
func (g *Group) Has(name string) bool {
	_, ok := g.links[name]
	return ok
}

// Path is where the group is in the file: "/model_weights/conv1".
func (g *Group) Path() string { return g.path }

// Object is a Group or a Dataset: the other of the two is nil.
type Object struct {
	Group   *Group
	Dataset *Dataset
}

// Open reads the header of what is called name in the group: one name, without
// slashes. The error for a name that is not there wraps [ErrMissing].
func (g *Group) Open(name string) (Object, error) {
	address, ok := g.links[name]
	if !ok {
		return Object{}, fmt.Errorf("%s %w", g.below(name), ErrMissing)
	}
	messages, err := g.f.messages(address)
	if err != nil {
		return Object{}, fmt.Errorf("%s: %w", g.below(name), err)
	}
	for _, m := range messages {
		if m.kind == messageLayout {
			d, err := g.f.dataset(messages, g.below(name))
			return Object{Dataset: d}, err
		}
	}
	child, err := g.f.groupOf(messages, g.below(name))
	return Object{Group: child}, err
}

// Group opens the group called name.
func (g *Group) Group(name string) (*Group, error) {
	o, err := g.Open(name)
	if err == nil && o.Group == nil {
		err = damaged("%s is a dataset, not a group", g.below(name))
	}
	return o.Group, err
}

// Dataset opens the dataset called name.
func (g *Group) Dataset(name string) (*Dataset, error) {
	o, err := g.Open(name)
	if err == nil && o.Dataset == nil {
		err = damaged("%s is a group, not a dataset", g.below(name))
	}
	return o.Dataset, err
}

func (g *Group) below(name string) string {
	if g.path == "/" {
		return g.path + name
	}
	return g.path + "/" + name
}

// group reads the group at an address.
func (f *File) group(address uint64, path string) (*Group, error) {
	messages, err := f.messages(address)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f.groupOf(messages, path)
}

// groupOf makes a group of its header.
func (f *File) groupOf(messages []message, path string) (*Group, error) {
	g := &Group{attributes: attributes{f, messages}, f: f, links: make(map[string]uint64), path: path}
	found := false
	for _, m := range messages {
		switch m.kind {
		case messageLink, messageLinkInfo:
			return nil, fmt.Errorf("%s: %w", path, unsupported("link messages (links to other files, track_order or libver=\"latest\" of h5py)"))
		case messageSymbolTable:
			p := f.fields(m)
			tree, heap := p.address(), p.address()
			if p.err != nil {
				return nil, p.err
			}
			if err := f.symbols(tree, heap, g); err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
			found = true
		}
	}
	if !found {
		return nil, unsupported("an object that is neither group nor dataset at %s", path)
	}
	slices.Sort(g.names)
	return g, nil
}

// symbols adds to g what the symbol table of a tree and a heap lists.
func (f *File) symbols(tree, heap uint64, g *Group) error {
	p, err := f.take(heap, uint64(8+2*f.lengths+f.offsets))
	if err != nil {
		return err
	}
	if string(p.bytes(4)) != "HEAP" {
		return damaged("no heap of names at %#x", heap)
	}
	p.skip(4)
	size := p.length()
	p.skip(f.lengths)
	names, err := f.at(p.address(), size)
	if err != nil {
		return err
	}
	return f.tree(tree, -1, func(node uint64) error { return f.symbolNode(node, names, g) })
}

// The way in which the entry of a symbol table is a link.
const symbolicLink = 2

// symbolNode adds to g what one node of its symbol table lists.
func (f *File) symbolNode(node uint64, names []byte, g *Group) error {
	p, err := f.take(node, 8)
	if err != nil {
		return err
	}
	if string(p.bytes(4)) != "SNOD" {
		return damaged("no node of names at %#x", node)
	}
	p.skip(2)
	count := p.uint(2)
	if p, err = f.take(node+8, count*uint64(2*f.offsets+24)); err != nil {
		return err
	}
	for range count {
		at, address := p.address(), p.address()
		kind := p.uint(4)
		p.skip(20)
		if at >= uint64(len(names)) {
			return damaged("a name lies outside its heap")
		}
		name := zeroed(names[at:])
		if uint64(len(name)) > f.left {
			return damaged("its names overlap")
		}
		f.left -= uint64(len(name))
		if kind == symbolicLink {
			return unsupported("a soft link, %q", name)
		}
		if _, twice := g.links[name]; twice {
			return damaged("two things are called %q", name)
		}
		g.links[name] = address
		g.names = append(g.names, name)
	}
	return p.err
}

// maxLevel bounds how deep a tree is; the deepest tree of a full file has a dozen.
const maxLevel = 32

// tree calls leaf with the address of every leaf's child of a B-tree of version 1
// for groups. level is that which the node must have, or -1 for any.
func (f *File) tree(address uint64, level int, leaf func(uint64) error) error {
	p, err := f.take(address, uint64(8+2*f.offsets))
	if err != nil {
		return err
	}
	if string(p.bytes(4)) != "TREE" || p.uint(1) != 0 {
		return damaged("no tree of names at %#x", address)
	}
	own := int(p.uint(1))
	if own > maxLevel || level >= 0 && own != level {
		return damaged("a tree of names whose levels do not descend")
	}
	count := p.uint(2)
	if p, err = f.take(address+uint64(8+2*f.offsets), count*uint64(f.lengths+f.offsets)); err != nil {
		return err
	}
	for range count {
		p.skip(f.lengths)
		child := p.address()
		if p.err != nil {
			return p.err
		}
		if own == 0 {
			err = leaf(child)
		} else {
			err = f.tree(child, own-1, leaf)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// zeroed is the text before the first zero byte.
func zeroed(b []byte) string {
	text, _, _ := bytes.Cut(b, []byte{0})
	return string(text)
}
