// Package compute explains pictures: it shows what in a picture a network's answer
// comes from. The window, gazectl and folder runs ask nothing else.
//
// A [Recipe] says what to explain and how, a [Subject] is a picture as the network
// gets it, and an [Explainer] is a network that is ready to run:
//
//	x, err := compute.Open(net, compute.Options{})
//	recipe, err := compute.Recipe{Methods: methods, Class: compute.TopClass}.Check(net)
//	subject, err := compute.OpenSubject(ctx, "mug.jpg", net.Input, picture.Options{})
//	answers, err := x.Explain(ctx, recipe, subject)
//	sheet := answers[0].Outcomes[0].Explanation.Sheet(subject, style)
//
// [Explainer.Explain] keeps no more of the run than the maps. [Explainer.Run] keeps
// a [Pass], of which another method makes its map without running the network.
// explain.go tells a picture's whole way in one place.
package compute
