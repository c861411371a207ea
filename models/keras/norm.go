package keras

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gaze/models"
)

// batchNormalization normalises each channel by fixed statistics. Without rows and
// columns it becomes a Scale.
func batchNormalization(b *builder, u *use) (*value, error) {
	v, err := u.value()
	if err != nil {
		return nil, err
	}
	if u.training() {
		return nil, errTraining
	}
	v, at, err := b.alongChannels(u, v)
	if err != nil {
		return nil, err
	}
	n := v.layout[at].size()
	epsilon := u.number("epsilon", 1e-3)
	lists := make(map[string][]float32)
	for _, p := range []struct {
		name, here string
		otherwise  float32
	}{{"gamma", "weight", 1}, {"beta", "bias", 0}, {"moving_mean", "running_mean", 0}, {"moving_variance", "running_var", 1}} {
		values, err := b.channelArray(u.layer, p.name, n, p.otherwise)
		if err != nil {
			return nil, err
		}
		lists[p.here] = values
	}
	layer := models.Layer{Kind: models.BatchNorm, Attr: models.Attr{Epsilon: epsilon}}
	if len(v.layout) == 1 {
		weight, bias := folded(lists["weight"], lists["bias"], lists["running_mean"], lists["running_var"], epsilon)
		lists = map[string][]float32{"weight": ordered(weight, v.layout[0]), "bias": ordered(bias, v.layout[0])}
		layer = models.Layer{Kind: models.Scale}
	}
	if layer.Params, err = paramsOf(lists); err != nil {
		return nil, err
	}
	return b.emit(u, v, layer, nil)
}

// alongChannels returns v as numbers of a layer, and which of its axes has the
// channels: the axis that the layer works along must be that one.
func (b *builder) alongChannels(u *use, v *value) (*value, int, error) {
	v, err := b.settled(v)
	if err != nil {
		return nil, 0, err
	}
	axes, ok := u.integers("axis")
	if u.settings["axis"] == nil {
		axes, ok = []int{-1}, true
	}
	if !ok || len(axes) != 1 {
		return nil, 0, errors.New("works along several axes, which is not supported")
	}
	at, err := axisOf(axes[0], len(v.layout))
	if err != nil {
		return nil, 0, err
	}
	if len(v.layout) == 1 {
		v, err = b.vector(v, "")
		return v, 0, err
	}
	first := at == 0
	if at != 0 && at != len(v.layout)-1 {
		return nil, 0, errors.New("works along another axis than the channels, which is not supported")
	}
	v, err = b.planes(v, first)
	return v, at, err
}

// axisOf turns the number of an axis, which counts the batch or from the end, into
// one that does neither.
func axisOf(axis, axes int) (int, error) {
	at := axis - 1
	if axis < 0 {
		at = axes + axis
	}
	if at < 0 || at >= axes {
		return 0, fmt.Errorf("works along axis %d of a tensor with %d axes and the batch", axis, axes)
	}
	return at, nil
}

// layerNormalization normalises each pixel over its channels.
func layerNormalization(b *builder, u *use) (*value, error) {
	v, err := u.value()
	if err != nil {
		return nil, err
	}
	if u.flag("rms_scaling", false) {
		return nil, errors.New("has rms_scaling, which is not supported")
	}
	if axes, ok := u.integers("axis"); ok && len(axes) > 1 {
		return b.normalizationOfAxes(u, v, axes)
	}
	v, at, err := b.alongChannels(u, v)
	if err != nil {
		return nil, err
	}
	n := v.layout[at].size()
	gamma, err := b.channelArray(u.layer, "gamma", n, 1)
	if err != nil {
		return nil, err
	}
	beta, err := b.channelArray(u.layer, "beta", n, 0)
	if err != nil {
		return nil, err
	}
	if len(v.layout) == 1 {
		gamma, beta = ordered(gamma, v.layout[0]), ordered(beta, v.layout[0])
	}
	p, err := paramsOf(map[string][]float32{"weight": gamma, "bias": beta})
	if err != nil {
		return nil, err
	}
	return b.emit(u, v, models.Layer{Kind: models.LayerNorm, Attr: models.Attr{Epsilon: u.number("epsilon", 1e-3)}, Params: p}, nil)
}

// normalization is (x - mean)/sqrt(variance) with constants, which the file has in
// the configuration or, where they come from data, among the weights.
func normalization(b *builder, u *use) (*value, error) {
	v, err := u.value()
	if err != nil {
		return nil, err
	}
	statistics := make(map[string][]float64)
	for _, name := range []string{"mean", "variance"} {
		if list, ok := u.numbers(name); ok {
			statistics[name] = list
			continue
		}
		d, ok := b.arrays[u.layer][name]
		if !ok {
			return nil, fmt.Errorf("has no %s in the file", name)
		}
		values, err := d.Floats()
		if err != nil {
			return nil, err
		}
		for _, x := range values {
			statistics[name] = append(statistics[name], float64(x))
		}
	}
	if axes, ok := u.integers("axis"); ok && (len(axes) != 1 || axes[0] != -1 && axes[0] != len(v.layout)) {
		return nil, errors.New("works along other axes than the last one, which is not supported")
	}
	n := len(statistics["variance"])
	if len(statistics["mean"]) != n {
		return nil, errors.New("has means and variances of different numbers")
	}
	weight, bias := make([]float64, n), make([]float64, n)
	for i, variance := range statistics["variance"] {
		// Keras' backend.epsilon(), which keeps it from dividing by zero.
		deviation := max(math.Sqrt(variance), 1e-7)
		mean := statistics["mean"][i]
		if u.flag("invert", false) {
			weight[i], bias[i] = deviation, mean
		} else {
			weight[i], bias[i] = 1/deviation, -mean/deviation
		}
	}
	return b.scaled(u, v, weight, bias)
}

// rescaling is scale x + offset, each a number or one for each channel.
func rescaling(b *builder, u *use) (*value, error) {
	v, err := u.value()
	if err != nil {
		return nil, err
	}
	scale, ok := u.numbers("scale")
	if !ok {
		return nil, errors.New("has a scale that is no number")
	}
	offset := []float64{0}
	if u.settings["offset"] != nil {
		if offset, ok = u.numbers("offset"); !ok {
			return nil, errors.New("has an offset that is no number")
		}
	}
	return b.scaled(u, v, scale, offset)
}

// layerScale multiplies each channel by a trained number (Touvron et al.,
// arXiv:2103.17239).
func layerScale(b *builder, u *use) (*value, error) {
	v, err := u.value()
	if err != nil {
		return nil, err
	}
	shape := v.shape()
	if len(shape) == 0 {
		return nil, errAxes
	}
	gamma, _, err := b.array(u.layer, "gamma", shape[len(shape)-1])
	if err != nil {
		return nil, err
	}
	weight := make([]float64, len(gamma))
	for i, g := range gamma {
		weight[i] = float64(g)
	}
	return b.scaled(u, v, weight, []float64{0})
}

// scaled is weight x + bias. Either is a number, or one for each element of the
// last axis. Pixels stay pixels.
func (b *builder) scaled(u *use, v *value, weight, bias []float64) (*value, error) {
	if v.pixels != nil {
		last := len(v.layout) - 1
		single := len(weight) == 1 && len(bias) == 1
		// Numbers for the last axis are for the channels where it has them.
		if first, ok := isPlanar(v); single || ok && !first && last == 2 {
			if out, ok := v.mapped(u.name, weight, bias); ok {
				return out, nil
			}
		}
	}
	v, err := b.settled(v)
	if err != nil {
		return nil, err
	}
	single := len(weight) == 1 && len(bias) == 1
	switch first, planar := isPlanar(v); {
	case planar && (single || !first):
		v, err = b.planes(v, first)
	case len(v.layout) == 1:
		v, err = b.vector(v, "")
	default:
		return b.scaledAny(u, v, weight, bias)
	}
	if err != nil {
		return nil, err
	}
	n := 1
	if !single {
		n = v.layout[len(v.layout)-1].size()
	}
	if err := b.memory.spend(n, 24); err != nil {
		return nil, err
	}
	lists := make(map[string][]float32)
	for name, from := range map[string][]float64{"weight": weight, "bias": bias} {
		list := make([]float32, n)
		for i := range list {
			x, ok := of(from, i, n)
			if !ok {
				return nil, fmt.Errorf("has %d numbers for %d channels", len(from), n)
			}
			list[i] = float32(x)
		}
		if len(v.layout) == 1 && !single {
			list = ordered(list, v.layout[0])
		}
		lists[name] = list
	}
	if !slices.ContainsFunc(lists["bias"], func(x float32) bool { return x != 0 }) {
		delete(lists, "bias")
	}
	p, err := paramsOf(lists)
	if err != nil {
		return nil, err
	}
	return b.emit(u, v, models.Layer{Kind: models.Scale, Params: p}, nil)
}
