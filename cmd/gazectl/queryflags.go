package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/models"
)

// queryFlags ask about the attention of some heads and a token.
type queryFlags struct {
	Head  []string `placeholder:"N,M|all" help:"Heads whose attention the raw attention is, counted from 0, a map each. The mean of all in one map unless given."`
	Query *string  `placeholder:"ROW,COLUMN" help:"Token whose attention the raw attention is, by its place in the layer's grid, counted from 0. The one that the network's answer is made of unless given, such as the class token."`
}

// allHeads asks for a map of each head.
const allHeads = "all"

// ask has the methods of a checked recipe that can be asked about a head and a token show
// these.
func (f queryFlags) ask(r compute.Recipe, net *models.Network) ([]cam.Method, error) {
	if len(f.Head) == 0 && f.Query == nil {
		return r.Methods, nil
	}
	q := cam.AttentionQuery{Head: cam.AnyHead, Row: cam.AnyToken}
	if f.Query != nil {
		row, column, both := strings.Cut(*f.Query, ",")
		var errs [2]error
		q.Row, errs[0] = strconv.Atoi(strings.TrimSpace(row))
		q.Column, errs[1] = strconv.Atoi(strings.TrimSpace(column))
		if !both || errors.Join(errs[:]...) != nil || q.Row < 0 || q.Column < 0 {
			return nil, fmt.Errorf("--query %s: give the row and the column of a token, counted from 0, as in --query 7,4", *f.Query)
		}
	}
	heads, err := f.heads(net, r.Layers)
	if err != nil {
		return nil, err
	}
	var methods []cam.Method
	asked := false
	for _, m := range r.Methods {
		if m.Query == nil {
			methods = append(methods, m)
			continue
		}
		asked = true
		for _, q.Head = range heads {
			methods = append(methods, cam.RawAttention(q))
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

// heads are those asked for.
func (f queryFlags) heads(net *models.Network, layers []string) ([]int, error) {
	switch {
	case len(f.Head) == 0:
		return []int{cam.AnyHead}, nil
	case len(f.Head) == 1 && f.Head[0] == allHeads:
		return every(net, layers)
	}
	var heads []int
	for _, text := range f.Head {
		head, err := strconv.Atoi(text)
		switch {
		case err != nil || head < 0:
			return nil, fmt.Errorf("--head %s: give numbers of heads, counted from 0, or %s", text, allHeads)
		case slices.Contains(heads, head):
			return nil, fmt.Errorf("head %d is asked for twice", head)
		}
		heads = append(heads, head)
	}
	return heads, nil
}

// every are all heads of the attention in the blocks of layers.
func every(net *models.Network, layers []string) ([]int, error) {
	count := 0
	for _, name := range layers {
		l, ok := net.AttentionOf(name)
		switch {
		case !ok:
			return nil, fmt.Errorf("network %s: --head %s: %w", net.Name, allHeads, cam.ErrNoAttention)
		case count != 0 && count != l.Attr.Heads:
			return nil, fmt.Errorf("the layers have %d and %d heads: name them, or explain one layer at a time", count, l.Attr.Heads)
		}
		count = l.Attr.Heads
	}
	heads := make([]int, count)
	for i := range heads {
		heads[i] = i
	}
	return heads, nil
}
