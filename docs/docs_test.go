// Package docs_test holds the documents against the program: tables that are made
// from it, numbers that stand in prose, and code that is quoted. With -update it
// rewrites tables and quotations.
package docs_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gaze/models/builtin"
	"gaze/models/zoo"
)

var update = flag.Bool("update", false, "rewrite what documents have from the program")

// hold compares a document with what it should be, or rewrites it.
func hold(t *testing.T, path, have, want string) {
	t.Helper()
	switch {
	case have == want:
	case !*update:
		t.Errorf("%s is stale: run go test ./docs -update", path)
	default:
		if err := os.WriteFile(path, []byte(want), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestTableOfNetworks(t *testing.T) {
	const path, begin, end = "networks.md", "<!-- families: made by go test ./docs -update -->\n", "<!-- end of families -->\n"
	have := read(t, path)
	before, rest, found := strings.Cut(have, begin)
	_, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		t.Fatalf("%s has no place for the table", path)
	}
	table := "| family | names |\n|---|---|\n"
	for _, f := range zoo.Families() {
		// What is built in is not asked for by its architecture.
		names := slices.DeleteFunc(f.Networks, func(name string) bool { return name == builtin.Name })
		table += fmt.Sprintf("| %s | `%s` |\n", f.Name, strings.Join(names, "` `"))
	}
	hold(t, path, have, before+begin+table+end+after)
}

func TestCountsInProse(t *testing.T) {
	net, err := builtin.Network()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ path, text string }{
		{"../README.md", fmt.Sprintf("[%d networks](docs/networks.md)", len(zoo.Names())-1)},
		{"../README.md", fmt.Sprintf("%d everyday things", net.Classes())},
	} {
		if !strings.Contains(read(t, c.path), c.text) {
			t.Errorf("%s does not say %q", c.path, c.text)
		}
	}
}

// quotation is a block of Go in a document, after a comment that names its file
// and the name of a region there: from a line //quote:NAME to one //quote:end.
var quotation = regexp.MustCompile("(?s)(<!-- quote (\\S+) (\\S+) -->\n```go\n)(.*?)(```\n)")

func TestQuotations(t *testing.T) {
	documents, err := filepath.Glob("*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range documents {
		have := read(t, path)
		want := quotation.ReplaceAllStringFunc(have, func(block string) string {
			part := quotation.FindStringSubmatch(block)
			return part[1] + region(t, part[2], part[3]) + part[5]
		})
		hold(t, path, have, want)
		if left := strings.Count(have, "<!-- quote "); left != len(quotation.FindAllString(have, -1)) {
			t.Errorf("%s has %d comments that announce a quotation, but not all have one", path, left)
		}
	}
}

// region is what stands in a file of the project between the two comments,
// without the indentation that all lines have.
func region(t *testing.T, path, name string) string {
	t.Helper()
	_, rest, found := strings.Cut(read(t, filepath.Join("..", path)), "//quote:"+name+"\n")
	text, _, ended := strings.Cut(rest, "//quote:end\n")
	if !found || !ended {
		t.Fatalf("%s has no region %q", path, name)
	}
	// The second comment's own indentation is left over.
	lines := strings.Split(strings.Trim(strings.TrimRight(text, "\t"), "\n"), "\n")
	indent := len(lines[0]) - len(strings.TrimLeft(lines[0], "\t"))
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(line, strings.Repeat("\t", indent))
	}
	return strings.Join(lines, "\n") + "\n"
}
