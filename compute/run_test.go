package compute_test

import (
	"context"
	"time"

	"gorgonia.org/tensor"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/compute/engine"
)

// request is a preprocessed picture with what is asked about it.
type request struct {
	Input  *tensor.Dense
	Layers []string
	Class  int
	Target compute.Target
}

func run(ctx context.Context, x *compute.Explainer, r request) (*compute.Pass, error) {
	passes, err := runBatch(ctx, x, []request{r})
	if err != nil {
		return nil, err
	}
	return passes[0], nil
}

// runBatch runs requests at once, to the layers of the first.
func runBatch(ctx context.Context, x *compute.Explainer, reqs []request) ([]*compute.Pass, error) {
	recipes, subjects := split(reqs)
	return x.RunEach(ctx, recipes, subjects)
}

// explained are the maps of a picture's by one method.
type explained struct {
	Explanations     []*compute.Explanation
	Forward, Elapsed time.Duration
}

// explainEach explains requests at once, at the layers of the first.
func explainEach(ctx context.Context, x *compute.Explainer, reqs []request, m cam.Method) ([]explained, error) {
	recipes, subjects := split(reqs, m)
	answers, err := x.ExplainEach(ctx, recipes, subjects)
	if err != nil {
		return nil, err
	}
	list := make([]explained, len(answers))
	for i, a := range answers {
		list[i] = explained{Forward: a.Forward, Elapsed: a.Elapsed}
		for _, o := range a.Outcomes {
			if o.Err != nil {
				return nil, o.Err
			}
			list[i].Explanations = append(list[i].Explanations, o.Explanation)
		}
	}
	return list, nil
}

func split(reqs []request, methods ...cam.Method) (recipes []compute.Recipe, subjects []*compute.Subject) {
	for _, r := range reqs {
		recipes = append(recipes, compute.Recipe{Layers: r.Layers, Class: r.Class, Target: r.Target, Methods: methods})
		subjects = append(subjects, &compute.Subject{Input: r.Input})
	}
	return recipes, subjects
}

// logits runs the network forward only.
func logits(ctx context.Context, x *compute.Explainer, inputs []*tensor.Dense) ([][]float32, error) {
	return x.Engine().Logits(ctx, inputs...)
}

func profile(ctx context.Context, x *compute.Explainer, r request) ([]engine.OperationTime, error) {
	recipes, subjects := split([]request{r})
	return x.Profile(ctx, recipes[0], subjects[0])
}
