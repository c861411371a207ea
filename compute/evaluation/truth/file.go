package truth

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// File are the true classes of pictures by a table that lists them.
type File struct {
	named map[string][]int
	used  map[string]bool
}

// Read reads a table of true classes. Each entry has the path of a picture or a folder,
// relative to the folder that is analysed, and its classes by name, by index or by
// WordNet's identifier:
//
//	cat/1.jpg,tabby        a line in a CSV file; further classes in further columns
//	{"cat/1.jpg": "tabby"} in a JSON file; a list for several classes
//
// A picture may also be called by its name alone, and without extension. The CSV file
// may begin with a line of headings, and its columns may be separated by semicolons or
// tabs. An entry without classes says that they are not known. Errors name the file
// and the line.
func Read(name string, c *Classes) (*File, error) {
	data, err := read(name)
	if err != nil {
		return nil, fmt.Errorf("reading the true classes: %w", err)
	}
	f := &File{named: make(map[string][]int), used: make(map[string]bool)}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if strings.EqualFold(filepath.Ext(name), ".json") {
		err = f.json(data, c)
	} else {
		err = f.csv(data, c)
	}
	if err != nil {
		return nil, fmt.Errorf("%s, %w", name, err)
	}
	if len(f.named) == 0 {
		return nil, fmt.Errorf("%s has no entries; each has the path of a picture or a folder, and a class", name)
	}
	return f, nil
}

// headings are what the first column may be called.
var headings = []string{"path", "file", "filename", "file_name", "name", "image", "picture", "folder", "id"}

func (f *File) csv(data []byte, c *Classes) error {
	records := csv.NewReader(bytes.NewReader(data))
	records.Comma = separator(data)
	records.FieldsPerRecord, records.TrimLeadingSpace, records.Comment = -1, true, '#'
	for first := true; ; first = false {
		record, err := records.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		var wrong *csv.ParseError
		if errors.As(err, &wrong) {
			return fmt.Errorf("line %d: a quotation mark is missing or out of place", wrong.Line)
		}
		if err != nil {
			return err
		}
		if first && slices.Contains(headings, strings.ToLower(strings.TrimSpace(record[0]))) {
			continue
		}
		line, _ := records.FieldPos(0)
		if len(record) < 2 {
			return fmt.Errorf("line %d: %q has no class beside it; separate them by a comma", line, record[0])
		}
		if err := f.entry(record[0], record[1:], c); err != nil {
			return fmt.Errorf("line %d: %w", line, err)
		}
	}
}

// separator is what separates the columns of the first line that is no comment.
func separator(data []byte) rune {
	for line := range strings.Lines(string(data[:min(len(data), 1<<16)])) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		for _, sign := range ",;\t" {
			if strings.ContainsRune(line, sign) {
				return sign
			}
		}
	}
	return ','
}

// json reads an object token by token, to know the lines.
func (f *File) json(data []byte, c *Classes) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	line := func() int { return lineAt(data, d.InputOffset()) }
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return fmt.Errorf("line %d: it is no object with a class for each picture or folder", line())
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return fmt.Errorf("line %d: it is no valid JSON", line())
		}
		// A key of an object is always a string.
		name, _ := key.(string)
		at := line()
		var value any
		if err := d.Decode(&value); err != nil {
			return fmt.Errorf("line %d: it is no valid JSON", line())
		}
		classes, err := texts(value)
		if err == nil {
			err = f.entry(name, classes, c)
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", at, err)
		}
	}
	if _, err := d.Token(); err != nil {
		return fmt.Errorf("line %d: the file ends before its last brace", line())
	}
	return nil
}

// texts are the classes of an entry in JSON.
func texts(value any) ([]string, error) {
	switch v := value.(type) {
	case nil:
		return nil, nil
	case string:
		return []string{v}, nil
	case json.Number:
		return []string{v.String()}, nil
	case []any:
		var list []string
		for _, one := range v {
			if _, nested := one.([]any); nested {
				break
			}
			text, err := texts(one)
			if err != nil {
				return nil, err
			}
			list = append(list, text...)
		}
		if len(list) == len(v) {
			return list, nil
		}
	}
	return nil, errors.New("a class is a name or a number, and several are a list of these")
}

// entry takes in the classes of a picture or a folder.
func (f *File) entry(name string, classes []string, c *Classes) error {
	key := cleaned(name)
	if _, twice := f.named[key]; twice {
		return fmt.Errorf("%s is listed twice; put several classes into one entry", strconv.Quote(name))
	}
	list := []int{}
	for _, text := range classes {
		if strings.TrimSpace(text) == "" {
			continue
		}
		class, err := c.find(text)
		if err != nil {
			return err
		}
		if !slices.Contains(list, class) {
			list = append(list, class)
		}
	}
	f.named[key] = list
	return nil
}

// cleaned is a path with slashes, without what does not change where it leads.
func cleaned(name string) string {
	return path.Clean(strings.ReplaceAll(strings.TrimSpace(name), `\`, "/"))
}

// Classes implements [Source]. The entry of a picture goes before that of its folder,
// and a closer folder before one farther above.
func (f *File) Classes(file string) []int {
	base := path.Base(file)
	names := []string{file, strings.TrimSuffix(file, path.Ext(file)), base, strings.TrimSuffix(base, path.Ext(base))}
	for dir := path.Dir(file); ; dir = path.Dir(dir) {
		names = append(names, dir)
		if dir == "." || dir == "/" {
			break
		}
	}
	for _, name := range names {
		if classes, ok := f.named[name]; ok {
			f.used[name] = true
			return classes
		}
	}
	return nil
}

// Unused are the entries that no picture was asked for so far, sorted.
func (f *File) Unused() []string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(f.named)) {
		if !f.used[name] {
			list = append(list, name)
		}
	}
	return list
}
