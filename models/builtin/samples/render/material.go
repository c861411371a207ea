package render

import "math"

// Material is how a surface treats light: a diffuse ground under a film that
// reflects as microfacets do (GGX), or a metal.
type Material struct {
	// Color is what is reflected diffusely or, of a metal, at all.
	Color Vec
	// Rough is the microfacets' roughness: 0.02 is polished, 1 is matt.
	Rough float64
	// Metal goes from 0 to 1.
	Metal float64
	// Film is the reflectance of the film at normal incidence: 0.04 is plastic,
	// lacquer or glass, 0 is none.
	Film float64
	// Through is the share of the diffuse light that passes a thin sheet of
	// thickness Thick.
	Through, Thick float64
	// Glow is emitted.
	Glow Vec
	// Normal, in the shape's coordinates, replaces the shape's own.
	Normal Vec
}

// Matt is a diffuse material.
func Matt(color Vec) Material { return Material{Color: color, Rough: 1} }

// Plastic is a diffuse material under a film.
func Plastic(color Vec, rough float64) Material {
	return Material{Color: color, Rough: rough, Film: 0.04}
}

// Metal is a metal of the given colour.
func Metal(color Vec, rough float64) Material {
	return Material{Color: color, Rough: rough, Metal: 1}
}

// Everywhere is the surface of one material.
func (m Material) Everywhere(_, _ Vec) Material { return m }

// scatter is what a material does at a point, in the frame of the normal: o is
// the direction to where the light goes, with o.Z > 0.
type scatter struct {
	m        Material
	o        Vec
	f0       Vec
	alpha    float64
	specular float64 // chance to sample the film
}

func newScatter(m Material, o Vec) scatter {
	f0 := Grey(m.Film).Mix(m.Color, m.Metal)
	s := scatter{m: m, o: o, f0: f0, alpha: max(m.Rough*m.Rough, 5e-4)}
	f := fresnel(f0, o.Z).luminance()
	if d := (1 - m.Metal) * m.Color.luminance(); f > 0 {
		s.specular = Clamp(f/(f+d), 0.1, 1)
	}
	if m.Metal < 1 {
		s.specular = min(s.specular, 0.9)
	}
	return s
}

// fresnel is Schlick's approximation.
func fresnel(f0 Vec, cos float64) Vec {
	k := math.Pow(1-Clamp(cos, 0, 1), 5)
	if f0.max() <= 0 {
		k = 0
	}
	return f0.Mix(Grey(1), k)
}

// value is the distribution function times the cosine towards i, and the
// density with which sample chooses i. Light from below (i.Z < 0) passes
// through the sheet.
func (s *scatter) value(i Vec) (f Vec, density float64) {
	m := &s.m
	ground := m.Color.Scale((1 - m.Metal) / math.Pi)
	if i.Z <= 0 {
		return ground.Scale(m.Through * -i.Z), (1 - s.specular) * m.Through * -i.Z / math.Pi
	}
	ground = ground.Scale((1 - m.Through) * i.Z)
	density = (1 - s.specular) * (1 - m.Through) * i.Z / math.Pi
	if s.specular == 0 {
		return ground, density
	}
	h := s.o.Add(i).Unit()
	fr := fresnel(s.f0, h.Dot(s.o))
	d := ggx(h, s.alpha)
	go1, gi := smith(s.o, s.alpha), smith(i, s.alpha)
	glossy := fr.Scale(d / (4 * s.o.Z * (1 + go1 + gi)))
	density += s.specular * d / (4 * s.o.Z * (1 + go1))
	return ground.Mul(Grey(1).Sub(fr)).Add(glossy), density
}

// ggx is the share of microfacets that face h.
func ggx(h Vec, alpha float64) float64 {
	k := (h.X*h.X+h.Y*h.Y)/(alpha*alpha) + h.Z*h.Z
	return 1 / (math.Pi * alpha * alpha * k * k)
}

// smith is Smith's Λ for GGX.
func smith(v Vec, alpha float64) float64 {
	return (math.Sqrt(1+alpha*alpha*(v.X*v.X+v.Y*v.Y)/(v.Z*v.Z)) - 1) / 2
}

// sample chooses where the light comes from.
func (s *scatter) sample(choice, u, v float64) Vec {
	if choice >= s.specular {
		r, phi := math.Sqrt(u), 2*math.Pi*v
		d := V(r*math.Cos(phi), r*math.Sin(phi), math.Sqrt(max(1e-9, 1-u)))
		if (choice-s.specular)/(1-s.specular) < s.m.Through {
			d.Z = -d.Z
		}
		return d
	}
	h := s.facet(u, v)
	return h.Scale(2 * h.Dot(s.o)).Sub(s.o)
}

// facet is a microfacet as seen from o (Heitz 2018, Sampling the GGX
// Distribution of Visible Normals).
func (s *scatter) facet(u, v float64) Vec {
	e := V(s.alpha*s.o.X, s.alpha*s.o.Y, s.o.Z).Unit()
	t := V(1, 0, 0)
	if l := math.Hypot(e.X, e.Y); l > 0 {
		t = V(-e.Y/l, e.X/l, 0)
	}
	b := e.Cross(t)
	r, phi := math.Sqrt(u), 2*math.Pi*v
	x, y := r*math.Cos(phi), r*math.Sin(phi)
	k := (1 + e.Z) / 2
	y = (1-k)*math.Sqrt(1-x*x) + k*y
	n := t.Scale(x).Add(b.Scale(y)).Add(e.Scale(math.Sqrt(max(0, 1-x*x-y*y))))
	return V(s.alpha*n.X, s.alpha*n.Y, max(1e-6, n.Z)).Unit()
}
