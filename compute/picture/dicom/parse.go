package dicom

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"io"
	"math"
	"strconv"
	"strings"
)

const (
	preamble = 128
	// undefined is the length of what ends with a delimiter.
	undefined = math.MaxUint32
	// maxDepth bounds sequences within sequences.
	maxDepth = 16
	// maxFragments bounds the parts of compressed pixels: far more than films have
	// frames.
	maxFragments = 1 << 20
)

// file is what is kept of a file.
type file struct {
	order  binary.ByteOrder
	syntax syntax
	values map[tag][]byte
	has    map[tag]bool
	// fragments are the parts of compressed pixels; the first one is the table of
	// frames.
	fragments [][]byte
}

// read finds the elements that are kept.
func read(data []byte, most int64) (*file, error) {
	if !Is(data) {
		return nil, malformed("no preamble")
	}
	data = data[preamble+4:]
	f := &file{order: binary.LittleEndian, values: make(map[tag][]byte), has: make(map[tag]bool)}
	meta := parser{file: f, data: data, order: binary.LittleEndian, explicit: true}
	uid, err := meta.syntax()
	if err != nil {
		return nil, err
	}
	rest := data[meta.at:]
	if uid == "" {
		f.syntax = guessed(rest)
	} else if f.syntax, err = syntaxOf(uid); err != nil {
		return nil, err
	}
	if f.syntax.deflated {
		unpacked, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(rest)), most+1))
		if err != nil {
			return nil, ErrTruncated
		}
		if int64(len(unpacked)) > most {
			return nil, malformed("the deflated data are too long")
		}
		rest = unpacked
	}
	if f.syntax.bigEndian {
		f.order = binary.BigEndian
	}
	p := parser{file: f, data: rest, order: f.order, explicit: !f.syntax.implicit}
	if err := p.elements(0, true); err != nil {
		return nil, err
	}
	return f, nil
}

// parser walks over elements.
type parser struct {
	file     *file
	data     []byte
	at       int
	order    binary.ByteOrder
	explicit bool
}

// element is a tag, its representation where that is written, and its length.
type element struct {
	tag    tag
	vr     string
	length uint32
}

func (p *parser) next() (element, error) {
	rest := p.data[p.at:]
	if len(rest) < 8 {
		return element{}, ErrTruncated
	}
	e := element{tag: tag(p.order.Uint16(rest))<<16 | tag(p.order.Uint16(rest[2:]))}
	p.at += 8
	if !p.explicit || e.tag>>16 == 0xfffe {
		e.length = p.order.Uint32(rest[4:])
		return e, nil
	}
	switch e.vr = string(rest[4:6]); e.vr {
	case "OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV":
		if len(rest) < 12 {
			return element{}, ErrTruncated
		}
		p.at += 4
		e.length = p.order.Uint32(rest[8:])
	default:
		e.length = uint32(p.order.Uint16(rest[6:]))
	}
	return e, nil
}

// value takes the bytes of a length.
func (p *parser) value(length uint32) ([]byte, error) {
	if int64(length) > int64(len(p.data)-p.at) {
		return nil, ErrTruncated
	}
	v := p.data[p.at : p.at+int(length)]
	p.at += int(length)
	return v, nil
}

// syntax reads group 0002, which ends where another group begins.
func (p *parser) syntax() (string, error) {
	uid := ""
	for len(p.data)-p.at >= 8 && p.order.Uint16(p.data[p.at:]) == 2 {
		e, err := p.next()
		if err != nil {
			return "", err
		}
		v, err := p.value(e.length)
		if err != nil {
			return "", err
		}
		if e.tag == tagSyntax {
			uid = strings.TrimRight(string(v), " \x00")
		}
	}
	return uid, nil
}

// elements reads elements to the end of the data, or of the item that they are in. With
// keep, those that are wanted are kept, unless they were before.
func (p *parser) elements(depth int, keep bool) error {
	if depth > maxDepth {
		return malformed("sequences are nested too deep")
	}
	for p.at < len(p.data) {
		// Some files end with zeros, which may be too few for an element.
		if rest := p.data[p.at:]; depth == 0 && len(rest) < 8 && len(bytes.TrimLeft(rest, "\x00")) == 0 {
			return nil
		}
		e, err := p.next()
		if err != nil {
			return err
		}
		switch {
		case e.tag == 0 && depth == 0:
			return nil
		case e.tag == tagItemEnd:
			return nil
		case e.length == undefined && e.tag == tagPixels && depth == 0:
			// What follows the pixels is of no interest.
			return p.pixels()
		case e.length == undefined:
			if err := p.sequence(e, depth, keep); err != nil {
				return err
			}
			continue
		}
		v, err := p.value(e.length)
		if err != nil {
			return err
		}
		if !keep {
			continue
		}
		if e.tag == tagModalityLUT && e.length > 0 || e.tag == tagSegmented {
			p.file.has[e.tag] = true
		}
		switch {
		case descended(e.tag):
			inner := parser{file: p.file, data: v, order: p.order, explicit: p.explicit}
			if err := inner.items(depth, true); err != nil {
				return err
			}
		case wanted(e.tag) && p.file.values[e.tag] == nil && (depth == 0 || !ofPixels(e.tag)):
			p.file.values[e.tag] = v
		}
		if e.tag == tagPixels && depth == 0 {
			return nil
		}
	}
	return nil
}

// sequence reads items up to the sequence's delimiter.
func (p *parser) sequence(e element, depth int, keep bool) error {
	explicit := p.explicit
	if e.vr == "UN" {
		// PS3.5, 6.2.2: what is of no known representation is implicit.
		p.explicit = false
	}
	defer func() { p.explicit = explicit }()
	if keep && e.tag == tagModalityLUT {
		p.file.has[e.tag] = true
	}
	return p.items(depth, keep && descended(e.tag))
}

// items reads the items of a sequence, to its delimiter or the end of the data. The first
// one is that of the first frame.
func (p *parser) items(depth int, keep bool) error {
	for first := true; p.at < len(p.data); first = false {
		item, err := p.next()
		if err != nil {
			return err
		}
		switch item.tag {
		case tagSequenceEnd:
			return nil
		case tagItem:
		default:
			return malformed("an element where an item should be")
		}
		if item.length == undefined {
			if err := p.elements(depth+1, keep && first); err != nil {
				return err
			}
			continue
		}
		v, err := p.value(item.length)
		if err != nil {
			return err
		}
		if keep && first {
			inner := parser{file: p.file, data: v, order: p.order, explicit: p.explicit}
			if err := inner.elements(depth+1, true); err != nil {
				return err
			}
		}
	}
	return nil
}

// pixels reads the fragments of compressed pixels.
func (p *parser) pixels() error {
	for p.at < len(p.data) {
		item, err := p.next()
		if err != nil {
			return err
		}
		if item.tag == tagSequenceEnd {
			return nil
		}
		if item.tag != tagItem {
			return malformed("an element among the pixels")
		}
		v, err := p.value(item.length)
		if err != nil {
			return err
		}
		if p.file.fragments = append(p.file.fragments, v); len(p.file.fragments) > maxFragments {
			return malformed("more than %d fragments of pixels", maxFragments)
		}
	}
	return ErrTruncated
}

// number is a whole number of 16 bits.
func (f *file) number(t tag, otherwise int) int {
	if v := f.values[t]; len(v) >= 2 {
		return int(f.order.Uint16(v))
	}
	return otherwise
}

// decimal is the first of the numbers that are written as text.
func (f *file) decimal(t tag, otherwise float64) float64 {
	text, _, _ := strings.Cut(f.text(t), "\\")
	v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
		return otherwise
	}
	return v
}

func (f *file) text(t tag) string {
	return strings.Trim(string(f.values[t][:min(len(f.values[t]), 1024)]), " \x00")
}
