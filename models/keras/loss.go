package keras

import (
	"encoding/json"
	"slices"
	"strings"

	"gaze/models"
)

// trainedWith sets what the outputs mean where the file has the loss that the model
// was trained with: a classification from logits, or a regression. data is the JSON
// of training_config or of config.json, or empty.
func (b *builder) trainedWith(data []byte) {
	var said struct {
		Loss    any `json:"loss"`
		Compile struct {
			Loss any `json:"loss"`
		} `json:"compile_config"`
	}
	if json.Unmarshal(data, &said) != nil {
		return
	}
	loss := said.Loss
	if loss == nil {
		loss = said.Compile.Loss
	}
	name, fromLogits := lossOf(loss)
	switch {
	case slices.Contains([]string{"meansquarederror", "mse", "meanabsoluteerror", "mae", "huber", "logcosh", "meansquaredlogarithmicerror", "msle", "meanabsolutepercentageerror", "mape"}, name):
		b.net.SetActivation(models.ActivationNone)
	case fromLogits && strings.HasPrefix(name, "binary"):
		b.net.SetActivation(models.ActivationSigmoid)
	case fromLogits && strings.Contains(name, "categorical"):
		b.net.SetActivation(models.ActivationSoftmax)
	}
}

// lossOf returns the name of a loss, in small letters and without underlines, and
// whether it takes logits.
func lossOf(v any) (name string, fromLogits bool) {
	switch v := v.(type) {
	case string:
		name = v
	case []any:
		if len(v) == 1 {
			return lossOf(v[0])
		}
	case jsonObject:
		if class := text(v["class_name"]); class != "" {
			config := settings(v).object("config")
			if class == "function" {
				return lossOf(v["config"])
			}
			return clean(class), config.flag("from_logits", false)
		}
		if len(v) == 1 {
			for _, inner := range v {
				return lossOf(inner)
			}
		}
	}
	return clean(name), false
}

func clean(name string) string { return strings.ToLower(strings.ReplaceAll(name, "_", "")) }
