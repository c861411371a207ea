package builtin_test

import (
	"strings"
	"testing"

	"gaze/models/builtin"
)

func TestNetwork(t *testing.T) {
	net, err := builtin.Network()
	if err != nil {
		t.Fatal(err)
	}
	if net.Name != builtin.Name || net.Classes() != 117 || len(net.Labels) != 117 || net.Label(116) != "yin yang" {
		t.Errorf("%s of %d classes and %d labels, the last %q", net.Name, net.Classes(), len(net.Labels), net.Label(116))
	}
	if net.Input.Height != 168 || net.Input.Resize != 168 || net.DefaultLayer() != "layer4" {
		t.Errorf("input %+v, default layer %s", net.Input, net.DefaultLayer())
	}
}

func TestCardTellsWhatMatters(t *testing.T) {
	for language, words := range map[string][]string{
		"en": {"Data", "Accuracy", "Known failures", "117"},
		"zh": {"数据", "准确率", "已知的错误", "117"},
	} {
		for _, word := range words {
			if !strings.Contains(builtin.Card(language), word) {
				t.Errorf("the model card in %s has no %q", language, word)
			}
		}
	}
}
