package machine

import (
	"cmp"
	"slices"
)

// align is the number of floats that places in the arena begin at a multiple
// of: a cache line.
const align = 16

// place gives every slot that is not within another one an offset such that no
// two that live at the same time overlap, and returns the arena's length in
// floats. Large slots are placed first, each into the lowest gap that is free
// for its whole life, which is close to the best there is (greedy by size:
// Pisarchyk and Lee, Efficient Memory Management for Deep Neural Net Inference,
// arXiv:2001.03288).
func place(slots []*slot) int {
	bySize := slices.DeleteFunc(slices.Clone(slots), func(s *slot) bool { return s.within != nil })
	slices.SortStableFunc(bySize, func(a, b *slot) int { return cmp.Compare(b.size, a.size) })
	var placed []*slot // by offset
	total := 0
	for _, s := range bySize {
		at := 0
		for _, other := range placed {
			if other.first > s.last || s.first > other.last {
				continue
			}
			if at+s.size <= other.offset {
				break
			}
			at = max(at, (other.offset+other.size+align-1)/align*align)
		}
		s.offset = at
		total = max(total, at+s.size)
		i, _ := slices.BinarySearchFunc(placed, s, func(a, b *slot) int { return cmp.Compare(a.offset, b.offset) })
		placed = slices.Insert(placed, i, s)
	}
	return total
}
