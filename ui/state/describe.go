package state

import (
	"cmp"
	"fmt"
	"io"
	"path/filepath"

	"gaze/compute/output"
	"gaze/models"
	"gaze/models/weights"
)

// key names a source among what settings remember.
func (s Source) key() string {
	if s.Weights == "" {
		return s.Ref
	}
	return s.Ref + "\n" + s.Weights
}

// File is the file that has the network in use, "" for the one that is part of the
// program.
func (n *Networks) File() string {
	from := n.Source
	if from.Weights != "" {
		return from.Weights
	}
	for _, e := range n.Known {
		if e.Name == from.Ref {
			return e.Path
		}
	}
	if from.Ref == "builtin" {
		return ""
	}
	return from.Ref
}

// said is what the user said of a network the last time.
func (n *Networks) said(from Source) weights.Sidecar { return n.settings.Described[from.key()] }

// remember has the network described in the same way the next time.
func (n *Networks) remember(said weights.Sidecar) {
	if said.Empty() {
		n.forget()
		return
	}
	n.settings.Described[n.Source.key()] = said
}

// forget has the network opened the next time as its file describes it.
func (n *Networks) forget() { delete(n.settings.Described, n.Source.key()) }

// take has the network in use run by another explainer, which describes it as the
// user said.
func (n *Networks) take(e Explainer, said weights.Sidecar) {
	former := n.Explainer
	n.Explainer, n.net, n.Said = e, e.Network(), said
	n.remember(said)
	n.used()
	go former.Close()
}

// SetThreshold has the network say a class from another probability on. Nothing is
// computed for that.
func (n *Networks) SetThreshold(level float64) {
	if n.net == nil || level == n.net.Output.Level() {
		return
	}
	net := *n.net
	net.Output.Threshold = level
	n.net = &net
	n.Said.Output.Threshold = level
	n.remember(n.Said)
	n.judged()
}

// saveSidecar describes a network in a file beside its own. What a former sidecar says
// besides stays.
func saveSidecar(path, file string, net *models.Network, architecture string, overwrite bool) error {
	former, err := weights.FindSidecar(file)
	if err != nil {
		return err
	}
	s := weights.Describe(net)
	s.Architecture = architecture
	data, err := s.Over(former).Encode()
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return output.Save(path, overwrite, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// DescriptionError tells that a network is no longer as the user described it once,
// so that it was opened as its file describes it.
type DescriptionError struct {
	From Source
	Err  error
}

func (e *DescriptionError) Error() string {
	return fmt.Sprintf("%s does not fit what was said of it: %v", e.Name(), e.Err)
}

// Name is the network's file without its folder, or its name.
func (e *DescriptionError) Name() string { return filepath.Base(cmp.Or(e.From.Weights, e.From.Ref)) }

func (e *DescriptionError) Unwrap() error { return e.Err }

// LabelsError tells of a file that has not as many labels as a network has classes.
type LabelsError struct {
	Path            string
	Labels, Classes int
}

func (e *LabelsError) Error() string {
	return fmt.Sprintf("%s has %d labels for %d classes", e.Path, e.Labels, e.Classes)
}
