package state

// Change says what of the state is new.
type Change uint

// The parts of the state that change.
const (
	ChangedPictures   Change = 1 << iota // the list of pictures
	ChangedCurrent                       // which of them is looked at
	ChangedSearch                        // whether pictures are searched for
	ChangedNetwork                       // the network, which one is being opened, or those there are
	ChangedChoice                        // layer, class, method, colours or refinements
	ChangedPhoto                         // the picture shown, or why there is none
	ChangedMap                           // its map, or why there is none
	ChangedWork                          // whether a map is being made, and how far it is
	ChangedOpacity                       // how opaque maps are
	ChangedPointer                       // the pixel under the mouse
	ChangedMessage                       // what was done last
	ChangedAnalysis                      // the analysis of the pictures
	ChangedDownload                      // the weights on their way
	ChangedMode                          // the way of looking
	ChangedComparison                    // the maps compared, or their order
	ChangedCard                          // which of them is shown large
	ChangedMeasuring                     // how far their measuring is
	ChangedEditor                        // the description being edited
	ChangedThreshold                     // from which probability on classes are said

	// Everything is what is new to who sees the state for the first time.
	Everything = ^Change(0)
)

// events is how the parts of the state reach whoever shows it.
type events struct {
	// post has a function called on the goroutine that owns the state.
	post    func(func())
	changed func(Change)
	// failed is told of what could not be done and leaves all as it was.
	failed func(error)
}

// tell says what is new.
func (e *events) tell(c Change) { e.changed(c) }
