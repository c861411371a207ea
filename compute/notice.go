package compute

import (
	"gaze/compute/cam"
	"gaze/models"
)

// Notice is a reason not to take a map at its face.
type Notice string

const (
	// NoticeEmpty: no value of the map is above zero; nothing in the picture
	// speaks for the class at this layer, and nothing is coloured.
	NoticeEmpty Notice = "empty"
	// NoticeVanished: the gradient is zero everywhere, so is every map; the
	// class's logit does not depend on this layer here.
	NoticeVanished Notice = "vanished"
	// NoticeIdentical: Grad-CAM, HiResCAM and XGrad-CAM are the same map at this
	// layer by construction, because only global average pooling and a linear
	// layer follow it.
	NoticeIdentical Notice = "identical"
	// NoticeClassAgnostic: the method does not look at the class; the map is
	// the same for all of them.
	NoticeClassAgnostic Notice = "class-agnostic"
	// NoticeProbability: the target is a probability, whose gradient vanishes
	// where the network is sure and is mixed with that of all other classes.
	NoticeProbability Notice = "probability"
	// NoticeSmoothed: the smoothing voids what HiResCAM guarantees.
	NoticeSmoothed Notice = "smoothed"
	// NoticeAllLayers: the method adds up all layers; the map is not of the layer
	// that was asked for.
	NoticeAllLayers Notice = "all-layers"
)

// Notices lists all that a map can have.
func Notices() []Notice {
	return []Notice{
		NoticeEmpty, NoticeVanished, NoticeIdentical, NoticeClassAgnostic, NoticeProbability, NoticeSmoothed, NoticeAllLayers,
	}
}

// Text is the notice in English, one sentence.
func (n Notice) Text() string {
	switch n {
	case NoticeEmpty:
		return "The map is empty: nothing at this layer speaks for the class."
	case NoticeVanished:
		return "The gradient vanished: the class's logit does not depend on this layer in this picture."
	case NoticeIdentical:
		return "Grad-CAM, HiResCAM and XGrad-CAM are the same map at this layer, because only global average pooling and a linear layer follow."
	case NoticeSmoothed:
		return "Smoothed, the map no longer adds up to the logit as HiResCAM's does."
	case NoticeAllLayers:
		return "This method adds up all layers of the network: the map is the same for every layer."
	case NoticeProbability:
		return "The target is a probability: its gradient vanishes where the network is sure, and speaks against all other classes too."
	case NoticeClassAgnostic:
		return "This method does not look at the class: the map is the same for all classes."
	}
	return string(n)
}

// notices says what the reader of a map has to know.
func notices(net *models.Network, layer string, vanished bool, m cam.Method, target Target, raw cam.Map) []Notice {
	var list []Notice
	switch {
	case m.NeedsGradient && vanished:
		list = append(list, NoticeVanished)
	case raw.Empty():
		list = append(list, NoticeEmpty)
	}
	if m.AlikeAtHead {
		if _, even := net.Head(layer); even {
			list = append(list, NoticeIdentical)
		}
	}
	if m.ClassAgnostic {
		list = append(list, NoticeClassAgnostic)
	}
	if m.AllLayers {
		list = append(list, NoticeAllLayers)
	}
	if target.Kind == TargetProbability {
		list = append(list, NoticeProbability)
	}
	return list
}

// vanished reports whether a gradient is zero everywhere.
func vanished(gradient []float32) bool {
	for _, g := range gradient {
		if g != 0 {
			return false
		}
	}
	return true
}
