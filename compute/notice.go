package compute

import "gaze/compute/cam"

// Notice is a reason not to take a map at its face.
type Notice string

const (
	// NoticeEmpty: no value of the map is above zero; nothing in the picture
	// speaks for the class at this layer, and nothing is coloured.
	NoticeEmpty Notice = "empty"
	// NoticeVanished: the gradient is zero everywhere, so is every map; the
	// class's logit does not depend on this layer here.
	NoticeVanished Notice = "vanished"
	// NoticeTokensOnly: behind the layer only tokens without a place in the picture lead
	// to the classes, so that the gradient of all places is zero in every picture.
	NoticeTokensOnly Notice = "tokens-only"
	// NoticeIdentical: Grad-CAM, HiResCAM and XGrad-CAM are the same map at this
	// layer by construction, because only global average pooling and a linear
	// layer follow it.
	NoticeIdentical Notice = "identical"
	// NoticeClassAgnostic: the method does not look at the class, or where one output
	// stands for two, not at the sign; the map is the same for all of them.
	NoticeClassAgnostic Notice = "class-agnostic"
	// NoticeProbability: the target is a probability, whose gradient vanishes
	// where the network is sure and is mixed with that of all other classes.
	NoticeProbability Notice = "probability"
	// NoticeSaturates: the target is a probability that a sigmoid makes, whose
	// gradient vanishes where the network is sure.
	NoticeSaturates Notice = "saturates"
	// NoticeNegated: one output stands for two classes, and the map explains what
	// lowers it: the second class, by the negated logit, or what speaks against the
	// first.
	NoticeNegated Notice = "negated"
	// NoticeNotSaid: by its threshold the network does not say the class explained.
	NoticeNotSaid Notice = "not-said"
	// NoticeSmoothed: the smoothing voids what HiResCAM guarantees.
	NoticeSmoothed Notice = "smoothed"
	// NoticeAllLayers: the method adds up all layers; the map is not of the layer
	// that was asked for.
	NoticeAllLayers Notice = "all-layers"
	// NoticeTokens: the map is made of attention, of which tokens without a place in the
	// picture have their part.
	NoticeTokens Notice = "tokens"
)

// Notices lists all that a map can have.
func Notices() []Notice {
	return []Notice{
		NoticeEmpty, NoticeVanished, NoticeTokensOnly, NoticeIdentical, NoticeClassAgnostic, NoticeProbability, NoticeSaturates, NoticeNegated, NoticeNotSaid,
		NoticeSmoothed, NoticeAllLayers, NoticeTokens,
	}
}

// Text is the notice in English, one sentence.
func (n Notice) Text() string {
	switch n {
	case NoticeEmpty:
		return "The map is empty: nothing at this layer speaks for the class."
	case NoticeVanished:
		return "The gradient vanished: the class's logit does not depend on this layer in this picture."
	case NoticeTokensOnly:
		return "Behind this layer only tokens without a place in the picture, such as the class token, lead to the classes: the gradient of all places is zero."
	case NoticeIdentical:
		return "Grad-CAM, HiResCAM and XGrad-CAM are the same map at this layer, because only global average pooling and a linear layer follow."
	case NoticeSmoothed:
		return "Smoothed, the map no longer adds up to the logit as HiResCAM's does."
	case NoticeAllLayers:
		return "This method adds up all layers of the network: the map is the same for every layer."
	case NoticeTokens:
		return "Tokens without a place in the picture, as the class token, have their part of the attention and are left out of the map."
	case NoticeProbability:
		return "The target is a probability: its gradient vanishes where the network is sure, and speaks against all other classes too."
	case NoticeSaturates:
		return "The target is a probability: its gradient vanishes where the network is sure."
	case NoticeNegated:
		return "The network has one output for both classes: the map shows what lowers it."
	case NoticeNotSaid:
		return "The network does not say this class, by its threshold."
	case NoticeClassAgnostic:
		return "This method does not look at the class: the map is the same for all classes."
	}
	return string(n)
}

// notices says what the reader of a layer's map has to know.
func (p *Pass) notices(layer string, vanished bool, m cam.Method, raw cam.Map) []Notice {
	net := p.explainer.Network()
	var list []Notice
	switch {
	case (m.NeedsGradient || raw.Empty() && !m.NeedsTokens) && !net.PlacesReach(layer):
		list = append(list, NoticeTokensOnly)
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
	alike := m.ClassAgnostic || m.Unsigned && net.TwoSided()
	if alike {
		list = append(list, NoticeClassAgnostic)
	}
	if m.AllLayers {
		list = append(list, NoticeAllLayers)
	}
	if l, ok := net.AttentionOf(layer); m.NeedsTokens && ok && l.Grid != nil && l.Grid.Prefix > 0 {
		list = append(list, NoticeTokens)
	}
	switch {
	case p.Target.Kind != TargetProbability:
	case net.Output.Exclusive():
		list = append(list, NoticeProbability)
	default:
		list = append(list, NoticeSaturates)
	}
	// What speaks against the second class raises the output.
	if lowers := (p.Class.Index == 1) != (p.Target.Kind == TargetAgainst); net.TwoSided() && lowers && !alike {
		list = append(list, NoticeNegated)
	}
	if net.Output.Probabilities() && !net.Output.Exclusive() && !p.Class.Said {
		list = append(list, NoticeNotSaid)
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
