package jpeg

import "errors"

// maxScans is as many as anybody makes, as libjpeg-turbo's programs assume, too.
// Hostile files have more, each of which passes the whole picture.
const maxScans = 500

// scanHeader says which coefficients of which components a scan has.
type scanHeader struct {
	components  []*component
	first, last int
	high, low   uint // bits known before, and the lowest bit of this scan
}

// note remembers which bits of the coefficients are known.
func (s *scanHeader) note() {
	for _, c := range s.components {
		for k := s.first; k <= s.last; k++ {
			c.unknown[k] = uint8(s.low)
		}
	}
}

func (d *decoder) scanHeader(b []byte) (scanHeader, error) {
	s := scanHeader{}
	bad := errors.New("jpeg: a damaged header of a scan")
	if d.components == nil || len(b) < 1 {
		return s, bad
	}
	n := int(b[0])
	if n < 1 || n > len(d.components) || len(b) < 1+2*n+3 {
		return s, bad
	}
	end := b[1+2*n:]
	s.first, s.last, s.high, s.low = int(end[0]), int(end[1]), uint(end[2]>>4), uint(end[2]&15)
	if !d.progressive {
		s.first, s.last, s.high, s.low = 0, 63, 0, 0
	}
	if s.first > s.last || s.last > 63 || s.low > 13 || (d.progressive && (s.first == 0) != (s.last == 0)) || (s.first > 0 && n > 1) {
		return s, bad
	}
	if !d.anyHuffman {
		d.usualTables()
	}
	for i := range n {
		var c *component
		for _, k := range d.components {
			if k.id == b[1+2*i] {
				c = k
				break
			}
		}
		dc, ac := b[2+2*i]>>4, b[2+2*i]&15
		if c == nil || dc > 3 || ac > 3 {
			return s, bad
		}
		for _, k := range s.components {
			if k == c {
				return s, bad
			}
		}
		c.dcTable, c.acTable, c.table = d.huffmans[0][dc], d.huffmans[1][ac], d.quants[c.quant]
		if (s.first == 0 && s.high == 0 && c.dcTable == nil) || (s.last > 0 && c.acTable == nil) || c.table == nil {
			return s, errors.New("jpeg: a table is missing")
		}
		s.components = append(s.components, c)
	}
	return s, nil
}

// scan reads a scan, the part of a file that has pixels.
func (d *decoder) scan(b []byte) error {
	s, err := d.scanHeader(b)
	if err != nil {
		return err
	}
	if d.scans++; d.scans > maxScans {
		return errors.New("jpeg: too many scans")
	}
	d.bits = bitReader{data: d.data, at: d.at}
	e := entropy{d: d, scanHeader: s}
	wide, high := d.mcuWide, d.mcuHigh
	single := len(s.components) == 1
	if single {
		wide, high = s.components[0].usedWide, s.components[0].usedHigh
	}
	counts := s.first == 0 && s.high == 0
	if counts {
		for _, c := range s.components {
			c.blocks, c.read = 0, 0
		}
	}
	s.note()
	e.begin()
	left, next := d.restart, byte(0)
	for y := range high {
		if err := d.ctx.Err(); err != nil {
			return err
		}
		for x := range wide {
			if d.restart > 0 && left == 0 {
				d.toRestart(next)
				e.begin()
				left, next = d.restart, (next+1)&7
			}
			left--
			// A block without any data stays as it is, grey.
			skip := d.bits.empty
			for _, c := range s.components {
				columns, rows := c.h, c.v
				if single {
					columns, rows = 1, 1
				}
				for i := range columns * rows {
					if counts {
						c.blocks++
						if !skip {
							c.read++
						}
					}
					if !skip {
						e.block(c, x*columns+i%columns, y*rows+i/columns)
					}
				}
			}
			if d.bits.empty && !skip {
				d.damaged = d.damaged || !d.bits.ended
			}
		}
	}
	d.damaged = d.damaged || d.bits.wrong || d.bits.leftover()
	d.cut = d.cut || d.bits.ended
	d.at = d.bits.at
	if d.bits.marker != 0 && !d.bits.ended {
		d.at -= 2
	}
	return nil
}

// toRestart goes to the restart marker with a number, or to where the data make
// most sense without it, by the rules of libjpeg (jpeg_resync_to_restart).
func (d *decoder) toRestart(want byte) {
	r := &d.bits
	d.damaged = d.damaged || r.leftover()
	r.held, r.n = 0, 0
	for {
		if r.marker == 0 {
			d.at = r.at
			m, ok := d.nextMarker()
			if r.at = d.at; !ok {
				r.at = len(r.data)
				m, r.ended = eoi, true
			}
			r.marker = m
		}
		m := r.marker
		if m == rst0+want {
			r.marker = 0
			break
		}
		d.damaged = d.damaged || !r.ended
		restart := m >= rst0 && m <= rst7
		ahead := (m - rst0 - want) & 7
		if m < sof0 || (restart && ahead >= 6) {
			r.marker = 0 // no marker at all, or one that is past: look on
			continue
		}
		if restart && ahead > 2 {
			r.marker = 0 // too far away to be right: go on behind it
		}
		break // else this interval is missing
	}
	// Where the interval is missing, libjpeg makes of no data a first block all the
	// same, unless data were missing before.
	r.empty = r.empty && r.marker != 0
}
