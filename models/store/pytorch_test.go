package store_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gaze/models"
	"gaze/models/store"
	"gaze/models/weights"
	"gaze/models/zoo"
)

// saveTorch writes a checkpoint as torch.save does: the parameters of an
// architecture behind a prefix, and further pickle operations with entries of the
// checkpoint.
func saveTorch(t *testing.T, path, arch, prefix string, classes int, further string) {
	t.Helper()
	net, err := zoo.Build(arch, weights.Formula{Classes: classes})
	if err != nil {
		t.Fatal(err)
	}
	var out, pickle bytes.Buffer
	archive := zip.NewWriter(&out)
	add := func(name string, data []byte) {
		w, err := archive.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err == nil {
			_, err = w.Write(data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	number := func(n int) string { return "J" + string(binary.LittleEndian.AppendUint32(nil, uint32(n))) }
	pickle.WriteString("\x80\x02}(" + pickled("state_dict") + "}(")
	count := 0
	for _, l := range net.Layers {
		for _, param := range []string{"weight", "bias"} {
			p := l.Params[param]
			if p == nil {
				continue
			}
			values := p.Data().([]float32)
			var data []byte
			for _, v := range values {
				data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
			}
			add(fmt.Sprintf("net/data/%d", count), data)
			shape, strides, step := "", "", len(values)
			for _, side := range p.Shape() {
				step /= side
				shape, strides = shape+number(side), strides+number(step)
			}
			fmt.Fprintf(&pickle, "%sctorch._utils\n_rebuild_tensor_v2\n((%sctorch\nFloatStorage\n%s%s%stQ%s(%st(%st\x89}tR",
				pickled(prefix+l.Name+"."+param), pickled("storage"), pickled(fmt.Sprint(count)), pickled("cpu"), number(len(values)), number(0), shape, strides)
			count++
		}
	}
	pickle.WriteString("u" + further + "u.")
	add("net/data.pkl", pickle.Bytes())
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	write(t, path, out.String())
}

func pickled(text string) string {
	return "X" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(text)))) + text
}

// TestCheckpointSaysClassesAndPictures opens a checkpoint that names its classes
// and the size of its pictures.
func TestCheckpointSaysClassesAndPictures(t *testing.T) {
	path := filepath.Join(t.TempDir(), "last.ckpt")
	further := pickled("class_to_idx") + "}(" + pickled("cup") + "K\x02" + pickled("ant") + "K\x00" + pickled("bee") + "K\x01u" +
		pickled("hyper_parameters") + "}" + pickled("img_size") + "K\x40s"
	saveTorch(t, path, "squeezenet1_1", "net.backbone.", 3, further)
	net, err := store.New(t.TempDir()).Open(path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if net.Architecture != "squeezenet1_1" || net.Name != "last" || !slices.Equal(net.Labels, []string{"ant", "bee", "cup"}) || net.Input.Height != 64 {
		t.Errorf("%s, %s with the labels %q takes %v", net.Name, net.Architecture, net.Labels, net.Input)
	}
	guessed := func(of models.Aspect) bool {
		return slices.ContainsFunc(net.Guesses, func(g models.Guess) bool { return g.Of == of })
	}
	if guessed(models.AspectSize) || guessed(models.AspectLabels) || !guessed(models.AspectMean) || !guessed(models.AspectActivation) {
		t.Errorf("guessed are %v", net.Guesses)
	}
	// Names for another number of classes name nothing.
	saveTorch(t, path, "squeezenet1_1", "", 4, further)
	if net, err = store.New(t.TempDir()).Open(path, store.Options{}); err != nil || net.Labels != nil {
		t.Errorf("four classes have the labels %v, %v", net.Labels, err)
	}
}

// TestWeightsAreRefusedBeforeTheyAreRead names the file and the way out.
func TestWeightsAreRefusedBeforeTheyAreRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "resnet18.pth")
	saveTorch(t, path, "squeezenet1_1", "", 3, "")
	if _, err := store.New(t.TempDir()).Open(path, store.Options{}); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "do not fit resnet18") {
		t.Errorf("opened with %v", err)
	}
}
