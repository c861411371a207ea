package hdf5

import "fmt"

// attributes are the attributes in an object's header.
type attributes struct {
	f        *File
	messages []message
}

// Attribute is the value of an attribute: a list of texts, or none where it has
// numbers or is empty.
type Attribute struct {
	// Texts of an attribute of texts, in order; one where it is a single text.
	Texts []string
	// Class of the elements.
	Class Class
}

// Attribute reads the attribute called name. ok is false where there is none.
func (a attributes) Attribute(name string) (value Attribute, ok bool, err error) {
	for _, m := range a.messages {
		switch m.kind {
		case messageAttributes:
			p := a.f.fields(m)
			p.skip(1)
			if p.uint(1)&1 != 0 {
				p.skip(2)
			}
			if heap := p.address(); heap != undefined || p.err != nil {
				return value, false, unsupported("dense attributes (libver=\"latest\" of h5py)")
			}
		case messageAttribute:
			if m.flags&flagShared != 0 {
				return value, false, unsupported("shared attributes")
			}
			p := a.f.fields(m)
			body, err := attributeHead(p)
			if err != nil {
				return value, false, err
			}
			if body.name != name {
				continue
			}
			if value, err = a.f.attribute(body, p); err != nil {
				return value, false, fmt.Errorf("attribute %q: %w", name, err)
			}
			return value, true, nil
		}
	}
	return value, false, nil
}

// Text reads the attribute called name, which must be a single text. It is empty
// where there is none.
func (a attributes) Text(name string) (string, error) {
	value, ok, err := a.Attribute(name)
	if err != nil || !ok {
		return "", err
	}
	if len(value.Texts) != 1 {
		return "", damaged("attribute %q is not a text", name)
	}
	return value.Texts[0], nil
}

// attributeBody has the parts of an attribute message but its data.
type attributeBody struct {
	name            string
	datatype, space []byte
}

// attributeHead takes the parts before the data off a message.
func attributeHead(p *fields) (body attributeBody, err error) {
	version, flags := p.uint(1), p.uint(1)
	sizes := [3]int{int(p.uint(2)), int(p.uint(2)), int(p.uint(2))}
	padded := func(n int) int { return n }
	switch version {
	case 1:
		padded = func(n int) int { return (n + 7) &^ 7 }
	case 2:
	case 3:
		p.skip(1)
	default:
		return body, unsupported("attribute version %d", version)
	}
	if version > 1 && flags != 0 {
		return body, unsupported("attributes of a shared type")
	}
	body.name = zeroed(p.bytes(padded(sizes[0])))
	body.datatype = p.bytes(padded(sizes[1]))
	body.space = p.bytes(padded(sizes[2]))
	return body, p.err
}

// attribute reads the data of an attribute, which are what p has left.
func (f *File) attribute(body attributeBody, p *fields) (value Attribute, err error) {
	t, err := f.datatype(body.datatype)
	if err != nil {
		return value, err
	}
	sides, null, err := f.dataspace(body.space)
	if err != nil {
		return value, err
	}
	value.Class = t.class
	n := count(sides)
	if null || n == 0 || t.class != String {
		return value, nil
	}
	if n > len(p.rest)/t.size {
		return value, damaged("it is longer than its message")
	}
	for range n {
		element := p.bytes(t.size)
		text := zeroed(element)
		if t.variableLength {
			if text, err = f.globalText(element); err != nil {
				return value, err
			}
		}
		value.Texts = append(value.Texts, text)
	}
	return value, p.err
}

// globalText reads the text of varying length that an element leads to.
func (f *File) globalText(element []byte) (string, error) {
	p := &fields{file: f, rest: element}
	size := p.uint(4)
	heap, index := p.address(), p.uint(4)
	if p.err != nil || index == 0 {
		return "", p.err
	}
	head, err := f.take(heap, uint64(8+f.lengths))
	if err != nil {
		return "", err
	}
	if string(head.bytes(4)) != "GCOL" {
		return "", damaged("no heap of texts at %#x", heap)
	}
	head.skip(4)
	end := head.length()
	step := uint64(8 + f.lengths)
	for at := step; at <= end && end-at >= step; {
		object, err := f.take(heap+at, step)
		if err != nil {
			return "", err
		}
		own := object.uint(2)
		object.skip(6)
		length := object.length()
		if length > end {
			break
		}
		if own == index {
			text, err := f.at(heap+at+step, min(length, size))
			return string(text), err
		}
		if own == 0 {
			break
		}
		at += step + (length+7)&^7
	}
	return "", damaged("a text is missing from the heap at %#x", heap)
}
