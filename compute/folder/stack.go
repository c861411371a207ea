package folder

import "gaze/models"

// Stacked lists each picture once where each channel is a file of its own: under its
// first channel that was found. Files that are no channel are left out; what cannot be
// used stays, with its reason.
func Stacked(entries []Entry, s models.Stack) []Entry {
	listed := make(map[string]bool)
	var list []Entry
	for _, e := range entries {
		if e.Err == nil {
			members, ok := s.Members(e.Path)
			if !ok || listed[members[0]] {
				continue
			}
			listed[members[0]] = true
		}
		list = append(list, e)
	}
	return list
}
