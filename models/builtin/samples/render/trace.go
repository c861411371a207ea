package render

import "math"

const (
	// defaultBounces is how often light is followed from surface to surface.
	defaultBounces = 6
	// brightest limits what one path may bring by more than one surface: rare
	// paths that meet a light by chance would leave white dots.
	brightest = 12
)

// seen is what a camera ray sees: its light, and of the first surface the
// colour, the normal, the distance and the object's label.
type seen struct {
	light, color, normal Vec
	distance             float64
	label                int
}

// trace follows one path of light back from the camera.
func (s *Scene) trace(r Ray, rnd *sampler) (first seen) {
	throughput, density := Grey(1), 0.0
	bounces := s.Bounces
	if bounces == 0 {
		bounces = defaultBounces
	}
	first.distance = math.Inf(1)
	gather := func(depth int, l Vec) {
		l = l.Mul(throughput)
		if m := l.max(); depth > 0 && m > brightest {
			l = l.Scale(brightest / m)
		}
		first.light = first.light.Add(l)
	}
	for depth := 0; ; depth++ {
		h, ok := s.nearest(r, depth == 0)
		if !ok {
			sky := s.Sky(r.Dir)
			if depth == 0 {
				first.color = Grey(1)
			}
			gather(depth, sky)
			return first
		}
		if h.light >= 0 {
			l := &s.Lights[h.light]
			w := 1.0
			if depth > 0 {
				w = balance(density, l.density(r, h.t)/s.sources())
			} else {
				first.color = Grey(1)
			}
			gather(depth, l.Radiance.Scale(w))
			return first
		}
		m := h.object.Surface(h.local, h.localN)
		n := h.n
		if m.Normal != (Vec{}) {
			n = h.object.outward(m.Normal)
			// A bump must not turn the surface away from the eye.
			if c := n.Dot(r.Dir); c > -0.02 {
				n = n.Sub(r.Dir.Scale(c + 0.02)).Unit()
			}
		}
		if depth == 0 {
			first.color = m.Color.Mix(Grey(1), 0.5*m.Metal)
			first.normal, first.distance, first.label = n, h.t, h.object.Label
		}
		gather(depth, m.Glow)
		if depth == bounces {
			return first
		}
		x, y := frame(n)
		o := V(-r.Dir.Dot(x), -r.Dir.Dot(y), max(1e-4, -r.Dir.Dot(n)))
		sc := newScatter(m, o)
		toLocal := func(d Vec) Vec { return V(d.Dot(x), d.Dot(y), d.Dot(n)) }
		margin := h.object.Shape.margin()
		start := func(d Vec) Vec {
			if d.Dot(h.n) < 0 {
				return h.p.Sub(h.n.Scale(m.Thick + 2*margin))
			}
			return h.p.Add(h.n.Scale(margin))
		}

		gather(depth, s.direct(&sc, toLocal, start, rnd))

		u, v := rnd.next2()
		i := sc.sample(rnd.next(), u, v)
		f, d := sc.value(i)
		if !(d > 0) || f.max() <= 0 {
			return first
		}
		dir := x.Scale(i.X).Add(y.Scale(i.Y)).Add(n.Scale(i.Z)).Unit()
		if m.Through == 0 && dir.Dot(h.n) <= 0 {
			return first
		}
		throughput, density = throughput.Mul(f.Scale(1/d)), d
		if depth >= 2 {
			survive := min(0.95, throughput.max())
			if rnd.next() >= survive {
				return first
			}
			throughput = throughput.Scale(1 / survive)
		}
		r = Ray{start(dir), dir}
	}
}

// sources is the number of lights that direct chooses from.
func (s *Scene) sources() float64 {
	n := len(s.Lights)
	if s.Sun != nil {
		n++
	}
	return float64(n)
}

// direct is the light that comes straight from one of the lights, chosen by
// chance.
func (s *Scene) direct(sc *scatter, toLocal, start func(Vec) Vec, rnd *sampler) Vec {
	sources := s.sources()
	if sources == 0 {
		return Vec{}
	}
	u, v := rnd.next2()
	k := int(rnd.next() * sources)
	if k == len(s.Lights) {
		return s.sunlight(sc, toLocal, start, u, v).Scale(sources)
	}
	l := &s.Lights[k]
	// The start depends on the side; the light's middle tells it.
	target := l.Corner.Add(l.U.Scale(u)).Add(l.V.Scale(v))
	origin := start(target.Sub(start(Vec{})))
	to := target.Sub(origin)
	t := to.Len()
	r := Ray{origin, to.Scale(1 / t)}
	if r.Dir.Dot(l.U.Cross(l.V)) >= 0 {
		return Vec{}
	}
	f, chance := sc.value(toLocal(r.Dir))
	if f.max() <= 0 || s.blocked(r, t*(1-1e-6)) {
		return Vec{}
	}
	d := l.density(r, t) / sources
	return l.Radiance.Mul(f).Scale(balance(d, chance) / d)
}

// sunlight is the light that comes straight from a point of the sun.
func (s *Scene) sunlight(sc *scatter, toLocal, start func(Vec) Vec, u, v float64) Vec {
	x, y := frame(s.Sun.Dir)
	radius, phi := s.Sun.Radius*math.Sqrt(u), 2*math.Pi*v
	dir := s.Sun.Dir.Add(x.Scale(radius * math.Cos(phi))).Add(y.Scale(radius * math.Sin(phi))).Unit()
	f, _ := sc.value(toLocal(dir))
	if f.max() <= 0 || s.blocked(Ray{start(dir), dir}, math.Inf(1)) {
		return Vec{}
	}
	return s.Sun.Irradiance.Mul(f)
}

// balance is the weight of a sample that one strategy chose with density a and
// another could have chosen with density b (Veach's power heuristic).
func balance(a, b float64) float64 { return a * a / (a*a + b*b) }
