package words

import (
	"strings"
	"testing"

	"gaze/compute"
	"gaze/models"
	"gaze/ui/state"
	"gaze/ui/state/statetest"
	"gaze/ui/translations"
)

// Everything that the editor and its chip say has words of its own in every language.
func TestDescriptionsAreSaidInBothLanguages(t *testing.T) {
	said := map[string][]string{}
	for _, code := range translations.Own().Codes() {
		speak(t, code)
		for _, f := range state.Fields() {
			said[code] = append(said[code], Field(f))
			if Field(f) == string(f) {
				t.Errorf("the field %s has no name", f)
			}
		}
		for _, name := range models.Presets() {
			said[code] = append(said[code], Preset(name))
		}
		for _, c := range []state.Caution{state.GuessedLabels, state.GuessedOutputs, state.GuessedLayers, state.GuessedInput, state.DoubtfulInput} {
			said[code] = append(said[code], Caution(c))
		}
		for _, a := range append(models.PixelAspects(), models.AspectActivation, models.AspectPositive, models.AspectLabels, models.AspectHead, models.AspectStem, models.AspectLayer) {
			said[code] = append(said[code], Aspect(a))
		}
		for f, options := range map[state.Field][]string{
			state.FieldFit: {string(models.FitCrop), string(models.FitStretch)}, state.FieldScale: {state.UnitScale, state.ByteScale, "0.5"},
			state.FieldActivation: {"softmax", "sigmoid", "none"},
		} {
			for _, option := range options {
				if got := Option(f, option); got == option {
					t.Errorf("%s of %s has no words", option, f)
				}
			}
		}
	}
	for i, english := range said["en"] {
		if said["zh"][i] == english || english == "" {
			t.Errorf("%q is said as %q", english, said["zh"][i])
		}
	}
	if Caution(state.Sure) != "" {
		t.Error("there is a caution where all is said")
	}
}

// What is wrong with a field is said in both languages, with what it is about.
func TestFaultsAndDoubtsAreSaidInBothLanguages(t *testing.T) {
	texts := func() (all []string) {
		for _, e := range []state.FieldError{
			{Fault: state.FaultNumber},
			{Fault: state.FaultRange, Of: []string{"0.001", "99.9"}},
			{Fault: state.FaultCount, Of: []string{"2", "3"}},
			{Fault: state.FaultLetters},
			{Fault: state.FaultShort, Of: []string{"224"}},
			{Fault: state.FaultLabel, Of: []string{"ripe, unripe"}},
		} {
			text := Fault(&e)
			for _, of := range e.Of {
				if !strings.Contains(text, of) {
					t.Errorf("%q does not say %s", text, of)
				}
			}
			all = append(all, text)
		}
		for _, d := range []models.Doubt{
			models.NewDoubt(models.DoubtMeanAbove, "104", "1"), models.NewDoubt(models.DoubtMeanOfFractions, "0.5", "255"),
			models.NewDoubt(models.DoubtWide, "0.2", "-2", "1200"), models.NewDoubt(models.DoubtFlat, "58", "-2", "-1.99"),
			models.NewDoubt(models.DoubtLogits, "93"), models.NewDoubt(models.DoubtTwice, "-2", "2.6"),
		} {
			text := Doubt(d)
			for _, of := range d.Of {
				if !strings.Contains(text, of) {
					t.Errorf("%q does not say %s", text, of)
				}
			}
			all = append(all, text)
		}
		return all
	}
	speak(t, "en")
	english := texts()
	speak(t, "zh")
	for i, chinese := range texts() {
		if chinese == english[i] {
			t.Errorf("%q is not translated", chinese)
		}
	}
}

// What this version does not know is said in English, and never fails.
func TestUnknownKindsAreSaidInEnglish(t *testing.T) {
	speak(t, "zh")
	if got := Note(models.Note{Kind: models.NoteText, Of: []string{"as it is"}}); got != "as it is" {
		t.Errorf("a note: %q", got)
	}
	if got := Doubt(models.NewDoubt(models.DoubtAlike, 8, "mug", "99 %")); !strings.Contains(got, "mug") {
		t.Errorf("a doubt: %q", got)
	}
}

func TestLabelsAndScoresFollowTheHead(t *testing.T) {
	speak(t, "en")
	sigmoid, none := models.Output{Activation: models.ActivationSigmoid}, models.Output{Activation: models.ActivationNone, Unit: "years"}
	nan := float32(none.Probability(nil, 0))
	for _, c := range []struct {
		outputs int
		meaning models.Output
		labels  []string
		score   compute.Score
		want    string
	}{
		{3, models.Output{}, []string{"a", "b", "c"}, compute.Score{Index: 1, Probability: 0.93}, "b 93 %"},
		{3, models.Output{}, nil, compute.Score{Index: 2, Probability: 0.5}, "class 2 50 %"},
		{1, sigmoid, nil, compute.Score{Index: 0, Probability: 0.7}, "yes 70 %"},
		{1, sigmoid, []string{"ripe"}, compute.Score{Index: 1, Probability: 0.3}, "not ripe 30 %"},
		{1, sigmoid, []string{"ripe", "unripe"}, compute.Score{Index: 1, Probability: 0.3}, "unripe 30 %"},
		{1, none, nil, compute.Score{Index: 0, Logit: 25.3, Probability: nan}, "25.3 years · raises the number"},
		{1, none, nil, compute.Score{Index: 1, Logit: -25.3, Probability: nan}, "25.3 years · lowers the number"},
		{1, none, []string{"age"}, compute.Score{Index: 0, Logit: 25.3, Probability: nan}, "25.3 years · raises age"},
		{2, none, []string{"x", "y"}, compute.Score{Index: 1, Logit: -3.2, Probability: nan}, "y −3.20 years"},
	} {
		net := statetest.HeadNetwork(t, "tiny", c.outputs, c.meaning, c.labels)
		if got := Class(net, c.score); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
		if got := Network(net); strings.Contains(got, "number") != !c.meaning.Probabilities() {
			t.Errorf("the network of %q is said to have %q", c.want, got)
		}
	}
}
