package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gaze/compute/cam"
)

// queryFlags ask about the attention of one head and token.
type queryFlags struct {
	Head  *int    `placeholder:"N" help:"Head whose attention the raw attention is, counted from 0. The mean of all unless given."`
	Query *string `placeholder:"ROW,COLUMN" help:"Token whose attention the raw attention is, by its place in the layer's grid, counted from 0. The one that the network's answer is made of unless given, such as the class token."`
}

// ask has the methods that can be asked about a head and a token show these.
func (f queryFlags) ask(methods []cam.Method) ([]cam.Method, error) {
	if f.Head == nil && f.Query == nil {
		return methods, nil
	}
	q := cam.AttentionQuery{Head: cam.AnyHead, Row: cam.AnyToken}
	if f.Head != nil {
		if q.Head = *f.Head; q.Head < 0 {
			return nil, fmt.Errorf("--head %d: heads are counted from 0", q.Head)
		}
	}
	if f.Query != nil {
		row, column, both := strings.Cut(*f.Query, ",")
		var errs [2]error
		q.Row, errs[0] = strconv.Atoi(strings.TrimSpace(row))
		q.Column, errs[1] = strconv.Atoi(strings.TrimSpace(column))
		if !both || errors.Join(errs[:]...) != nil || q.Row < 0 || q.Column < 0 {
			return nil, fmt.Errorf("--query %s: give the row and the column of a token, counted from 0, as in --query 7,4", *f.Query)
		}
	}
	methods = slices.Clone(methods)
	asked := false
	for i, m := range methods {
		if m.Query != nil {
			methods[i], asked = cam.RawAttention(q), true
		}
	}
	if asked {
		return methods, nil
	}
	var can []string
	for _, m := range cam.Methods() {
		if m.Query != nil {
			can = append(can, m.Name)
		}
	}
	return nil, fmt.Errorf("--head and --query go with --method %s", strings.Join(can, " or "))
}
