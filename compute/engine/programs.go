package engine

import (
	"errors"
	"slices"
	"strings"

	"gaze/compute/engine/machine"
)

// maxPrograms bounds how many programs an Engine keeps prepared. The memory of
// each is that of the activations of as many pictures as it shows the network at
// once: one, or [PicturesAtOnce] for methods that run it again.
const maxPrograms = 4

// kind tells what a program computes.
type kind string

const (
	kindPass      kind = "pass"      // logits, activations and gradients
	kindMeanMaps  kind = "meanmaps"  // logits and maps
	kindTail      kind = "tail"      // logits of a layer's activation
	kindTwice     kind = "twice"     // second derivatives
	kindAttention kind = "attention" // weights of attention, with what [Slopes] says
)

// key tells programs of one engine apart.
type key struct {
	kind kind
	// layers are joined by NUL, which no name has.
	layers string
	batch  int
}

func newKey(k kind, layers []string, batch int) key {
	return key{k, strings.Join(layers, "\x00"), batch}
}

// program is the network prepared for a machine.
type program interface {
	// code is the prepared graph.
	code() *machine.Machine
}

// programs are those that an engine has prepared, most recently used first.
type programs struct {
	keys []key
	all  []program
}

// prepared returns the program of that key, which make prepares where it is not
// there yet. It drops the one that was not used for longest.
func prepared[P program](p *programs, k key, make func() (P, error)) (P, error) {
	if i := slices.Index(p.keys, k); i >= 0 {
		found := p.all[i]
		copy(p.keys[1:], p.keys[:i])
		copy(p.all[1:], p.all[:i])
		p.keys[0], p.all[0] = k, found
		return found.(P), nil
	}
	made, err := make()
	if err != nil {
		return made, err
	}
	p.keys, p.all = slices.Insert(p.keys, 0, k), slices.Insert(p.all, 0, program(made))
	if len(p.all) <= maxPrograms {
		return made, nil
	}
	oldest := p.all[maxPrograms]
	p.keys, p.all = p.keys[:maxPrograms], p.all[:maxPrograms]
	return made, oldest.code().Close()
}

// close frees all programs.
func (p *programs) close() error {
	var errs []error
	for _, q := range p.all {
		errs = append(errs, q.code().Close())
	}
	*p = programs{}
	return errors.Join(errs...)
}
