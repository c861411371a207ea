package doctor

import (
	"errors"
	"slices"

	"gaze/models/internal/notnetwork"
	"gaze/models/keras"
)

// kerasFiles are files of Keras.
func kerasFiles() examiner {
	return examiner{
		opens: true,
		fits: func(f *file) bool {
			var other *notnetwork.Error
			if errors.As(notnetwork.Other(f.head), &other) {
				return slices.Contains([]notnetwork.Kind{notnetwork.HDF5, notnetwork.Keras}, other.Kind)
			}
			return slices.Contains(keras.Extensions(), f.extension())
		},
		examine: func(f *file, r *Report) {
			r.What = say("a Keras file, {size}", "size", bytesOf(f.size))
			if f.net == nil {
				r.put(Section{Heading: say("What Gaze cannot read"), Lines: []Line{{Text: say("{error}", "error", bare(f.err, f.path))}}})
				r.put(exports([]string{"keras"}))
			}
		},
	}
}
