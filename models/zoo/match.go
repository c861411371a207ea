package zoo

import (
	"maps"
	"slices"
	"strings"

	"gaze/models"
	"gaze/models/weights"
)

// Match says how the parameters of a file fit an architecture.
type Match struct {
	// Architecture is the zoo's name of the structure.
	Architecture string

	arch architecture
	src  *mapped
	// head stands in the place of the architecture's own; nil for the own one.
	head *head
	// ignored are the file's parameters that are no part of the network, copies
	// the prefixes of further copies of it.
	ignored, copies []string
}

// Find finds the architecture that a file's parameters fit: under the names of
// torchvision or of another known program, whatever stands before the names, or
// by their order and shapes. The head may be another than the architecture's own.
// The error is an [*UnknownError] if nothing fits.
func Find(c *weights.Contents) (*Match, error) {
	file := newListing(c)
	list := architectures()
	// What the file calls itself goes before others that it fits as well.
	slices.SortStableFunc(list, func(a, b architecture) int {
		switch {
		case a.name == b.name:
			return 0
		case a.name == c.Architecture:
			return -1
		case b.name == c.Architecture:
			return 1
		}
		return 0
	})
	if m := file.best(list); m != nil {
		return m, nil
	}
	return nil, file.unknown()
}

// Fit matches a file's parameters with the architecture called arch. The error is
// a [*ParamError] if they do not fit.
func Fit(arch string, c *weights.Contents) (*Match, error) {
	a, err := find(arch)
	if err != nil {
		return nil, err
	}
	file := newListing(c)
	if m := file.best([]architecture{a}); m != nil {
		return m, nil
	}
	n := file.nearness(a)
	return nil, &ParamError{Architecture: arch, Problems: n.problems}
}

// best is the match of the first architecture that fits as it is, else of the
// first one that fits with another head. Names count more than the order.
func (file *listing) best(list []architecture) *Match {
	var nearly *Match
	try := func(a architecture, w way) *Match {
		m := file.try(a, w)
		if m == nil || m.head == nil {
			return m
		}
		if nearly == nil {
			nearly = m
		}
		return nil
	}
	for _, a := range list {
		for _, w := range file.named(a) {
			if m := try(a, w); m != nil {
				return m
			}
		}
	}
	if nearly != nil || !file.Ordered || file.strange != "" {
		return nearly
	}
	for _, a := range list {
		for _, w := range file.ordered(a) {
			if m := try(a, w); m != nil {
				return m
			}
		}
	}
	return nearly
}

// try matches an architecture in one way; nil where it does not fit.
func (file *listing) try(a architecture, w way) *Match {
	src := &mapped{file: file, way: w, at: w.start, names: make(map[string]int)}
	b := newBuilder(a, src)
	b.first, b.flip, b.file = true, w.flip, src
	if a.build(b); b.err != nil || b.body == "" {
		return nil
	}
	m := &Match{Architecture: a.name, arch: a, src: src}
	if strange := src.strange(b.net.Layers[:b.bodyLayers]); strange != "" {
		file.strange = strange
		return nil
	}
	// In a row of modules, what follows the body is what stands there.
	exact := len(b.headProblems) == 0 && m.restIsBeside(file.rest(src, a))
	if exact && (!w.order || len(file.modules) == 0) {
		return m
	}
	own, all := b.net.Layers[b.bodyLayers:], maps.Clone(src.names)
	for _, l := range own {
		for param := range l.Params {
			delete(src.names, l.Name+"."+param)
		}
	}
	h, left := readHead(b, src, file.rest(src, a), own)
	switch {
	case exact && (h == nil || !h.known) && file.strange == "":
		src.names = all
		return m
	case h == nil || !m.restIsBeside(left):
		return nil
	}
	m.head = h
	// The layers are built once more, with the head: shapes and names must fit.
	b = newBuilder(a, src)
	b.first, b.flip, b.file, b.other = true, w.flip, src, h
	if a.build(b); b.err != nil || len(b.headProblems) > 0 {
		return nil
	}
	return m
}

// rest lists the file's parameters that have no place yet, but for those of
// heads that are used in training only.
func (file *listing) rest(src *mapped, a architecture) []int {
	taken := make([]bool, len(file.Params))
	for _, i := range src.names {
		taken[i] = true
	}
	var rest []int
	for i, p := range file.Params {
		helps := func(prefix string) bool { return strings.HasPrefix(p.Name, src.way.prefix+prefix) }
		if !taken[i] && !computed(p.Name) && !slices.ContainsFunc(a.training, helps) {
			rest = append(rest, i)
		}
	}
	return rest
}

// computed reports whether a name is that of numbers that a program counts or makes
// itself, and that some files hold all the same.
func computed(name string) bool {
	return slices.Contains([]string{"num_batches_tracked", "relative_position_index", "relative_coords_table", "attn_mask"}, last(name))
}

// restIsBeside reports whether the parameters without a place are no part of the
// network, and remembers them: further copies of the network, and numbers of
// losses and metrics.
func (m *Match) restIsBeside(rest []int) bool {
	file := m.src.file
	m.ignored, m.copies = nil, nil
	if len(rest) == 0 {
		return true
	}
	copies := m.src.copies()
	prefix := m.src.commonPrefix()
	parts := make(map[string]bool)
	for _, i := range rest {
		if s := file.Params[i].Shape; last(file.Params[i].Name) == "running_mean" || len(s) > 1 && last(file.Params[i].Name) == "weight" {
			parts[parent(file.Params[i].Name)] = true
		}
	}
	for _, i := range rest {
		p := file.Params[i]
		if c := slices.IndexFunc(copies, func(c string) bool { return strings.HasPrefix(p.Name, c) }); c >= 0 {
			if !slices.Contains(m.copies, copies[c]) {
				m.copies = append(m.copies, copies[c])
			}
			continue
		}
		outside := prefix != "" && !strings.HasPrefix(p.Name, prefix)
		if !outside && !measures(p.Name) || parts[parent(p.Name)] || len(p.Shape) > 2 {
			return false
		}
		m.ignored = append(m.ignored, p.Name)
	}
	return true
}

// measures reports whether a name is that of a loss or a metric.
func measures(name string) bool {
	first, _, _ := strings.Cut(strings.ToLower(name), ".")
	return slices.ContainsFunc([]string{"loss", "criterion", "metric"}, func(word string) bool { return strings.Contains(first, word) })
}

// Params lists the file's parameters that the network needs.
func (m *Match) Params() []string {
	var names []string
	for _, i := range m.src.names {
		names = append(names, m.src.file.Params[i].Name)
	}
	slices.Sort(names)
	return names
}

// Build makes the network with parameters from src, which go by the file's
// names. What the file says of the input is the network's. Notes tell what was
// left out, and guesses what the file does not say.
func (m *Match) Build(src Source) (*models.Network, error) {
	from := *m.src
	from.values = src
	b := newBuilder(m.arch, &from)
	b.file, b.other = &from, m.head
	b.sized = m.src.file.Input.Size > 0
	b.net.Input = stated(b.net.Input, m.src.file.Input)
	m.arch.build(b)
	if b.err != nil {
		return nil, b.err
	}
	if problems := slices.Concat(b.problems, b.headProblems); len(problems) > 0 {
		return nil, &ParamError{Architecture: m.arch.name, Problems: problems}
	}
	if n := b.net.Input.Count(); n == len(from.file.Input.Mean) {
		b.net.Input.Mean, b.net.Input.Std = from.file.Input.Mean, from.file.Input.Std
	}
	m.remark(b.net)
	return b.net, nil
}

// Says lists what the file says of the input of the network that Build made.
func (m *Match) Says(net *models.Network) []models.Aspect {
	said, in := []models.Aspect(nil), m.src.file.Input
	if in.Size > 0 {
		said = append(said, models.AspectSize)
	}
	if in.Crop > 0 {
		said = append(said, models.AspectResize, models.AspectCrop)
	}
	if len(in.Mean) == net.Input.Count() {
		said = append(said, models.AspectScale, models.AspectMean, models.AspectStd)
	}
	return said
}

// stated is the input with what a file says of it.
func stated(in models.Input, said weights.Preprocessing) models.Input {
	share := float64(in.Height) / float64(in.Resize)
	if said.Crop > 0 {
		share = said.Crop
	}
	if said.Size > 0 {
		in.Height, in.Width = said.Size, said.Size
	}
	if said.Size > 0 || said.Crop > 0 {
		in.Resize = max(in.Height, int(float64(in.Height)/share))
	}
	if said.Filter != "" {
		in.Filter = said.Filter
	}
	return in
}

// remark adds to a network what the user should know of how the file was read.
func (m *Match) remark(net *models.Network) {
	if m.src.way.order {
		net.Notes = append(net.Notes, models.NewNote(models.NoteByOrder, m.arch.name))
	}
	if len(m.ignored) > 0 {
		net.Notes = append(net.Notes, models.NewNote(models.NoteBeside, listed(m.ignored)))
	}
	if copies := slices.Concat(m.copies, m.src.file.Copies); len(copies) > 0 {
		read := strings.Trim(m.src.way.prefix, ".")
		if len(m.copies) == 0 {
			read = m.src.file.Under
		}
		net.Notes = append(net.Notes, models.NewNote(models.NoteCopy, read, listed(copies)))
	}
	if m.src.way.naming.timm && len(m.src.file.modules) == 0 && !asTensorFlow(m.src.file.Architecture) {
		net.Notes = append(net.Notes, models.NewNote(models.NoteTimm))
	}
	if m.head != nil {
		m.head.remark(net)
	}
	if net.Output.Activation == "" {
		m.src.outside(net)
	}
}

// listed writes the first names of a list.
func listed(names []string) string {
	const shown = 5
	text := strings.Join(names[:min(shown, len(names))], ", ")
	if len(names) > shown {
		text += ", …"
	}
	return text
}
