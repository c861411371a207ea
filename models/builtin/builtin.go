// Package builtin holds the network that is part of the program: a small
// residual network trained from scratch to know 117 everyday things, so that
// Gaze works before anything is downloaded.
package builtin

import (
	"bytes"
	_ "embed"
	"fmt"
	"strings"

	"gaze/models"
	"gaze/models/weights"
	"gaze/models/zoo"
)

// Name is the built-in network's name.
const Name = "everyday"

var (
	//go:embed everyday.safetensors
	parameters []byte
	//go:embed everyday.labels.txt
	labelText string
	//go:embed everyday.json
	sidecar []byte
	//go:embed README.md
	card string
	//go:embed README.zh.md
	chineseCard string
)

// Network loads the built-in network.
func Network() (*models.Network, error) {
	set, err := weights.DecodeSafetensors(bytes.NewReader(parameters), int64(len(parameters)))
	if err != nil {
		return nil, fmt.Errorf("loading the built-in network: %w", err)
	}
	net, err := zoo.Load(Name, set)
	if err != nil {
		return nil, fmt.Errorf("loading the built-in network: %w", err)
	}
	side, err := weights.DecodeSidecar(sidecar)
	if err != nil {
		return nil, fmt.Errorf("loading the built-in network: %w", err)
	}
	if err := net.Preprocess(side.Input); err != nil {
		return nil, fmt.Errorf("loading the built-in network: %w", err)
	}
	net.Labels = strings.Split(strings.TrimSpace(labelText), "\n")
	net.Source = "built in: 117 everyday things, trained from scratch"
	return net, nil
}

// Card is the model card, in Markdown: data, accuracy, known failures; in
// Simplified Chinese for the language "zh", otherwise in English.
func Card(language string) string {
	if language == "zh" {
		return chineseCard
	}
	return card
}
