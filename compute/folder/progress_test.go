package folder

import (
	"testing"
	"time"
)

func TestPaceFollowsTheNewestPictures(t *testing.T) {
	now := time.Unix(0, 0)
	p := pace{last: now}
	if got := p.remaining(10); got != 0 {
		t.Errorf("before the first picture %v remain, want 0 for unknown", got)
	}
	for _, step := range []struct{ took, average time.Duration }{
		{time.Second, time.Second},
		{time.Second, time.Second},
		{2 * time.Second, 1100 * time.Millisecond},
	} {
		now = now.Add(step.took)
		p.tick(now)
		if got := p.remaining(10); got != 10*step.average {
			t.Errorf("after %v: %v remain, want %v", step.took, got, 10*step.average)
		}
	}
}
