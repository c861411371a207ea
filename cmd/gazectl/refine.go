package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	compute "gaze/compute/engine"
	"gaze/compute/cam"
	"gaze/compute/heat"
)

// refineFlags choose what is differentiated, and what becomes of a raw map.
type refineFlags struct {
	Target string   `default:"logit" enum:"logit,sum,contrast,probability,rest" placeholder:"KIND" help:"What is explained of the class: its logit, the sum of several classes' logits, the contrast to another class, its probability, or rest: the logit plus the logarithm of the probability. Default: logit."`
	Other  []string `placeholder:"INDEX|NAME" sep:"none" help:"Further class, for the sum (may be repeated) or the contrast (the next most probable one unless given)."`
	Fuse   string   `enum:",mean,max" default:"" placeholder:"mean|max" help:"Make one map of all layers: the mean of their maps, each scaled to 0..1, or the largest value."`
	Smooth string   `enum:",augment,eigen,noise" default:"" placeholder:"HOW" help:"Smooth the map: augment (mean over the picture, its mirror image and three contrasts), eigen (first principal component of the channels), noise (mean over 16 noisy pictures)."`
	Signed bool     `help:"Show what speaks against the class too, in colours that have zero in the middle."`
	Compat string   `enum:",pytorch-grad-cam" default:"" placeholder:"pytorch-grad-cam" help:"Give maps as pytorch-grad-cam does: at the size of the input, from 0 to 1."`
}

// apply makes the flags part of the task.
func (f refineFlags) apply(t *task) error {
	t.refine = f
	t.target = compute.Target{Kind: compute.TargetKind(f.Target)}
	for _, name := range f.Other {
		class, err := findClass(t.net, name)
		if err != nil {
			return err
		}
		t.target.Others = append(t.target.Others, class)
	}
	if f.Target == string(compute.TargetSum) && len(f.Other) == 0 {
		return errors.New("a sum is of several classes: name them with --other")
	}
	if len(f.Other) > 0 && f.Target != string(compute.TargetSum) && f.Target != string(compute.TargetContrast) {
		return fmt.Errorf("--other goes with --target sum or contrast, not with %s", f.Target)
	}
	if f.Fuse != "" && len(t.layers) < 2 {
		return errors.New("--fuse makes one map of several layers: name them with --layer")
	}
	if f.Signed && !t.colormap.Diverging {
		t.colormap = heat.Signed()
	}
	if f.Signed && (f.Fuse != "" || f.Smooth == string(compute.SmoothAugment) || f.Compat != "") {
		return errors.New("--signed shows raw maps; what is fused, augmented or as in pytorch-grad-cam has no negative values")
	}
	return nil
}

// leavesMaps reports whether a raw map is left as it is.
func (f refineFlags) leavesMaps() bool { return f.Fuse == "" && f.Smooth == "" && f.Compat == "" }

// maps are the layers of which one map each is to be made.
func (t *task) maps() [][]string {
	if t.refine.Fuse != "" {
		return [][]string{t.layers}
	}
	return slices.Collect(slices.Chunk(t.layers, 1))
}

// explanation makes one map of layers of a pass.
func (t *task) explanation(ctx context.Context, pass *compute.Pass, layers []string, m cam.Method) (*compute.Explanation, error) {
	var list []*compute.Explanation
	for _, layer := range layers {
		e, err := pass.Smooth(ctx, layer, m, compute.Smoothing(t.refine.Smooth))
		if err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	e := list[0]
	if t.refine.Fuse != "" {
		var err error
		if e, err = compute.Fuse(list, compute.Fusion(t.refine.Fuse)); err != nil {
			return nil, err
		}
	}
	if t.refine.Compat != "" {
		e = e.AsPytorchGradCAM(t.net.Input.Height, t.net.Input.Width)
	}
	return e, nil
}
