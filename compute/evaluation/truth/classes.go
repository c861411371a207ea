// Package truth finds out which classes pictures really show: from the names of their
// folders, or from a file.
package truth

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"gaze/models/labels"
)

// Classes finds a network's classes by what people call them.
type Classes struct {
	names []string
	// spelled has the classes of each spelling.
	spelled map[string][]int
	// synsets has the classes of WordNet's identifiers.
	synsets map[string]int
}

// NewClasses returns the classes with these names. Those of ImageNet are also found by
// WordNet's identifiers.
func NewClasses(names []string) *Classes {
	c := &Classes{names: names, spelled: make(map[string][]int), synsets: make(map[string]int)}
	for i, name := range names {
		// Some lists have all synonyms of a class: "tench, Tinca tinca".
		for _, spelling := range append(strings.Split(name, ","), name) {
			if s := folded(spelling); s != "" && !slices.Contains(c.spelled[s], i) {
				c.spelled[s] = append(c.spelled[s], i)
			}
		}
		if id, _, _ := strings.Cut(name, " "); isSynset(id) {
			c.synsets[id] = i
		}
	}
	if known := labels.ImageNet(); slices.Equal(names, known) {
		for i, id := range labels.ImageNetSynsets() {
			c.synsets[id] = i
		}
	}
	return c
}

// Count is the number of classes.
func (c *Classes) Count() int { return len(c.names) }

// Name is what class i is called.
func (c *Classes) Name(i int) string { return c.names[i] }

// ByName returns the classes that a name may mean: one, none, or several that are
// called the same. Upper and lower case are the same, spaces and signs do not count,
// so that back_pack is backpack. A name may begin with a WordNet identifier or a number
// (n01443537_goldfish, 001.Albatross), and may be a plural in -s where there is no such
// class.
func (c *Classes) ByName(name string) []int {
	name = strings.TrimSpace(name)
	if found := c.spelled[folded(name)]; len(found) > 0 {
		return found
	}
	id, rest := name, ""
	if i := strings.IndexFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }); i > 0 {
		id, rest = name[:i], name[i+1:]
	}
	if i, ok := c.synsets[strings.ToLower(id)]; ok {
		return []int{i}
	}
	if isSynset(strings.ToLower(id)) || isNumber(id) {
		if found := c.spelled[folded(rest)]; len(found) > 0 {
			return found
		}
	}
	if singular, ok := strings.CutSuffix(folded(name), "s"); ok {
		return c.spelled[singular]
	}
	return nil
}

// ByNumber returns the class that a number means: its index.
func (c *Classes) ByNumber(number string) (int, bool) {
	if !isNumber(number) {
		return 0, false
	}
	i, err := strconv.Atoi(number)
	return i, err == nil && i < len(c.names)
}

// find returns the one class that a text means, which is a name or an index.
func (c *Classes) find(text string) (int, error) {
	found := c.ByName(text)
	switch i, ok := c.ByNumber(strings.TrimSpace(text)); {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return 0, fmt.Errorf("class %q may be %s; write the number", text, c.several(found))
	case ok:
		return i, nil
	case isNumber(strings.TrimSpace(text)):
		return 0, fmt.Errorf("class %s is not between 0 and %d", strings.TrimSpace(text), len(c.names)-1)
	}
	if near := c.near(text); len(near) > 0 {
		return 0, fmt.Errorf("the network has no class %q; perhaps %s. Leave the class empty where the network has none", text, c.several(near))
	}
	return 0, fmt.Errorf("the network has no class %q; leave the class empty where the network has none", text)
}

// near are classes whose names contain a text or are contained in it.
func (c *Classes) near(text string) []int {
	s := folded(text)
	var list []int
	for i, name := range c.names {
		if n := folded(name); s != "" && n != "" && (strings.Contains(n, s) || strings.Contains(s, n)) {
			list = append(list, i)
		}
	}
	return list
}

// several lists a few classes with their numbers.
func (c *Classes) several(list []int) string {
	const most = 5
	var names []string
	for _, i := range list[:min(most, len(list))] {
		names = append(names, fmt.Sprintf("%s (%d)", c.names[i], i))
	}
	if n := len(list) - most; n > 0 {
		return fmt.Sprintf("%s or one of %d more", strings.Join(names, ", "), n)
	}
	return strings.Join(names, " or ")
}

// folded is a name in small letters without anything but letters and digits.
func folded(name string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}

// isSynset reports whether a text looks like WordNet's identifier of a noun.
func isSynset(s string) bool { return len(s) == 9 && s[0] == 'n' && isNumber(s[1:]) }

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
