package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// printJSON prints a list as a JSON array.
func printJSON[T any](w io.Writer, list []T) error {
	if list == nil {
		list = []T{}
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	return enc.Encode(list)
}

// table aligns rows of text in columns.
type table struct {
	right []bool
	width []int
	rows  [][]string
	out   io.Writer
}

// newTable begins a table; the columns whose heads begin with '>' are numbers.
func newTable(out io.Writer, heads ...string) *table {
	t := &table{out: out, right: make([]bool, len(heads)), width: make([]int, len(heads))}
	for i, h := range heads {
		t.right[i] = strings.HasPrefix(h, ">")
		heads[i] = strings.TrimPrefix(h, ">")
	}
	t.row(heads...)
	return t
}

func (t *table) row(cells ...string) {
	for i, c := range cells {
		t.width[i] = max(t.width[i], len([]rune(c)))
	}
	t.rows = append(t.rows, cells)
}

// flush prints the table.
func (t *table) flush() error {
	var b strings.Builder
	for _, cells := range t.rows {
		var line strings.Builder
		for i, c := range cells {
			pad := strings.Repeat(" ", t.width[i]-len([]rune(c)))
			if t.right[i] {
				line.WriteString(pad + c + "  ")
			} else {
				line.WriteString(c + pad + "  ")
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	_, err := io.WriteString(t.out, b.String())
	return err
}

// thousands writes a number with thin groups: 1 235 496.
func thousands(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + " " + s[i:]
	}
	return s
}
