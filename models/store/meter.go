package store

import "time"

const (
	// reportEvery is the least time between two reports.
	reportEvery = 100 * time.Millisecond
	// speedOver is the time over which the speed is taken: short enough to
	// follow the line, long enough to be read.
	speedOver = 3 * time.Second
)

// meter measures a download and reports it.
type meter struct {
	report func(Progress)
	now    func() time.Time

	done, total int64
	// marks are what was done when, over the last speedOver.
	marks    []mark
	reported time.Time
}

type mark struct {
	at   time.Time
	done int64
}

func newMeter(total int64, report func(Progress)) *meter {
	return &meter{report: report, now: time.Now, total: total}
}

// begin starts measuring a body of a file of total bytes, from a byte on. The
// speed before it does not count.
func (m *meter) begin(from, total int64) {
	m.done, m.total = from, total
	m.marks = append(m.marks[:0], mark{m.now(), from})
	m.reported = time.Time{}
	m.tell()
}

func (m *meter) add(n int) {
	m.done += int64(n)
	if now := m.now(); m.done == m.total || now.Sub(m.reported) >= reportEvery {
		m.marks = append(m.marks, mark{now, m.done})
		for len(m.marks) > 2 && now.Sub(m.marks[0].at) > speedOver {
			m.marks = m.marks[1:]
		}
		m.tell()
	}
}

// end reports that everything has arrived, which may be less than was
// announced.
func (m *meter) end() {
	if m.total != m.done {
		m.total = m.done
		m.tell()
	}
}

func (m *meter) tell() {
	if m.report == nil {
		return
	}
	m.reported = m.now()
	p := Progress{Done: m.done, Total: m.total}
	first, last := m.marks[0], m.marks[len(m.marks)-1]
	if elapsed := last.at.Sub(first.at).Seconds(); elapsed > 0 {
		p.BytesPerSecond = float64(last.done-first.done) / elapsed
	}
	if p.BytesPerSecond > 0 {
		p.Remaining = time.Duration(float64(p.Total-p.Done) / p.BytesPerSecond * float64(time.Second))
	}
	m.report(p)
}
