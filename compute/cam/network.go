package cam

import (
	"context"
	"sync"
)

// Network is the network that a layer belongs to, with the picture and the
// target that are explained. Methods that need more than activations and gradients
// ask it, for a batch of pictures or activations at a time.
type Network interface {
	// Input is the preprocessed picture, channels x height x width. It must not be
	// changed.
	Input() (picture []float32, height, width int)
	// Batch is how many pictures or activations are best asked about at once.
	Batch() int
	// Scores runs the network on pictures, at most a batch of them, and returns
	// the target of each. They may be changed afterwards.
	Scores(ctx context.Context, pictures [][]float32) ([]float64, error)
	// ScoresWith puts activations, at most a batch of them, in the layer's place
	// and returns the target of each: only what follows the layer is computed.
	// They may be changed afterwards.
	ScoresWith(ctx context.Context, activations [][]float32) ([]float64, error)
	// Layers runs the network on pictures, at most a batch of them, forward and
	// backward, and returns the layer's activation and gradient for each. The
	// pictures may be changed afterwards.
	Layers(ctx context.Context, pictures [][]float32) ([]Layer, error)
	// Gradient is the derivative of another target by the layer's output. seed is
	// given the logits and returns the target's derivative by them.
	Gradient(ctx context.Context, seed func(logits []float32) []float32) ([]float32, error)
	// Curvature returns two derivatives along a direction of the layer's output:
	// that of the logits, J direction; and that of the gradient, H direction, of a
	// target whose derivative by the logits is seed, a constant. The latter is zero
	// in networks that are piecewise linear after the layer.
	Curvature(ctx context.Context, seed, direction []float32) (logits, gradient []float32, err error)
	// Later returns the last layer of each coarser resolution that follows this
	// layer, the finest first. All paths through the network go through these layers.
	Later(ctx context.Context) ([]Layer, error)
	// Head is the weight of each channel's mean in the target, if nothing but global
	// average pooling and at most one linear layer follows the layer; otherwise nil.
	Head() []float32
	// Attention calls look with what the picture's tokens read of each other in all
	// layers of attention, which is valid until look returns. Its error is
	// [ErrNoAttention], [ErrWindows] or [ErrTokens] where they do not, or look's.
	Attention(ctx context.Context, slopes Slopes, look func(Attentions) error) error
	// AttentionHere is that of the layer's block alone, without slopes.
	AttentionHere(ctx context.Context, look func(Attentions) error) error
	// Evidence is what each bias and the picture contribute to the target.
	Evidence(ctx context.Context) ([]Evidence, error)
	// Logits are those of the picture, one for each class, and Class the one
	// explained.
	Logits() []float32
	Class() int
	// Probability is that of a class, and NaN where the network gives no
	// probabilities. LogProbability is the derivative of its logarithm by the logits,
	// and LogCurvature that derivative's along a direction of the logits; both are zero
	// where there is no probability.
	Probability(class int) float64
	LogProbability(class int) []float64
	LogCurvature(class int, direction []float32) []float64
	// Progress is called with the number of pictures that a method has asked about,
	// and how many there are in all.
	Progress(done, total int)
}

// Evidence is what one layer's biases, or the picture, contribute to the target:
// the product of each with the target's derivative, C x Height x Width.
type Evidence struct {
	Channels, Height, Width int
	Values                  []float32
}

// inBatches asks about count things, a batch at a time: paint makes number i in
// a buffer of size numbers, several at the same time; ask gets what was painted
// and returns a number for each.
func inBatches(ctx context.Context, n Network, count, size int, paint func(i int, dst []float32), ask func(context.Context, [][]float32) ([]float64, error)) ([]float64, error) {
	buffers := make([][]float32, min(max(1, n.Batch()), count))
	for i := range buffers {
		buffers[i] = make([]float32, size)
	}
	answers := make([]float64, 0, count)
	for from := 0; from < count; from += len(buffers) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		part := buffers[:min(len(buffers), count-from)]
		var painted sync.WaitGroup
		for i := range part {
			painted.Go(func() { paint(from+i, part[i]) })
		}
		painted.Wait()
		got, err := ask(ctx, part)
		if err != nil {
			return nil, err
		}
		answers = append(answers, got...)
		n.Progress(from+len(part), count)
	}
	return answers, nil
}
