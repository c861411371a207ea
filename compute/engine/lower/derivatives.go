package lower

import (
	"fmt"

	"gorgonia.org/gorgonia"

	"gaze/compute/engine/machine"
	"gaze/compute/engine/op"
)

// derivatives returns the gradients by each of wrt of an output that has the
// derivative seed: nil for one that the output does not depend on by operations
// that have a slope there.
//
// It stands beside gorgonia.Backpropagate because that notes on each node the one
// derivative it has, and takes it for the answer when it comes by again: what
// is a derivative already cannot be differentiated.
func derivatives(output, seed *gorgonia.Node, wrt ...*gorgonia.Node) (gorgonia.Nodes, error) {
	d := differentiation{wrt: wrt, active: make(map[*gorgonia.Node]bool), terms: make(map[*gorgonia.Node]gorgonia.Nodes)}
	d.visit(output)
	d.terms[output] = gorgonia.Nodes{seed}
	// An operation comes after all it reads, so all that reads it comes first here.
	for i := len(d.order) - 1; i >= 0; i-- {
		if err := d.back(d.order[i]); err != nil {
			return nil, err
		}
	}
	grads := make(gorgonia.Nodes, len(wrt))
	for i, n := range wrt {
		var err error
		if grads[i], err = d.sum(n); err != nil {
			return nil, err
		}
	}
	return grads, nil
}

// differentiation is reverse-mode differentiation in progress.
type differentiation struct {
	// wrt are differentiated by; one of them may depend on another.
	wrt gorgonia.Nodes
	// active says of each node seen whether it is one of wrt or depends on one; order
	// has the operations that depend on one.
	active map[*gorgonia.Node]bool
	order  gorgonia.Nodes
	// terms add up to a node's gradient.
	terms map[*gorgonia.Node]gorgonia.Nodes
}

// visit finds the active operations among n and what it is made of.
func (d *differentiation) visit(n *gorgonia.Node) bool {
	if active, seen := d.active[n]; seen {
		return active
	}
	depends := false
	if n.Op() != nil {
		in := machine.Operands(n)
		slopes := slopesOf(n, len(in))
		for i, child := range in {
			if slopes[i] && d.visit(child) {
				depends = true
			}
		}
	}
	if depends {
		d.order = append(d.order, n)
	}
	d.active[n] = depends || d.wrt.Contains(n)
	return d.active[n]
}

// slopesOf tells by which of its inputs an operation has a derivative.
func slopesOf(n *gorgonia.Node, inputs int) []bool {
	if o, ok := n.Op().(gorgonia.SDOp); ok {
		return o.DiffWRT(inputs)
	}
	all := make([]bool, inputs)
	for i := range all {
		all[i] = true
	}
	return all
}

// back sends the gradient of an operation's result to what it is made of.
func (d *differentiation) back(n *gorgonia.Node) error {
	o, ok := n.Op().(gorgonia.SDOp)
	if !ok {
		return fmt.Errorf("%v has no derivative", n.Op())
	}
	grad, err := d.sum(n)
	if err != nil || grad == nil {
		return err
	}
	in := machine.Operands(n)
	grads, err := o.SymDiff(in, n, grad)
	if err != nil {
		return err
	}
	slopes := slopesOf(n, len(in))
	for i, child := range in {
		if slopes[i] && d.active[child] {
			d.terms[child] = append(d.terms[child], grads[i])
		}
	}
	return nil
}

// sum is the gradient of a node, nil where nothing came back to it.
func (d *differentiation) sum(n *gorgonia.Node) (*gorgonia.Node, error) {
	terms := d.terms[n]
	if len(terms) < 2 {
		if len(terms) == 0 {
			return nil, nil
		}
		return terms[0], nil
	}
	total, err := gorgonia.ApplyOp(op.NewAdd(len(terms), n.Dims()), terms...)
	if err != nil {
		return nil, err
	}
	d.terms[n] = gorgonia.Nodes{total}
	return total, nil
}
