package machine

// NewMemory allocates long-lived memory that is read front to back: weights
// and intermediate results. Where the system has larger pages, it is asked for
// them, since the processor fetches ahead only within a page.
func NewMemory(n int) []float32 {
	s := make([]float32, n)
	adviseLargePages(s)
	return s
}
