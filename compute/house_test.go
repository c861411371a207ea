package compute_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gaze/compute/cam"
)

// house is the project's root.
const house = ".."

// room is one of the project's packages, as go list describes it.
type room struct {
	path string
	// imports are the packages that it names, deps those that are linked with it.
	imports, deps []string
}

// rooms lists the project's packages, of which tests are no part. With -e a package
// that cannot be built on this system, as the window without cgo, is listed too.
func rooms(t *testing.T) []room {
	t.Helper()
	list := exec.Command("go", "list", "-e", "-f", `{{.ImportPath}};{{join .Imports ","}};{{join .Deps ","}}`, "./...")
	list.Dir, list.Stderr = house, os.Stderr
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []room
	for line := range strings.Lines(string(out)) {
		part := strings.Split(strings.TrimSpace(line), ";")
		all = append(all, room{part[0], strings.Split(part[1], ","), strings.Split(part[2], ",")})
	}
	if len(all) < 20 {
		t.Fatalf("go list finds %d packages only", len(all))
	}
	return all
}

// within reports whether a package is one of those or below them.
func within(name string, of ...string) bool {
	for _, p := range of {
		if name == p || strings.HasPrefix(name, p+"/") {
			return true
		}
	}
	return false
}

// The walls between the rooms: what a package may import.
func TestWalls(t *testing.T) {
	all := rooms(t)
	devices := []string{"gaze/compute/engine/machine", "gaze/compute/engine/op", "gaze/compute/engine/lower"}
	for _, r := range all {
		// Each of the engine's packages besides these three is a device.
		if path.Dir(r.path) == "gaze/compute/engine" && !slices.Contains(devices, r.path) {
			devices = append(devices, r.path)
		}
	}
	if len(devices) < 5 {
		t.Fatalf("the engine has no devices: %v", devices)
	}
	parts := devices[:3]
	for _, wall := range []struct {
		says string
		// among are the packages that the wall is about, apart from those in but.
		among, but []string
		// never are packages that they may not import, with deep not even by way of
		// another package.
		never []string
		deep  bool
	}{
		{says: "only the engine knows the graph and the GPU's driver", among: []string{"gaze"}, but: []string{"gaze/compute/engine"}, never: []string{"gorgonia.org/gorgonia", "gorgonia.org/cu"}},
		{says: "only the window knows Fyne", among: []string{"gaze"}, but: []string{"gaze/ui", "gaze/cmd/gaze"}, never: []string{"fyne.io"}, deep: true},
		{says: "the window's state does without Fyne", among: []string{"gaze/ui/state"}, never: []string{"fyne.io"}, deep: true},
		{says: "the engine draws nothing and knows no method", among: []string{"gaze/compute/engine"}, never: []string{"gaze/compute/heat", "gaze/compute/cam"}, deep: true},
		{says: "a network does not know who runs it", among: []string{"gaze/models"}, never: []string{"gaze/compute", "gaze/ui", "gaze/cmd"}, deep: true},
		{says: "computing knows neither window nor command line", among: []string{"gaze/compute"}, never: []string{"gaze/ui", "gaze/cmd"}, deep: true},
		{says: "only the engine knows the devices", among: []string{"gaze"}, but: []string{"gaze/compute/engine"}, never: devices},
		{says: "only the sandbox of decoders knows its runtime", among: []string{"gaze"}, but: []string{"gaze/compute/picture/wasm"}, never: []string{"github.com/tetratelabs/wazero"}},
		{says: "the machine knows no device", among: parts, never: devices[3:], deep: true},
	} {
		seen := 0
		for _, r := range all {
			if !within(r.path, wall.among...) || within(r.path, wall.but...) {
				continue
			}
			seen++
			made := r.imports
			if wall.deep {
				made = r.deps
			}
			for _, p := range made {
				if within(p, wall.never...) {
					t.Errorf("%s: but %s imports %s", wall.says, r.path, p)
				}
			}
		}
		if seen == 0 {
			t.Errorf("%s: there is no such package", wall.says)
		}
	}
}

// sources calls look with every Go file of the program, tests left out.
func sources(t *testing.T, look func(name string, file *ast.File, at func(token.Pos) token.Position)) {
	t.Helper()
	files := token.NewFileSet()
	err := filepath.WalkDir(house, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != house && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "bin"):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(files, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		look(filepath.ToSlash(name), file, files.Position)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Whoever wants to know something of a method asks the method: there is no name of
// one outside package cam, but for texts that mention several.
func TestNobodyKnowsAMethodByName(t *testing.T) {
	names := make(map[string]bool)
	for _, m := range cam.Methods() {
		names[m.Name], names[m.Title] = true, true
	}
	sources(t, func(name string, file *ast.File, at func(token.Pos) token.Position) {
		if strings.HasPrefix(name, house+"/compute/cam/") {
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if s, err := strconv.Unquote(lit.Value); err == nil && names[s] {
					t.Errorf("%v: the method %s is known by name", at(lit.Pos()), lit.Value)
				}
			}
			return true
		})
	})
}

// An error's text is for people; programs ask for its kind.
func TestNobodyComparesAnErrorsText(t *testing.T) {
	text := func(e ast.Expr) bool {
		call, ok := e.(*ast.CallExpr)
		if !ok || len(call.Args) > 0 {
			return false
		}
		method, ok := call.Fun.(*ast.SelectorExpr)
		return ok && method.Sel.Name == "Error"
	}
	asks := map[string]bool{"Contains": true, "HasPrefix": true, "HasSuffix": true, "Index": true, "EqualFold": true, "Count": true, "Compare": true}
	sources(t, func(_ string, file *ast.File, at func(token.Pos) token.Position) {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BinaryExpr:
				if text(n.X) || text(n.Y) {
					if n.Op == token.EQL || n.Op == token.NEQ {
						t.Errorf("%v: an error's text is compared", at(n.Pos()))
					}
				}
			case *ast.SwitchStmt:
				if n.Tag != nil && text(n.Tag) {
					t.Errorf("%v: an error's text is compared", at(n.Pos()))
				}
			case *ast.CallExpr:
				of, ok := n.Fun.(*ast.SelectorExpr)
				if !ok || !asks[of.Sel.Name] {
					return true
				}
				if pkg, ok := of.X.(*ast.Ident); ok && pkg.Name == "strings" && slices.ContainsFunc(n.Args, text) {
					t.Errorf("%v: an error's text is searched", at(n.Pos()))
				}
			}
			return true
		})
	})
}
