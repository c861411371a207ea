package onnx

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"gaze/models"
	"gaze/models/onnx/internal/onnxpb"
)

// Exporters note in a file what its classes are called and which pictures it is
// for, as Python or JSON writes lists and dictionaries.

func metadata(file *onnxpb.ModelProto) map[string]string {
	said := make(map[string]string)
	for _, e := range file.MetadataProps {
		said[e.Key] = e.Value
	}
	return said
}

// The keys under which exporters note the classes' names, and the input's size.
var (
	labelKeys = []string{"names", "classes", "class_names", "labels", "id2label", "idx_to_class", "class_to_idx", "label2id", "categories"}
	sizeKeys  = []string{"imgsz", "image_size", "input_size", "img_size"}
)

// saidLabels are the classes' names in the file's metadata, where these list as
// many as the network has; nil else.
func saidLabels(net *models.Network, said map[string]string) []string {
	for _, key := range labelKeys {
		if text, ok := said[key]; ok {
			if names, err := parseNames(text); err == nil && net.Named(len(names)) {
				return names
			}
		}
	}
	return nil
}

// saidSide is the height and width of pictures that the metadata state.
func saidSide(said map[string]string) (side [2]int, ok bool) {
	for _, key := range sizeKeys {
		text, ok := said[key]
		if !ok {
			continue
		}
		v, err := parseLiteral(text)
		if err != nil {
			continue
		}
		numbers := v.list
		if v.kind == aNumber {
			numbers = []literal{v, v}
		}
		// Some write the channels first.
		if len(numbers) == 3 && numbers[0].number <= few {
			numbers = numbers[1:]
		}
		if len(numbers) != 2 {
			continue
		}
		for i, n := range numbers {
			if n.kind != aNumber || n.number != float64(int(n.number)) || n.number < 1 || n.number > 1<<16 {
				return side, false
			}
			side[i] = int(n.number)
		}
		return side, true
	}
	return side, false
}

// mostLabels bounds the names of classes, and mostText the bytes that they are
// read from.
const (
	mostLabels = 1 << 17
	mostText   = 8 << 20
)

var errNames = errors.New("not the names of classes")

// parseNames reads the names of classes in order: a list of them, a dictionary
// from their numbers or to them, or lines or parts between commas.
func parseNames(text string) ([]string, error) {
	if len(text) > mostText || !utf8.ValidString(text) {
		return nil, errNames
	}
	v, err := parseLiteral(text)
	switch {
	case err != nil:
		return splitNames(text)
	case v.kind == aList:
		var names []string
		for _, e := range v.list {
			if e.kind != aText {
				return nil, errNames
			}
			names = append(names, e.text)
		}
		return unlike(names)
	case v.kind == aDictionary:
		names := make([]string, len(v.list)/2)
		have := make([]bool, len(names))
		for i := 0; i < len(v.list); i += 2 {
			number, name := v.list[i], v.list[i+1]
			if name.kind == aNumber && number.kind == aText {
				number, name = name, number
			}
			at, ok := number.index()
			if !ok || at >= len(names) || have[at] || name.kind != aText {
				return nil, errNames
			}
			names[at], have[at] = name.text, true
		}
		return unlike(names)
	}
	return nil, errNames
}

// splitNames reads names that stand between line ends or commas.
func splitNames(text string) ([]string, error) {
	between := "\n"
	if !strings.Contains(strings.TrimSpace(text), between) {
		between = ","
	}
	if strings.ContainsAny(text, "{}[]\x00") {
		return nil, errNames
	}
	var names []string
	for _, name := range strings.Split(strings.Trim(text, "\n"), between) {
		names = append(names, strings.TrimSpace(name))
	}
	return unlike(names)
}

// unlike returns names if they can be those of classes: none is empty.
func unlike(names []string) ([]string, error) {
	if len(names) == 0 || len(names) > mostLabels || slices.Contains(names, "") {
		return nil, errNames
	}
	return names, nil
}

// literal is a value as Python and JSON write it. Those of a dictionary are keys
// and values in turn.
type literal struct {
	kind   literalKind
	number float64
	text   string
	list   []literal
}

type literalKind int

const (
	aNumber literalKind = iota + 1
	aText
	aList
	aDictionary
)

// index is the whole number that a value is or that its text is.
func (l literal) index() (int, bool) {
	switch l.kind {
	case aText:
		at, err := strconv.Atoi(l.text)
		return at, err == nil && at >= 0
	case aNumber:
		at := int(l.number)
		return at, l.number >= 0 && l.number < mostLabels && float64(at) == l.number
	}
	return 0, false
}

// parser reads a literal. At most two lists or dictionaries lie in one another.
type parser struct{ rest string }

var errLiteral = errors.New("not a list, a dictionary, a text or a number")

func parseLiteral(text string) (literal, error) {
	if len(text) > mostText {
		return literal{}, errLiteral
	}
	p := &parser{text}
	v, err := p.value(0)
	if p.skip(); err == nil && p.rest != "" {
		err = errLiteral
	}
	return v, err
}

func (p *parser) skip() { p.rest = strings.TrimLeft(p.rest, " \t\r\n") }

// take skips what the text begins with, if it begins so.
func (p *parser) take(with string) bool {
	p.skip()
	if strings.HasPrefix(p.rest, with) {
		p.rest = p.rest[len(with):]
		return true
	}
	return false
}

func (p *parser) value(depth int) (literal, error) {
	const deepest = 2
	p.skip()
	if p.rest == "" || depth > deepest {
		return literal{}, errLiteral
	}
	switch p.rest[0] {
	case '[':
		return p.members(depth, "[", "]", aList)
	case '(':
		return p.members(depth, "(", ")", aList)
	case '{':
		return p.members(depth, "{", "}", aDictionary)
	case '\'', '"':
		text, err := p.quoted()
		return literal{kind: aText, text: text}, err
	}
	end := strings.IndexFunc(p.rest, func(r rune) bool { return !strings.ContainsRune("+-.0123456789eE", r) })
	if end < 0 {
		end = len(p.rest)
	}
	number, err := strconv.ParseFloat(p.rest[:end], 64)
	p.rest = p.rest[end:]
	return literal{kind: aNumber, number: number}, err
}

func (p *parser) members(depth int, open, end string, kind literalKind) (literal, error) {
	v := literal{kind: kind}
	p.take(open)
	for !p.take(end) {
		if len(v.list) > 0 && !p.take(",") {
			return v, errLiteral
		}
		if p.take(end) {
			break
		}
		member, err := p.value(depth + 1)
		if err != nil {
			return v, err
		}
		v.list = append(v.list, member)
		if kind == aDictionary {
			if !p.take(":") {
				return v, errLiteral
			}
			if member, err = p.value(depth + 1); err != nil {
				return v, err
			}
			v.list = append(v.list, member)
		}
		if len(v.list) > 2*mostLabels {
			return v, errLiteral
		}
	}
	return v, nil
}

// quoted reads a text in single or double quotes with the escapes that Python and
// JSON share.
func (p *parser) quoted() (string, error) {
	quote := p.rest[0]
	var text strings.Builder
	for i := 1; i < len(p.rest); i++ {
		c := p.rest[i]
		switch {
		case c == quote:
			p.rest = p.rest[i+1:]
			return text.String(), nil
		case c != '\\':
			text.WriteByte(c)
			continue
		}
		r, _, rest, err := strconv.UnquoteChar(p.rest[i:], quote)
		if err != nil {
			// An escape of the other quote, or of a slash.
			if i++; i < len(p.rest) && strings.IndexByte(`'"/`, p.rest[i]) >= 0 {
				text.WriteByte(p.rest[i])
				continue
			}
			return "", errLiteral
		}
		text.WriteRune(r)
		i = len(p.rest) - len(rest) - 1
	}
	return "", errLiteral
}
