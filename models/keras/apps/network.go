package apps

import (
	"bytes"
	"compress/gzip"
	"embed"
	"encoding/json"
	"fmt"
	"io"

	"gorgonia.org/tensor"

	"gaze/models"
	"gaze/models/keras"
	"gaze/models/labels"
)

// networks has the configuration of each network and the shapes of its weights, in
// the order of the published files, as networks/make.py writes them.
//
//go:embed networks/*.json.gz
var networks embed.FS

// architecture reads the architecture of a network.
func (a app) architecture() (keras.Architecture, error) {
	var known keras.Architecture
	packed, err := networks.ReadFile("networks/" + a.name + ".json.gz")
	if err != nil {
		return known, fmt.Errorf("the architecture of %s: %w", a.name, err)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return known, fmt.Errorf("the architecture of %s: %w", a.name, err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		return known, fmt.Errorf("the architecture of %s: %w", a.name, err)
	}
	var file struct {
		Model   json.RawMessage `json:"model"`
		Weights []layerWeights  `json:"weights_in_order"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return known, fmt.Errorf("the architecture of %s: %w", a.name, err)
	}
	known.Config = file.Model
	for _, l := range file.Weights {
		known.Arrays = append(known.Arrays, l)
	}
	return known, nil
}

// layerWeights are the shapes of a layer's arrays: [layer, [[array, shape], ...]]
// in JSON.
type layerWeights []tensor.Shape

func (l *layerWeights) UnmarshalJSON(data []byte) error {
	var name string
	var arrays []json.RawMessage
	if err := json.Unmarshal(data, &[]any{&name, &arrays}); err != nil {
		return err
	}
	for _, a := range arrays {
		var shape []int
		if err := json.Unmarshal(a, &[]any{&name, &shape}); err != nil {
			return err
		}
		*l = append(*l, shape)
	}
	return nil
}

// Build makes the network of that name with parameters from src, for pictures of its
// own size.
func Build(name string, src keras.Source) (*models.Network, error) {
	return load(name, keras.Options{}, func(a keras.Architecture, opt keras.Options) (*models.Network, error) {
		return keras.Build(a, src, opt)
	})
}

// Read makes the network of that name with the weights in a file, whose layers are
// known by their order, as Keras itself does it. The size is the network's own where
// the options have none.
func Read(name, path string, opt keras.Options) (*models.Network, error) {
	return load(name, opt, func(a keras.Architecture, opt keras.Options) (*models.Network, error) {
		return keras.ReadWeights(path, a, opt)
	})
}

func load(name string, opt keras.Options, make func(keras.Architecture, keras.Options) (*models.Network, error)) (*models.Network, error) {
	a, ok := find(name)
	if !ok {
		return nil, fmt.Errorf("keras.applications has no network called %q", name)
	}
	known, err := a.architecture()
	if err != nil {
		return nil, err
	}
	opt.Name = Prefix + a.name
	if opt.Height == 0 {
		opt.Height, opt.Width = a.size, a.size
	}
	net, err := make(known, opt)
	if err != nil {
		return nil, err
	}
	in := stretched(net.Input)
	if a.pixels != inside {
		in = a.pixels.input(opt.Height, opt.Width)
	}
	if net, err = net.Resized(in); err != nil {
		return nil, err
	}
	net.Architecture = opt.Name
	// All is known of these networks.
	net.Guesses, net.Notes = nil, nil
	if net.Classes() == len(labels.ImageNet()) {
		net.Labels = labels.ImageNet()
	}
	return net, nil
}
