package compute

import (
	"fmt"
	"slices"
	"strings"

	"gaze/compute/cam"
	"gaze/compute/heat"
)

// Fusion is a way to make one map of several layers' maps.
type Fusion string

const (
	// FuseMean takes the mean, as pytorch-grad-cam does.
	FuseMean Fusion = "mean"
	// FuseMax takes the largest value of each pixel, as torch-cam and LayerCAM's
	// paper do.
	FuseMax Fusion = "max"
)

// fusedLayers stands between the names of layers that are fused.
const fusedLayers = " + "

// Fusions lists the ways to fuse.
func Fusions() []Fusion { return []Fusion{FuseMean, FuseMax} }

// Fuse makes one map of those of several layers by one method, of one picture
// and target. Each is clipped at zero, scaled to 0..1 and interpolated to the
// largest one's size; a method may change values before their maximum is taken,
// see [cam.Method.BeforeMax]. The values of the
// result are from 0 to 1 and no evidence in the target's units any more.
func Fuse(maps []*Explanation, how Fusion) (*Explanation, error) {
	if len(maps) < 2 || !slices.Contains(Fusions(), how) {
		return nil, fmt.Errorf("fusing %d maps by %q", len(maps), how)
	}
	fused := *maps[0]
	fused.Notices, fused.Fusion = nil, how
	var names []string
	for _, e := range maps {
		// Not the probability, which may be NaN.
		class := e.Class.Index == fused.Class.Index && e.Class.Logit == fused.Class.Logit
		if e.Network != fused.Network || !e.Method.Is(fused.Method) || !class || e.TargetName != fused.TargetName || e.Smoothing != fused.Smoothing {
			return nil, fmt.Errorf("fusing layer %s with %s: the maps are of different methods, targets or networks", e.Layer, fused.Layer)
		}
		names = append(names, e.Layer)
		if e.Map.Height*e.Map.Width > fused.Map.Height*fused.Map.Width {
			fused.Map = e.Map
		}
		for _, n := range e.Notices {
			if !slices.Contains(fused.Notices, n) && n != NoticeEmpty && n != NoticeIdentical {
				fused.Notices = append(fused.Notices, n)
			}
		}
	}
	fused.Layer = strings.Join(names, fusedLayers)
	fused.Map = cam.Map{Height: fused.Map.Height, Width: fused.Map.Width, Values: make([]float32, fused.Map.Height*fused.Map.Width)}
	for _, e := range maps {
		norm, _ := heat.Normalize(e.Map)
		if change := e.Method.BeforeMax; how == FuseMax && change != nil {
			for i, v := range norm.Values {
				norm.Values[i] = float32(change(float64(v)))
			}
		}
		for i, v := range heat.Resize(norm, fused.Map.Height, fused.Map.Width).Values {
			if how == FuseMax {
				fused.Map.Values[i] = max(fused.Map.Values[i], v)
			} else {
				fused.Map.Values[i] += v / float32(len(maps))
			}
		}
	}
	if fused.Map.Empty() {
		fused.Notices = append(fused.Notices, NoticeEmpty)
	}
	return &fused, nil
}
