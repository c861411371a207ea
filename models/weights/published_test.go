package weights_test

import (
	"path/filepath"
	"reflect"
	"testing"

	"gaze/models/weights"
)

// TestFilesOfPyTorchItself reads what torch.save of PyTorch 2.15 wrote: every
// kind of floating-point number, views of other tensors, a checkpoint with
// everything a training program puts beside the parameters, and a file that
// asks for a command to be run.
func TestFilesOfPyTorchItself(t *testing.T) {
	dictionary := map[string][]float32{
		"conv.weight": {-0.5, -0.375, -0.25, -0.125, 0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875},
		"half":        {1.5, -2, 0.25},
		"bfloat16":    {1.5, -2, 0.25},
		"double":      {1.5, -2, 0.25},
		"transposed":  {0, 6, 12, 18, 1, 7, 13, 19, 2, 8, 14, 20, 3, 9, 15, 21, 4, 10, 16, 22, 5, 11, 17, 23},
		"part":        {8, 9, 10, 14, 15, 16},
		"scalar":      {3.5},
	}
	whole := map[string][]float32{
		"conv.weight": {0, 0.125, 0.25, 0.375, 0.5, 0.625},
		"bn.weight":   {0.125, 0.25}, "bn.bias": {0.25, 0.375}, "bn.running_mean": {0.375, 0.5}, "bn.running_var": {0.5, 0.625},
		"head.2.weight": {0.75, 0.875, 1, 1.125, 1.25, 1.375}, "head.2.bias": {0.875, 1, 1.125},
	}
	for file, want := range map[string]map[string][]float32{
		"zip.pth":            dictionary,
		"legacy.pth":         dictionary,
		"checkpoint.pth":     {"fc.weight": {1, 2, 3, 4}, "fc.bias": {1, 2}},
		"hostile.pth":        {"weight": {1, 1}},
		"hostile-legacy.pth": {"weight": {1, 1}},
		// A module by itself is a network of one layer.
		"program.pth":      {"weight": {0.27565378, 0.31710824, 0.05258266, -0.5954778}, "bias": {-0.23140946, -0.67939013}},
		"whole.pth":        whole,
		"whole-legacy.pth": whole,
	} {
		set, err := weights.Read(filepath.Join("testdata", file))
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		got := make(map[string][]float32)
		for name, d := range set.Tensors {
			got[name] = d.Data().([]float32)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s holds %v, not %v", file, got, want)
		}
	}
	if left, _ := filepath.Glob("*hostile-was-here*"); left != nil {
		t.Error("the file's command was run")
	}
}
