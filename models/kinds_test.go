package models

import (
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// constants are the kinds that kind.go declares, each with the comment on its
// line.
func constants(t *testing.T) map[Kind]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "kind.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[Kind]string)
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if of, ok := spec.Type.(*ast.Ident); !ok || of.Name != "Kind" {
			t.Errorf("%v is no Kind: it does not belong in kind.go", spec.Names)
			return true
		}
		name, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		if name != spec.Names[0].Name {
			t.Errorf("%s is written %q", spec.Names[0].Name, name)
		}
		found[Kind(name)] = strings.TrimSpace(spec.Comment.Text())
		return true
	})
	return found
}

func TestEveryKindHasARow(t *testing.T) {
	declared := constants(t)
	for kind, comment := range declared {
		if _, ok := kinds[kind]; !ok {
			t.Errorf("%s has no row in the table of kinds", kind)
		}
		if comment == "" {
			t.Errorf("%s has no comment that says what it computes", kind)
		}
	}
	for _, kind := range Kinds() {
		if _, ok := declared[kind]; !ok {
			t.Errorf("the table of kinds has a row for %s, which kind.go does not declare", kind)
		}
	}
}

func TestEveryRowIsWhole(t *testing.T) {
	for kind, k := range kinds {
		if k.inputs != oneOrMore && k.inputs != none && k.inputs < 1 {
			t.Errorf("%s does not say how many layers it reads", kind)
		}
		if k.shape == nil {
			t.Errorf("%s has no rule for its shape", kind)
		}
		if k.relation == 0 {
			t.Errorf("%s does not say what it does with what it reads", kind)
		}
		if k.axes != 0 && k.axes != 4 {
			t.Errorf("%s needs %d axes, for which there is no message", kind, k.axes)
		}
	}
}

func TestParametersAreFieldsOfAttr(t *testing.T) {
	attr := reflect.TypeFor[Attr]()
	for _, kind := range Kinds() {
		for _, name := range kind.Parameters() {
			if field, ok := attr.FieldByName(name); !ok || field.Type.Kind() != reflect.Float64 {
				t.Errorf("%s reads %s, which is no number of Attr", kind, name)
			}
			if !kind.Activation() {
				t.Errorf("%s has parameters but is no activation function", kind)
			}
		}
	}
}

func TestActivationFunctions(t *testing.T) {
	for kind, want := range map[Kind]bool{ReLU: true, HardSigmoid: true, Sigmoid: true, Conv: false, Softmax: false, Dropout: false} {
		if kind.Activation() != want {
			t.Errorf("%s is an activation function: %v, not %v", kind, kind.Activation(), want)
		}
	}
	if got := HardSigmoid.Parameters(); !slices.Equal(got, []string{"Alpha", "Beta"}) {
		t.Errorf("HardSigmoid reads %v", got)
	}
	if got := Kind("Nonsense"); got.Activation() || got.Parameters() != nil {
		t.Errorf("%s is no kind, yet known", got)
	}
}
