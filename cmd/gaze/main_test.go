package main

import (
	"testing"

	"github.com/alecthomas/kong"
)

func TestFileNamesAreTakenVerbatim(t *testing.T) {
	name := "caf\xe9.jpg"
	var args struct {
		Model string
		Paths []string `arg:"" optional:""`
	}
	parser, err := kong.New(&args, verbatimStrings())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse([]string{"--model", name, name, "a b"}); err != nil {
		t.Fatal(err)
	}
	if args.Model != name || len(args.Paths) != 2 || args.Paths[0] != name || args.Paths[1] != "a b" {
		t.Errorf("the arguments are %+q", args)
	}
}
