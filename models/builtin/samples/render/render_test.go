package render

import (
	"math"
	"runtime"
	"slices"
	"testing"
)

// one is a sky of the same light everywhere.
func one(Vec) Vec { return Grey(1) }

// light is the mean of what the rays through the middle of a scene bring.
func light(s *Scene, samples int) Vec {
	v := s.Camera.view(1, 1)
	sum := Vec{}
	for i := range samples {
		rnd := sampler{pixel: 7, sample: uint32(i)}
		sum = sum.Add(s.trace(v.ray(0.5, 0.5, 0, 0), &rnd).light)
	}
	return sum.Scale(1 / float64(samples))
}

// TestFurnace puts a ball into a sky of the same light everywhere: whatever the
// material, the ball sends back its albedo of it and never more.
func TestFurnace(t *testing.T) {
	for _, c := range []struct {
		name     string
		material Material
		lo, hi   float64
	}{
		{"white", Matt(Grey(1)), 0.999, 1.001},
		{"grey", Matt(Grey(0.5)), 0.499, 0.501},
		{"mirror", Metal(Grey(1), 0.02), 0.99, 1.001},
		// Microfacets in each other's shadow lose some light.
		{"rough metal", Metal(Grey(1), 0.5), 0.88, 1.001},
		{"plastic", Plastic(Grey(1), 0.3), 0.95, 1.005},
	} {
		ball := Object{Shape: Solid{Sphere(1), Around(1, 1, 1)}, Surface: c.material.Everywhere}
		s := &Scene{Camera: Camera{From: V(0, 0.5, 5), At: V(0, 0.4, 0), Angle: 1}, Objects: []Object{ball}, Sky: one}
		if got := light(s, 4096); got.X < c.lo || got.X > c.hi {
			t.Errorf("%s: %.4f, not from %.4f to %.4f", c.name, got.X, c.lo, c.hi)
		}
	}
}

// TestLampLightsTheGround compares the light below a small lamp with the law of
// the distance squared.
func TestLampLightsTheGround(t *testing.T) {
	const side, high, radiance, albedo = 0.2, 10.0, 100.0, 0.6
	lamp := Light{Corner: V(-side/2, high, -side/2), U: V(side, 0, 0), V: V(0, 0, side), Radiance: Grey(radiance)}
	s := &Scene{
		Camera:  Camera{From: V(0, 5, 5), At: V(0, 0, 0), Angle: 0.01},
		Objects: []Object{{Shape: Ground{}, Surface: Matt(Grey(albedo)).Everywhere}},
		Lights:  []Light{lamp},
		Sky:     func(Vec) Vec { return Vec{} },
	}
	want := albedo / math.Pi * radiance * side * side / (high * high)
	for _, flip := range []bool{false, true} {
		if flip { // shines upwards
			l := &s.Lights[0]
			l.U, l.V, want = l.V, l.U, 0
		}
		if got := light(s, 4096).X; math.Abs(got-want) > 0.01*want {
			t.Errorf("%g, not %g", got, want)
		}
	}
}

func TestFields(t *testing.T) {
	ring := Field(Torus(5, 1))
	for _, c := range []struct {
		name  string
		field Field
		p     Vec
		want  float64
	}{
		{"sphere", Sphere(2), V(0, 5, 0), 3},
		{"box, beside a side", RoundBox(V(1, 2, 3), 0.5), V(4, 0, 0), 3},
		{"box, inside", RoundBox(V(1, 2, 3), 0), V(0.25, 0, 0), -0.75},
		{"box, off a corner", RoundBox(V(1, 1, 1), 0), V(2, 3, 3), 3},
		{"cylinder, above", Cylinder(2, 1, 0), V(1, 4, 0), 3},
		{"capsule, beyond the end", Capsule(V(0, 0, 0), V(0, 4, 0), 1, 1), V(0, 7, 0), 2},
		{"torus, in the hole", ring, V(0, 0, 0), 4},
		{"moved", ring.At(5, 0, 0), V(0, 0, 0), -1},
		{"turned", ring.Turn(RotX(90)), V(0, 5, 0), -1},
		{"mirrored", Field(Sphere(1)).At(3, 0, 0).MirrorX(), V(-5, 0, 0), 1},
		{"shell", Field(Sphere(2)).Shell(0.5), V(0, 0, 0), 1.75},
		{"union", Union(Sphere(1), Field(Sphere(1)).At(4, 0, 0)), V(6, 0, 0), 1},
		{"cut", Cut(0, Sphere(3), Sphere(1)), V(0, 0, 0), 1},
		{"common", Common(0, Sphere(2), Field(Sphere(2)).At(3, 0, 0)), V(0, 0, 0), 1},
	} {
		if got := c.field(c.p); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%s: %g, not %g", c.name, got, c.want)
		}
	}
}

// TestRaysMeetASolid also holds for fields that are up to half too large, which
// lead rays behind the surface first.
func TestRaysMeetASolid(t *testing.T) {
	for _, factor := range []float64{0.5, 1, 1.5} {
		ball := Solid{Field(Sphere(2)).Slower(factor), Around(2, 2, 2)}
		at, n, ok := ball.intersect(Ray{V(0, 0, 10), V(0, 0, -1)}, 100)
		if !ok || math.Abs(at-8) > 1e-3 || n.Sub(V(0, 0, 1)).Len() > 1e-3 {
			t.Errorf("factor %g: %g, %v, %t", factor, at, n, ok)
		}
		if _, _, ok := ball.intersect(Ray{V(0, 0, 10), V(0, 0, -1)}, 7.9); ok {
			t.Errorf("factor %g: met beyond the ray's end", factor)
		}
		if _, _, ok := ball.intersect(Ray{V(0, 2.1, 10), V(0, 0, -1)}, 100); ok {
			t.Errorf("factor %g: met beside the ball", factor)
		}
	}
}

func TestMeshFindsTheNearestTriangle(t *testing.T) {
	var triangles []Triangle
	for i := range 300 {
		corner := func(k int) Vec {
			return V(Random(i, k, 0), Random(i, k, 1), Random(i, k, 2)).Scale(0.3).
				Add(V(Random(i, 9, 3), Random(i, 9, 4), Random(i, 9, 5)))
		}
		triangles = append(triangles, Triangle{corner(0), corner(1), corner(2)})
	}
	mesh, met := NewMesh(slices.Clone(triangles)), 0
	for i := range 500 {
		from := V(Random(i, 0, 6), Random(i, 1, 6), Random(i, 2, 6)).Scale(4).Sub(Grey(1.5))
		r := Ray{from, V(Random(i, 3, 6), Random(i, 4, 6), Random(i, 5, 6)).Sub(from).Unit()}
		want := math.Inf(1)
		for k := range triangles {
			if d, ok := triangles[k].intersect(r, want); ok {
				want = d
			}
		}
		got, n, ok := mesh.intersect(r, math.Inf(1))
		if ok != !math.IsInf(want, 1) || ok && got != want {
			t.Fatalf("ray %d: %g, %t, not %g", i, got, ok, want)
		}
		if ok {
			met++
			if n.Dot(r.Dir) > 0 {
				t.Errorf("ray %d: the normal points away", i)
			}
		}
	}
	if met < 50 {
		t.Errorf("only %d rays meet something", met)
	}
}

// TestSamplesAreSpread holds the first 16 samples of a pair to what makes them
// better than random: one lies in each of 16 boxes, of whatever shape.
func TestSamplesAreSpread(t *testing.T) {
	for _, shape := range [][2]int{{16, 1}, {8, 2}, {4, 4}, {2, 8}, {1, 16}} {
		taken := make(map[[2]int]bool)
		for i := range 16 {
			rnd := sampler{pixel: 12345, sample: uint32(i)}
			rnd.next2()
			u, v := rnd.next2()
			taken[[2]int{int(u * float64(shape[0])), int(v * float64(shape[1]))}] = true
		}
		if len(taken) != 16 {
			t.Errorf("%d of the %d x %d boxes have a sample", len(taken), shape[0], shape[1])
		}
	}
}

func TestPictureDoesNotDependOnTheCores(t *testing.T) {
	s := &Scene{
		Camera:  Camera{From: V(0, 3, 8), At: V(0, 1, 0), Angle: 30, Aperture: 0.1},
		Objects: []Object{{Shape: Ground{}, Surface: Matt(Grey(0.5)).Everywhere}, {Shape: Solid{Sphere(1), Around(1, 1, 1)}, Place: V(0, 1, 0), Surface: Plastic(V(0.8, 0.1, 0.1), 0.2).Everywhere, Label: 1}},
		Sky:     one,
		Sun:     &Sun{Dir: V(0.5, 1, 0.5).Unit(), Irradiance: Grey(3), Radius: 0.05},
	}
	o := Options{Width: 24, Height: 18, Samples: 4}
	all, mask, err := s.Picture(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	single, _, err := s.Picture(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(all.Pix, single.Pix) {
		t.Error("the picture depends on the number of cores")
	}
	o.Seed = 1
	other, _, err := s.Picture(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if slices.Equal(other.Pix, all.Pix) {
		t.Error("another seed gives the same picture")
	}
	if mask.GrayAt(12, 9).Y != 1 || mask.GrayAt(1, 16).Y != 0 {
		t.Errorf("the mask has %d on the ball and %d on the ground", mask.GrayAt(12, 9).Y, mask.GrayAt(1, 16).Y)
	}
}

func TestDenoiseKeepsSurfacesApart(t *testing.T) {
	const width, height = 16, 8
	pixels := make([]pixel, width*height)
	for i := range pixels {
		p := &pixels[i]
		p.color, p.distance, p.normal, p.noise = Grey(0.5), 10, V(0, 0, 1), 0.01
		p.light = Grey(0.2 + 0.2*(Random(i, 0, 0)-0.5))
		if i%width >= width/2 {
			p.normal, p.light = V(1, 0, 0), Grey(0.8)
		}
	}
	out := denoise(pixels, width, height)
	for i, l := range out {
		want, tolerance := 0.2, 0.05
		if i%width >= width/2 {
			want, tolerance = 0.8, 1e-9
		}
		if math.Abs(l.X-want) > tolerance {
			t.Errorf("pixel %d is %g", i, l.X)
		}
	}
}
