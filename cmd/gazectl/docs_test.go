package main

// The documents are held against the program: tables that are made from it, numbers
// that stand in prose, code that is quoted, and links. make golden rewrites tables
// and quotations.

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"gaze/compute/cam"
	"gaze/compute/output/golden"
	"gaze/compute/picture"
	"gaze/models"
	"gaze/models/builtin"
	"gaze/models/keras/apps"
	"gaze/models/weights"
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

// TestListOfKerasNetworks: docs/networks.md has the networks of keras.applications.
func TestListOfKerasNetworks(t *testing.T) {
	const begin, end = "<!-- keras: made by make golden -->\n", "<!-- end of keras -->\n"
	path := filepath.Join(docs, "networks.md")
	before, rest, found := strings.Cut(document(t, path), begin)
	_, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		t.Fatalf("%s has no place for the list", path)
	}
	golden.Text(t, path, before+begin+"`"+strings.Join(apps.Names(), "` `")+"`\n"+end+after)
}

// Each method has a row in the table of docs/methods.md, with its name, its title,
// and whether its map depends on the class.
func TestTableOfMethods(t *testing.T) {
	const head = "| name | title |"
	_, rest, found := strings.Cut(document(t, filepath.Join(docs, "methods.md")), head)
	if !found {
		t.Fatalf("docs/methods.md has no table that begins with %q", head)
	}
	table, _, _ := strings.Cut(rest, "\n\n")
	var have, want []string
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.TrimSpace(line), " | ")
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		if len(cells) != 6 {
			t.Fatalf("a row has %d columns, not 6: %s", len(cells), line)
		}
		have = append(have, fmt.Sprintf("%s | %s | class: %s", cells[0], cells[1], cells[4]))
	}
	for _, m := range cam.Methods() {
		class := "yes"
		if m.ClassAgnostic {
			class = "no"
		}
		want = append(want, fmt.Sprintf("| `%s` | %s | class: %s", m.Name, m.Title, class))
	}
	if !slices.Equal(have, want) {
		t.Errorf("docs/methods.md has the rows\n%s\nand the program the methods\n%s", strings.Join(have, "\n"), strings.Join(want, "\n"))
	}
}

// The sidecar that is shown can be read, and each usual preprocessing has a row.
func TestSidecarInTheDocuments(t *testing.T) {
	text := document(t, filepath.Join(docs, "networks.md"))
	_, rest, found := strings.Cut(text, "```json\n")
	example, _, ended := strings.Cut(rest, "```\n")
	if !found || !ended {
		t.Fatal("docs/networks.md shows no sidecar")
	}
	side, err := weights.DecodeSidecar([]byte(example))
	if err != nil || len(side.Unknown) > 0 {
		t.Errorf("the sidecar that is shown: %+v, %v", side, err)
	}
	for _, name := range models.Presets() {
		if !strings.Contains(text, "\n| `"+name+"` | ") {
			t.Errorf("the preprocessing %s has no row", name)
		}
	}
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

// Blocks of code, and links and pictures outside of them.
var (
	fenced = regexp.MustCompile("(?ms)^ *```.*?^ *```$")
	link   = regexp.MustCompile(`\]\(([^)\s]+)\)`)
)

// TestLinks: a link to a file of the project leads to one, and where it names a
// heading to a heading.
func TestLinks(t *testing.T) {
	documents := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		hidden := strings.HasPrefix(d.Name(), ".") && d.Name() != ".github" && path != root
		switch {
		case err != nil:
			return err
		case d.IsDir() && (hidden || d.Name() == "testdata" || d.Name() == "bin"):
			return filepath.SkipDir
		case d.IsDir() || filepath.Ext(path) != ".md":
			return nil
		}
		documents++
		for _, found := range link.FindAllStringSubmatch(fenced.ReplaceAllString(document(t, path), ""), -1) {
			if to := found[1]; !strings.Contains(to, "://") {
				checkLink(t, path, to)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if documents < 10 {
		t.Errorf("only %d documents were found", documents)
	}
}

// checkLink follows a link of a document.
func checkLink(t *testing.T, from, to string) {
	t.Helper()
	file, heading, named := strings.Cut(to, "#")
	target := from
	if file != "" {
		target = filepath.Join(filepath.Dir(from), filepath.FromSlash(file))
	}
	if _, err := os.Stat(target); err != nil {
		t.Errorf("%s links to %s, which is not there", from, to)
		return
	}
	if named && !slices.Contains(anchors(document(t, target)), heading) {
		t.Errorf("%s links to %s, but %s has no such heading", from, to, target)
	}
}

// anchors are what links call a document's headings by, as GitHub makes them.
func anchors(text string) []string {
	var list []string
	for line := range strings.Lines(fenced.ReplaceAllString(text, "")) {
		title, found := strings.CutPrefix(strings.TrimLeft(line, "#"), " ")
		if !found || !strings.HasPrefix(line, "#") {
			continue
		}
		list = append(list, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_':
				return unicode.ToLower(r)
			}
			return -1
		}, strings.TrimSpace(title)))
	}
	return list
}

// What the desktop is told that the window opens is what can be read.
func TestDesktopOpensWhatCanBeRead(t *testing.T) {
	var types []string
	for _, f := range picture.Formats() {
		if f == "dicom" {
			types = append(types, "application/dicom")
			continue
		}
		types = append(types, "image/"+f)
	}
	want := strings.Join(types, ";")
	for file, line := range map[string]string{
		"FyneApp.toml":          fmt.Sprintf("\n  MimeTypes = %q\n", want),
		"icon/app.gaze.desktop": "\nMimeType=" + want + ";\n",
	} {
		if !strings.Contains(document(t, filepath.Join(root, file)), line) {
			t.Errorf("%s does not have the line %q", file, strings.TrimSpace(line))
		}
	}
}
