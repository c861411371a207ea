package cpu

import (
	"sync/atomic"
	"testing"
	"time"
)

// Every part of a job is done once before run returns, also where the caller or the
// workers have gone to sleep meanwhile.
func TestPoolDoesEveryPartOnce(t *testing.T) {
	const parts = 7
	for _, threads := range []int{1, 2, 3, 8} {
		p := newPool(threads)
		var done [parts]atomic.Int32
		var slow atomic.Int32
		slow.Store(-1)
		j := job{do: func(worker, part int) {
			if worker < 0 || worker >= threads {
				t.Errorf("worker %d of %d", worker, threads)
			}
			if part == int(slow.Load()) {
				time.Sleep(3 * patience)
			}
			done[part].Add(1)
		}}
		for round := range 200 {
			for i := range done {
				done[i].Store(0)
			}
			switch {
			case round%20 == 0:
				// Somebody waits for the first or the last part for so long that it sleeps.
				slow.Store(int32(round / 20 % 2 * (parts - 1)))
			case round%20 == 10:
				time.Sleep(3 * patience)
			default:
				slow.Store(-1)
			}
			p.run(&j, parts)
			for i := range done {
				if n := done[i].Load(); n != 1 {
					t.Fatalf("%d threads: part %d was done %d times when run returned", threads, i, n)
				}
			}
		}
		p.close()
	}
}
