package weights

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"gaze/models"
	"gaze/models/labels"
)

// Describe returns a sidecar that says all that is in effect for a network, so that
// nothing is guessed where it lies beside the network's file.
func Describe(net *models.Network) *Sidecar {
	in := net.Input
	s := &Sidecar{
		Input: models.Preprocessing{
			Height: in.Height, Width: in.Width, Fit: in.Fit, Filter: in.Sampling(),
			Channels: in.Channels, Stack: in.Stack, Scale: in.Scale, Mean: in.Mean, Std: in.Std,
		},
		Output: models.Output{Activation: net.Output.Kind()},
		Layer:  net.Chosen,
	}
	if in.Fit == models.FitCrop {
		s.Input.Resize = in.Resize
	}
	if in.Stack != "" {
		s.Input.Channels = ""
	}
	switch s.Output.Activation {
	case models.ActivationSigmoid:
		s.Output.Threshold = net.Output.Threshold
	case models.ActivationNone:
		s.Output.Unit = net.Output.Unit
	}
	switch {
	case slices.Equal(net.Labels, labels.ImageNet()):
		s.Labels = labels.ImageNet1k
	case len(net.Labels) > 0:
		s.Names = slices.Clone(net.Labels)
	}
	if net.TwoSided() && len(net.Labels) > 0 {
		s.Positive = net.Labels[0]
	}
	return s
}

// Over returns what two sidecars say together; what s says goes before what the other
// says. Either may be nil.
func (s *Sidecar) Over(other *Sidecar) *Sidecar {
	switch {
	case s == nil:
		return other
	case other == nil:
		return s
	}
	both := *other
	in, said := &both.Input, s.Input
	if said.Height > 0 {
		// The other short side belongs to the other size.
		in.Height, in.Width, in.Resize = said.Height, said.Width, 0
	}
	if said.Channels != "" || said.Stack != "" {
		in.Channels, in.Stack = said.Channels, said.Stack
	}
	in.Resize, in.Fit, in.Scale = cmp.Or(said.Resize, in.Resize), cmp.Or(said.Fit, in.Fit), cmp.Or(said.Scale, in.Scale)
	in.Filter = cmp.Or(said.Filter, in.Filter)
	if said.Mean != nil {
		in.Mean = said.Mean
	}
	if said.Std != nil {
		in.Std = said.Std
	}
	out := &both.Output
	if a := s.Output.Activation; a != "" && a != out.Kind() {
		// They belong to the other activation.
		out.Threshold, out.Unit = 0, ""
	}
	out.Activation, out.Threshold, out.Unit = cmp.Or(s.Output.Activation, out.Activation), cmp.Or(s.Output.Threshold, out.Threshold), cmp.Or(s.Output.Unit, out.Unit)
	if s.Names != nil || s.Labels != "" {
		both.Names, both.Labels, both.Positive = s.Names, s.Labels, ""
	}
	both.Architecture, both.Positive = cmp.Or(s.Architecture, both.Architecture), cmp.Or(s.Positive, both.Positive)
	both.Layer, both.Source = cmp.Or(s.Layer, both.Layer), cmp.Or(s.Source, both.Source)
	if s.Notes != nil {
		both.Notes = s.Notes
	}
	return &both
}

// Encode writes a sidecar's content, which [DecodeSidecar] reads back. What is zero is
// left out.
func (s *Sidecar) Encode() ([]byte, error) {
	type input struct {
		Size          any             `json:"size,omitempty"`
		Resize        int             `json:"resize,omitempty"`
		Crop          models.Fit      `json:"crop,omitempty"`
		Interpolation models.Filter   `json:"interpolation,omitempty"`
		Channels      models.Channels `json:"channels,omitempty"`
		Stack         string          `json:"stack,omitempty"`
		Scale         float32         `json:"scale,omitempty"`
		Mean          []float32       `json:"mean,omitempty"`
		Std           []float32       `json:"std,omitempty"`
	}
	file := struct {
		Architecture string            `json:"architecture,omitempty"`
		Source       string            `json:"source,omitempty"`
		Notes        []string          `json:"notes,omitempty"`
		Input        *input            `json:"input,omitempty"`
		Activation   models.Activation `json:"activation,omitempty"`
		Threshold    float64           `json:"threshold,omitempty"`
		Unit         string            `json:"unit,omitempty"`
		Positive     string            `json:"positive,omitempty"`
		Layer        string            `json:"layer,omitempty"`
		Labels       any               `json:"labels,omitempty"`
	}{
		Architecture: s.Architecture, Source: s.Source, Notes: s.Notes,
		Activation: s.Output.Activation, Threshold: s.Output.Threshold, Unit: s.Output.Unit, Positive: s.Positive, Layer: s.Layer,
	}
	p := s.Input
	in := input{Interpolation: p.Filter, Resize: p.Resize, Crop: p.Fit, Channels: p.Channels, Stack: p.Stack, Scale: p.Scale, Mean: p.Mean, Std: p.Std}
	switch {
	case p.Height != 0 && p.Height == p.Width:
		in.Size = p.Height
	case p.Height != 0:
		in.Size = []int{p.Height, p.Width}
	}
	if says(p) {
		file.Input = &in
	}
	switch {
	case s.Names != nil:
		file.Labels = s.Names
	case s.Labels != "":
		file.Labels = s.Labels
	}
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	// Names are for people, who read the file.
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(file); err != nil {
		return nil, fmt.Errorf("writing a sidecar: %w", err)
	}
	return text.Bytes(), nil
}

// says reports whether anything is said of the input.
func says(p models.Preprocessing) bool {
	return p.Height != 0 || p.Resize != 0 || p.Fit != "" || p.Filter != "" || p.Channels != "" || p.Stack != "" || p.Scale != 0 || p.Mean != nil || p.Std != nil
}

// Empty reports whether the sidecar says nothing.
func (s *Sidecar) Empty() bool {
	return !says(s.Input) && s.Output == (models.Output{}) && s.Names == nil && s.Labels == "" && s.Positive == "" && s.Layer == "" &&
		s.Architecture == "" && s.Source == "" && s.Notes == nil
}
