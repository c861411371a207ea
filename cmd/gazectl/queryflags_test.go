package main

import (
	"strings"
	"testing"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/models/weights"
	"gaze/models/zoo"
)

func TestQueryFlags(t *testing.T) {
	net, err := zoo.Build("swin_t", weights.Formula{Classes: 2})
	if err != nil {
		t.Fatal(err)
	}
	none, err := zoo.Build("squeezenet1_1", weights.Formula{Classes: 2})
	if err != nil {
		t.Fatal(err)
	}
	raw := []cam.Method{cam.GradCAM(), cam.RawAttention(cam.AttentionQuery{Head: cam.AnyHead, Row: cam.AnyToken})}
	query := func(s string) *string { return &s }
	of := func(heads ...int) (list []cam.AttentionQuery) {
		for _, h := range heads {
			list = append(list, cam.AttentionQuery{Head: h, Row: cam.AnyToken})
		}
		return list
	}
	for _, r := range []struct {
		flags   queryFlags
		methods []cam.Method
		layers  []string
		want    []cam.AttentionQuery
		says    string
	}{
		{queryFlags{}, raw, nil, of(cam.AnyHead), ""},
		{queryFlags{Head: []string{"3"}}, raw, nil, of(3), ""},
		{queryFlags{Head: []string{"2", "0"}}, raw, nil, of(2, 0), ""},
		{queryFlags{Head: []string{"all"}}, raw, []string{"features.1", "features.1.0"}, of(0, 1, 2), ""},
		{queryFlags{Query: query("7, 4")}, raw, nil, []cam.AttentionQuery{{Head: cam.AnyHead, Row: 7, Column: 4}}, ""},
		{queryFlags{Head: []string{"0"}, Query: query("0,0")}, raw, nil, []cam.AttentionQuery{{}}, ""},
		{queryFlags{Head: []string{"-1"}}, raw, nil, nil, "--head -1: give numbers of heads"},
		{queryFlags{Head: []string{"1", "all"}}, raw, nil, nil, "--head all: give numbers of heads"},
		{queryFlags{Head: []string{"1", "1"}}, raw, nil, nil, "head 1 is asked for twice"},
		{queryFlags{Head: []string{"all"}}, raw, []string{"features.1", "features.3"}, nil, "the layers have 3 and 6 heads"},
		{queryFlags{Query: query("7")}, raw, nil, nil, "--query 7: give the row and the column"},
		{queryFlags{Query: query("7,x")}, raw, nil, nil, "--query 7,x: give"},
		{queryFlags{Query: query("-1,0")}, raw, nil, nil, "--query -1,0: give"},
		{queryFlags{Head: []string{"0"}}, raw[:1], nil, nil, "--head and --query go with --method " + raw[1].Name},
	} {
		got, err := r.flags.ask(compute.Recipe{Methods: r.methods, Layers: r.layers}, net)
		switch {
		case r.says != "":
			if err == nil || !strings.Contains(err.Error(), r.says) {
				t.Errorf("%+v: %v", r.flags, err)
			}
		case err != nil:
			t.Errorf("%+v: %v", r.flags, err)
		case len(got) != 1+len(r.want) || got[0].Query != nil:
			t.Errorf("%+v: %d methods", r.flags, len(got))
		default:
			for i, want := range r.want {
				if *got[i+1].Query != want {
					t.Errorf("%+v: %+v", r.flags, *got[i+1].Query)
				}
			}
		}
	}
	if _, err := (queryFlags{Head: []string{"all"}}).ask(compute.Recipe{Methods: raw, Layers: []string{"features.5"}}, none); err == nil || !strings.Contains(err.Error(), "no attention") {
		t.Errorf("of a network without attention: %v", err)
	}
	if q := newQuery(raw[1].Query); q != nil {
		t.Errorf("a query that was not asked for is told: %+v", q)
	}
	q := newQuery(&cam.AttentionQuery{Head: cam.AnyHead, Row: 0, Column: 2})
	if q == nil || q.Head != nil || *q.Row != 0 || *q.Column != 2 {
		t.Errorf("the query is told as %+v", q)
	}
}
