package main

import (
	"strings"
	"testing"

	"gaze/compute/cam"
)

func TestQueryFlags(t *testing.T) {
	raw := []cam.Method{cam.GradCAM(), cam.RawAttention(cam.AttentionQuery{Head: cam.AnyHead, Row: cam.AnyToken})}
	head := func(n int) *int { return &n }
	query := func(s string) *string { return &s }
	for _, r := range []struct {
		flags   queryFlags
		methods []cam.Method
		want    cam.AttentionQuery
		says    string
	}{
		{queryFlags{}, raw, *raw[1].Query, ""},
		{queryFlags{Head: head(3)}, raw, cam.AttentionQuery{Head: 3, Row: cam.AnyToken}, ""},
		{queryFlags{Query: query("7, 4")}, raw, cam.AttentionQuery{Head: cam.AnyHead, Row: 7, Column: 4}, ""},
		{queryFlags{Head: head(0), Query: query("0,0")}, raw, cam.AttentionQuery{}, ""},
		{queryFlags{Head: head(-1)}, raw, cam.AttentionQuery{}, "--head -1: heads are counted from 0"},
		{queryFlags{Query: query("7")}, raw, cam.AttentionQuery{}, "--query 7: give the row and the column"},
		{queryFlags{Query: query("7,x")}, raw, cam.AttentionQuery{}, "--query 7,x: give"},
		{queryFlags{Query: query("-1,0")}, raw, cam.AttentionQuery{}, "--query -1,0: give"},
		{queryFlags{Head: head(0)}, raw[:1], cam.AttentionQuery{}, "--head and --query go with --method " + raw[1].Name},
	} {
		got, err := r.flags.ask(r.methods)
		switch {
		case r.says != "":
			if err == nil || !strings.Contains(err.Error(), r.says) {
				t.Errorf("%+v: %v", r.flags, err)
			}
		case err != nil:
			t.Errorf("%+v: %v", r.flags, err)
		case *got[1].Query != r.want || got[0].Query != nil:
			t.Errorf("%+v: %+v", r.flags, *got[1].Query)
		}
	}
	if q := newQuery(raw[1].Query); q != nil {
		t.Errorf("a query that was not asked for is told: %+v", q)
	}
	q := newQuery(&cam.AttentionQuery{Head: cam.AnyHead, Row: 0, Column: 2})
	if q == nil || q.Head != nil || *q.Row != 0 || *q.Column != 2 {
		t.Errorf("the query is told as %+v", q)
	}
}
