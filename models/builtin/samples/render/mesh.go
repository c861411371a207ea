package render

import (
	"math"
	"slices"
)

// Triangle is a flat piece of a mesh, seen from both sides.
type Triangle struct{ A, B, C Vec }

// Mesh is a set of triangles in a tree of boxes.
type Mesh struct {
	triangles []Triangle
	nodes     []meshNode
}

// meshNode is a box. A leaf has count triangles from first on; other nodes have
// their children at first and first+1, in their order along axis (0 is X).
type meshNode struct {
	box          Box
	first, count int
	axis         int
}

const leafSize = 4

// NewMesh builds the tree of the triangles, which it reorders.
func NewMesh(triangles []Triangle) *Mesh {
	m := &Mesh{triangles: triangles, nodes: make([]meshNode, 1, len(triangles))}
	m.build(0, 0, len(triangles))
	return m
}

// build makes the node of the triangles from first on, halving them at the
// median along the box's longest side.
func (m *Mesh) build(node, first, count int) {
	box := Box{Grey(math.Inf(1)), Grey(math.Inf(-1))}
	for _, t := range m.triangles[first : first+count] {
		for _, p := range [3]Vec{t.A, t.B, t.C} {
			box.Min = V(min(box.Min.X, p.X), min(box.Min.Y, p.Y), min(box.Min.Z, p.Z))
			box.Max = V(max(box.Max.X, p.X), max(box.Max.Y, p.Y), max(box.Max.Z, p.Z))
		}
	}
	if count <= leafSize {
		m.nodes[node] = meshNode{box: box, first: first, count: count}
		return
	}
	size := box.Max.Sub(box.Min)
	axis, key := 0, func(t Triangle) float64 { return t.A.X + t.B.X + t.C.X }
	switch size.max() {
	case size.Y:
		axis, key = 1, func(t Triangle) float64 { return t.A.Y + t.B.Y + t.C.Y }
	case size.Z:
		axis, key = 2, func(t Triangle) float64 { return t.A.Z + t.B.Z + t.C.Z }
	}
	slices.SortFunc(m.triangles[first:first+count], func(a, b Triangle) int {
		switch ka, kb := key(a), key(b); {
		case ka < kb:
			return -1
		case ka > kb:
			return 1
		}
		return 0
	})
	child := len(m.nodes)
	m.nodes = append(m.nodes, meshNode{}, meshNode{})
	m.nodes[node] = meshNode{box: box, first: child, axis: axis}
	half := count / 2
	m.build(child, first, half)
	m.build(child+1, first+half, count-half)
}

func (m *Mesh) margin() float64 { return 1e-3 }

func (m *Mesh) intersect(r Ray, far float64) (t float64, n Vec, ok bool) {
	inverse := r.Dir.inverse()
	backwards := [3]bool{r.Dir.X < 0, r.Dir.Y < 0, r.Dir.Z < 0}
	var stack [64]int
	depth := 1
	for depth > 0 {
		depth--
		node := &m.nodes[stack[depth]]
		if enter, leave := node.box.span(r.Origin, inverse); enter > leave || enter >= far {
			continue
		}
		if node.count == 0 {
			// The nearer child comes next.
			nearer, farther := node.first, node.first+1
			if backwards[node.axis] {
				nearer, farther = farther, nearer
			}
			stack[depth], stack[depth+1] = farther, nearer
			depth += 2
			continue
		}
		for i := range m.triangles[node.first : node.first+node.count] {
			tri := &m.triangles[node.first+i]
			if d, hit := tri.intersect(r, far); hit {
				far, t, ok = d, d, true
				n = tri.B.Sub(tri.A).Cross(tri.C.Sub(tri.A))
			}
		}
	}
	if !ok {
		return 0, Vec{}, false
	}
	if n.Dot(r.Dir) > 0 {
		n = n.Scale(-1)
	}
	return t, n.Unit(), true
}

// intersect is the algorithm of Möller and Trumbore.
func (tri *Triangle) intersect(r Ray, far float64) (float64, bool) {
	e1, e2 := tri.B.Sub(tri.A), tri.C.Sub(tri.A)
	p := r.Dir.Cross(e2)
	inverse := 1 / e1.Dot(p)
	s := r.Origin.Sub(tri.A)
	u := s.Dot(p) * inverse
	if !(u >= 0 && u <= 1) {
		return 0, false
	}
	q := s.Cross(e1)
	v := r.Dir.Dot(q) * inverse
	if v < 0 || u+v > 1 {
		return 0, false
	}
	t := e2.Dot(q) * inverse
	return t, t > 0 && t < far
}
