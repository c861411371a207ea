// Package render is a small path tracer. It makes the sample pictures from
// scenes that are described in Go: shapes given by distance functions,
// triangles and planes, lit by the sky, the sun and rectangular lamps.
//
// A picture depends on the scene, the size, the number of samples and the seed
// alone, not on the number of cores: every pixel has its own random numbers.
// Other processors may round differently, which moves single pixels by a
// little.
//
// Lengths are in centimetres, light is linear sRGB radiance, Y points up.
package render
