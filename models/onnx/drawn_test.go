package onnx_test

import (
	"archive/tar"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
	"strings"
	"testing"

	"gaze/models/onnx"
)

// drawnGraph is a graph that testdata/operators.py has drawn, with onnxruntime's result.
type drawnGraph struct {
	name string
	file []byte
	want []float64
}

func drawnGraphs(t testing.TB) []drawnGraph {
	t.Helper()
	file, err := os.Open("testdata/operators.tar.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	var list []drawnGraph
	for archive := tar.NewReader(unpacked); ; {
		entry, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		if name, ok := strings.CutSuffix(entry.Name, ".onnx"); ok {
			list = append(list, drawnGraph{name: name, file: data})
			continue
		}
		last := &list[len(list)-1]
		for i := 0; i < len(data); i += 4 {
			last.want = append(last.want, float64(math.Float32frombits(binary.LittleEndian.Uint32(data[i:]))))
		}
	}
}

// TestDrawnOperators compares graphs of every operator, with shapes and attributes drawn
// at random, with onnxruntime: layer by layer in float64, and as package compute runs
// them.
func TestDrawnOperators(t *testing.T) {
	for _, g := range drawnGraphs(t) {
		t.Run(g.name, func(t *testing.T) {
			net, err := onnx.Decode(g.file, onnx.Options{})
			if err != nil {
				t.Fatal(err)
			}
			picture := drawnPicture(t, net)
			near(t, runLayers(net, picture).values, g.want, 1e-4)
			near(t, run(t, net, picture, "start"), g.want, 1e-4)
		})
	}
}

// level are the operators whose results jump, or do not change, so that no derivative
// follows from differences.
const level = " Floor Ceil Round Sign Mod Less Greater LessOrEqual GreaterOrEqual And Or Xor Not Hardmax ArgMax ArgMin "

// TestDerivativesOfDrawnOperators compares the gradient of a result of each operator by
// the layer at the beginning with finite differences.
func TestDerivativesOfDrawnOperators(t *testing.T) {
	const layer, h, within = "start", 1e-4, 2e-3
	for _, g := range drawnGraphs(t) {
		operator := g.name[:strings.LastIndexByte(g.name, ' ')]
		if strings.Contains(level, " "+operator+" ") || len(g.want) < 2 || !strings.HasSuffix(g.name, " 0") && !strings.HasSuffix(g.name, " 3") {
			continue
		}
		t.Run(g.name, func(t *testing.T) {
			net, err := onnx.Decode(g.file, onnx.Options{})
			if err != nil {
				t.Fatal(err)
			}
			picture := drawnPicture(t, net)
			class := len(g.want) / 2
			l := tapped(t, net, picture, class, layer)[0]
			at := zeros(1, l.Channels, l.Height, l.Width)
			for i, v := range l.Activation {
				at.values[i] = float64(v)
			}
			differ := func(i int, h float64) float64 {
				v := at.values[i]
				at.values[i] = v + h
				up := after(net, picture, layer, at)[class]
				at.values[i] = v - h
				down := after(net, picture, layer, at)[class]
				at.values[i] = v
				return (up - down) / (2 * h)
			}
			for i := range at.values {
				want := differ(i, h)
				// Where it is not smooth, two steps do not agree.
				if math.Abs(want-differ(i, h/4)) > within/4*max(1, math.Abs(want)) {
					continue
				}
				if math.Abs(float64(l.Gradient[i])-want) > within*max(1, math.Abs(want)) {
					t.Errorf("element %d: %g, not %g", i, l.Gradient[i], want)
				}
			}
		})
	}
}
