package machine

// NewMemory allocates memory for n numbers that live long and are read front to
// back: weights and intermediate results. It asks the system for large pages,
// because a processor fetches ahead only within a page.
func NewMemory(n int) []float32 {
	s := make([]float32, n)
	adviseLargePages(s)
	return s
}
