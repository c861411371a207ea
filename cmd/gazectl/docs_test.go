package main

// The documents are held against the program: tables that are made from it, numbers
// that stand in prose, and code that is quoted. make golden rewrites tables and
// quotations.

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gaze/compute/output/golden"
	"gaze/models/builtin"
	"gaze/models/zoo"
)

// docs is the folder of documents, root that of the project.
const (
	docs = "../../docs"
	root = "../.."
)

func document(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestTableOfNetworks(t *testing.T) {
	const begin, end = "<!-- families: made by make golden -->\n", "<!-- end of families -->\n"
	path := filepath.Join(docs, "networks.md")
	have := document(t, path)
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
	golden.Text(t, path, before+begin+table+end+after)
}

func TestCountsInProse(t *testing.T) {
	net, err := builtin.Network()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ path, text string }{
		{filepath.Join(root, "README.md"), fmt.Sprintf("[%d networks](docs/networks.md)", len(zoo.Names())-1)},
		{filepath.Join(root, "README.md"), fmt.Sprintf("%d everyday things", net.Classes())},
	} {
		if !strings.Contains(document(t, c.path), c.text) {
			t.Errorf("%s does not say %q", c.path, c.text)
		}
	}
}

// quotation is a block of Go in a document, after a comment that names its file
// and the name of a region there: from a line //quote:NAME to one //quote:end.
var quotation = regexp.MustCompile("(?s)(<!-- quote (\\S+) (\\S+) -->\n```go\n)(.*?)(```\n)")

func TestQuotations(t *testing.T) {
	documents, err := filepath.Glob(filepath.Join(docs, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range documents {
		have := document(t, path)
		want := quotation.ReplaceAllStringFunc(have, func(block string) string {
			part := quotation.FindStringSubmatch(block)
			return part[1] + region(t, part[2], part[3]) + part[5]
		})
		golden.Text(t, path, want)
		if left := strings.Count(have, "<!-- quote "); left != len(quotation.FindAllString(have, -1)) {
			t.Errorf("%s has %d comments that announce a quotation, but not all have one", path, left)
		}
	}
}

// region is what stands in a file of the project between the two comments,
// without the indentation that all lines have.
func region(t *testing.T, path, name string) string {
	t.Helper()
	_, rest, found := strings.Cut(document(t, filepath.Join(root, path)), "//quote:"+name+"\n")
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
