package store

import (
	"fmt"
	"path/filepath"

	"gaze/models"
	"gaze/models/labels"
	"gaze/models/weights"
)

// name names the classes: as the options say, or the sidecar of the file at path, or
// the file itself, or a list that lies beside it. side may be nil; path is empty for the
// built-in network.
func (s *Store) name(net *models.Network, path string, side *weights.Sidecar, opt Options) error {
	if side == nil {
		side = new(weights.Sidecar)
	}
	switch {
	case opt.Labels == labels.ImageNet1k:
		if err := take(net, labels.ImageNet(), opt.Labels); err != nil {
			return err
		}
	case opt.Labels != "":
		list, err := labels.Read(opt.Labels)
		if err != nil {
			return err
		}
		if err := take(net, list, opt.Labels); err != nil {
			return err
		}
	case side.Names != nil:
		if err := take(net, side.Names, side.File); err != nil {
			return err
		}
	case side.Labels != "":
		list, err := labels.Load(side.Labels, filepath.Dir(path))
		if err != nil {
			return err
		}
		if err := take(net, list, side.Labels); err != nil {
			return err
		}
	case net.Labels == nil && path != "":
		s.findLabels(net, path)
	}
	return s.positive(net, side, opt)
}

// take names the classes by a list from somewhere.
func take(net *models.Network, list []string, from string) error {
	switch {
	case net.Named(len(list)):
	case net.TwoSided() && !net.Output.Probabilities():
		return fmt.Errorf("%s has %d labels for one number, which has one name", from, len(list))
	default:
		return fmt.Errorf("%s has %d labels for %d classes", from, len(list), net.Classes())
	}
	net.Labels = list
	net.Said(models.AspectLabels)
	return nil
}

// findLabels names the classes by a list beside the network's file, or guesses that
// a thousand classes are ImageNet's.
func (s *Store) findLabels(net *models.Network, path string) {
	published := s.isPublished(filepath.Base(path))
	if !published {
		if list, file := labels.Beside(path, net.Named); list != nil {
			net.SetTrainingLabels(list)
			net.Notes = append(net.Notes, models.NewNote(models.NoteLabels, file))
			return
		}
	}
	if net.Classes() != len(labels.ImageNet()) {
		return
	}
	net.Labels = labels.ImageNet()
	if !published {
		net.Guess("", models.AspectLabels)
	}
}

// positive decides which of two labels a high output means.
func (s *Store) positive(net *models.Network, side *weights.Sidecar, opt Options) error {
	label := side.Positive
	if opt.Positive != "" {
		label = opt.Positive
	}
	if label != "" {
		if err := net.SetPositive(label); err != nil && opt.Positive == "" {
			return fmt.Errorf("sidecar %s: %w", side.File, err)
		} else if err != nil {
			return err
		}
		return nil
	}
	net.Said(models.AspectPositive)
	if net.TwoSided() && len(net.Labels) == 2 {
		net.Guess(fmt.Sprintf("and a low one %q", net.Label(1)), models.AspectPositive)
	}
	return nil
}
