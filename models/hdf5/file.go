// Package hdf5 reads the part of HDF5 that Keras writes: groups by symbol table,
// datasets of numbers in one piece, and attributes of strings and numbers
// (HDF5 File Format Specification, version 1.1 to 3.0).
//
// Nothing is allocated for a length in a file before it has been checked against
// the file's size. All that is read from a file together is bounded by a multiple
// of its size, so that a file in which everything leads to the same bytes costs no
// more than an honest one. What Keras never writes, such as compression, is refused
// by its name.
package hdf5

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// undefined is an address that leads nowhere.
const undefined = ^uint64(0)

// File is an open HDF5 file. It is not safe for concurrent use.
type File struct {
	r    io.ReaderAt
	size uint64
	// base is the place in the file from which addresses count.
	base uint64
	// offsets and lengths are the sizes in bytes of an address and of a length.
	offsets, lengths int
	root             *Group
	// left is how many bytes may still be read.
	left uint64
}

// The bytes that may be read of a file altogether: a multiple of its size, and an
// amount that every file may use. Reading all that a file has takes about its size.
const (
	readMultiple = 8
	readBase     = 1 << 16
)

const signature = "\x89HDF\r\n\x1a\n"

// Is reports whether a file that begins with head is an HDF5 file.
func Is(head []byte) bool { return bytes.HasPrefix(head, []byte(signature)) }

// wayOut is what helps with files that are refused because of how they are stored.
const wayOut = "save the model again with Keras, or put the file through a tool of HDF5's: h5repack -f NONE -l CONTI OLD NEW"

// UnsupportedError is an HDF5 file, or a part of one, that is stored in a way that
// this package does not read.
type UnsupportedError struct {
	// Feature is the name of that way in HDF5's documentation.
	Feature string
}

// Error names the feature and the way out.
func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("the HDF5 file uses %s, which is not read; %s", e.Feature, wayOut)
}

func unsupported(format string, of ...any) error {
	return &UnsupportedError{Feature: fmt.Sprintf(format, of...)}
}

// damaged is an error about a file that contradicts itself or ends too soon.
func damaged(format string, of ...any) error {
	return fmt.Errorf("the HDF5 file is damaged: "+format, of...)
}

// Open reads the beginning of an HDF5 file of size bytes. r is read as long as
// the file is in use.
func Open(r io.ReaderAt, size int64) (*File, error) {
	f := &File{r: r, size: uint64(max(size, 0)), offsets: 8, lengths: 8}
	f.left = readMultiple*f.size + readBase
	if err := f.findSignature(); err != nil {
		return nil, err
	}
	root, err := f.superblock()
	if err != nil {
		return nil, err
	}
	if f.root, err = f.group(root, "/"); err != nil {
		return nil, err
	}
	return f, nil
}

// Root is the group that all others are in.
func (f *File) Root() *Group { return f.root }

// findSignature looks for the signature at the beginning of the file, at 512, and
// at each power of two from there, and takes its place as the base.
func (f *File) findSignature() error {
	for at := uint64(0); at+uint64(len(signature)) <= f.size; at = max(512, 2*at) {
		head, err := f.at(at, uint64(len(signature)))
		if err != nil {
			return err
		}
		if Is(head) {
			f.base = at
			return nil
		}
	}
	return errors.New("it is no HDF5 file: it does not begin as one")
}

// superblock reads the block after the signature and returns the address of the
// root group's header.
func (f *File) superblock() (uint64, error) {
	head, err := f.take(0, 16)
	if err != nil {
		return 0, err
	}
	head.skip(len(signature))
	version := head.uint(1)
	if version > 1 {
		return 0, unsupported("superblock version %d (the option libver=\"latest\" of h5py)", version)
	}
	head.skip(4)
	f.offsets, f.lengths = int(head.uint(1)), int(head.uint(1))
	if !side(f.offsets) || !side(f.lengths) {
		return 0, damaged("addresses of %d and lengths of %d bytes", f.offsets, f.lengths)
	}
	skip := uint64(24)
	if version == 1 {
		skip += 4
	}
	// Base, free space, end of file and driver come before the root's entry, which
	// begins with the offset of its name.
	rest, err := f.take(skip, uint64(6*f.offsets))
	if err != nil {
		return 0, err
	}
	if base := rest.address(); base != 0 && base != f.base && base != undefined {
		f.base = base
	}
	rest.skip(4 * f.offsets)
	root := rest.address()
	return root, rest.err
}

// side reports whether addresses or lengths can have that many bytes.
func side(n int) bool { return n == 4 || n == 8 }

// within reports whether n bytes at an address are in the file.
func (f *File) within(address, n uint64) bool {
	at := address + f.base
	return address != undefined && at >= address && n <= f.size && at <= f.size-n
}

// at reads n bytes at an address.
func (f *File) at(address, n uint64) ([]byte, error) {
	if err := f.spend(address, n); err != nil {
		return nil, err
	}
	b := make([]byte, n)
	if _, err := f.r.ReadAt(b, int64(address+f.base)); err != nil {
		return nil, fmt.Errorf("reading %d bytes of the HDF5 file: %w", n, err)
	}
	return b, nil
}

// spend checks that n bytes at an address are in the file and may still be read.
func (f *File) spend(address, n uint64) error {
	if !f.within(address, n) {
		return damaged("%d bytes at %#x lie beyond its end, or it is cut off", n, address)
	}
	if n > f.left {
		return damaged("its parts lead to the same bytes again and again")
	}
	f.left -= n
	return nil
}

// take reads n bytes at an address, to be taken apart.
func (f *File) take(address, n uint64) (*fields, error) {
	b, err := f.at(address, n)
	return &fields{file: f, rest: b}, err
}

// fields takes numbers off the front of a structure. Past its end they are 0, and
// err is set.
type fields struct {
	file *File
	rest []byte
	err  error
}

func (p *fields) bytes(n int) []byte {
	if p.err != nil || n < 0 || n > len(p.rest) {
		if p.err == nil {
			p.err = damaged("a structure ends too soon")
		}
		return nil
	}
	b := p.rest[:n:n]
	p.rest = p.rest[n:]
	return b
}

func (p *fields) skip(n int) { p.bytes(n) }

// uint is a number of that many bytes, the lowest first.
func (p *fields) uint(bytes int) uint64 {
	var v uint64
	for i, b := range p.bytes(bytes) {
		v |= uint64(b) << (8 * i)
	}
	return v
}

// address is an address of the file's size of addresses.
func (p *fields) address() uint64 {
	v := p.uint(p.file.offsets)
	if p.file.offsets == 4 && v == 1<<32-1 {
		return undefined
	}
	return v
}

// length is a length of the file's size of lengths.
func (p *fields) length() uint64 { return p.uint(p.file.lengths) }
