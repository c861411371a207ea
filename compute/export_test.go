package compute

import (
	"context"

	"gaze/compute/engine"
)

// RunEach is [Explainer.Run] with a recipe for each subject, of which the first
// has the layers of all: classes and targets may differ within a batch.
func (x *Explainer) RunEach(ctx context.Context, recipes []Recipe, subjects []*Subject) ([]*Pass, error) {
	r, asked, err := x.askEach(recipes, subjects)
	if err != nil {
		return nil, err
	}
	return x.run(ctx, r, asked)
}

// ExplainEach is [Explainer.Explain] likewise.
func (x *Explainer) ExplainEach(ctx context.Context, recipes []Recipe, subjects []*Subject) ([]Answer, error) {
	r, asked, err := x.askEach(recipes, subjects)
	if err != nil {
		return nil, err
	}
	return x.explain(ctx, r, asked)
}

func (x *Explainer) askEach(recipes []Recipe, subjects []*Subject) (Recipe, []question, error) {
	first, err := recipes[0].Check(x.Network())
	var asked []question
	for i, r := range recipes {
		asked = append(asked, x.ask(r, subjects[i:i+1])...)
	}
	return first, asked, err
}

// Engine is what the explainer runs on.
func (x *Explainer) Engine() *engine.Engine { return x.engine }
