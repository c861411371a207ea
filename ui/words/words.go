// Package words is what the window says of networks, maps and failures, in its
// language: by their types and kinds, never by their texts.
package words

import (
	"context"
	"errors"
	"math"
	"strconv"
	"strings"

	"fyne.io/fyne/v2/lang"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/compute/picture"
	"gaze/models"
	"gaze/ui/state"
)

// Reason says in the window's language why a picture could not be read.
func Reason(err error) string {
	var e *picture.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	data := map[string]any{
		"Format": strings.ToUpper(e.Format), "Size": ByteSize(e.Size), "Limit": ByteSize(e.Limit),
		"Width": e.Width, "Height": e.Height, "Pixels": Number(float64(e.Limit)),
	}
	switch e.Reason {
	case picture.NotFound:
		return lang.L("it does not exist")
	case picture.Permission:
		return lang.L("permission denied")
	case picture.Directory:
		return lang.L("it is a folder")
	case picture.NotRegular:
		return lang.L("it is not an ordinary file")
	case picture.Empty:
		return lang.L("the file is empty")
	case picture.FileTooLarge:
		return lang.L("{{.Size}} is more than the limit of {{.Limit}}", data)
	case picture.TooManyPixels:
		return lang.L("{{.Width}}×{{.Height}} pixels are more than the limit of {{.Pixels}}", data)
	case picture.NotImage:
		return lang.L("it is not a picture")
	case picture.Truncated:
		return lang.L("the file is cut off after {{.Size}}", data)
	case picture.Damaged:
		return lang.L("the {{.Format}} data are damaged", data)
	case picture.Unsupported:
		text := lang.L("this kind of {{.Format}} cannot be read", data)
		if e.Kind != "" {
			text += ": " + e.Kind // a proper name, the same in every language
		}
		if e.Tag != "" {
			text += "; " + lang.L("Gaze reads it if it is built with -tags {{.Tag}}", map[string]any{"Tag": e.Tag})
		}
		return text
	}
	return e.Text()
}

// Note tells what was decided when a network was read.
func Note(n models.Note) string {
	of := func(names ...string) map[string]any { return places(names, n.Of) }
	switch n.Kind {
	case models.NoteBatch:
		return lang.L("The file is for {{.Count}} pictures at a time; it is read for one.", of("Count"))
	case models.NoteSize:
		return lang.L("The file is for pictures of {{.Size}}; it is read for {{.Read}}.", of("Size", "Read"))
	case models.NoteOutput:
		return lang.L("Of the outputs {{.All}}, {{.One}} is explained.", of("All", "One"))
	case models.NoteScores:
		return lang.L("The output {{.Output}} only says which classes are the most probable; the scores {{.Scores}} behind it are explained.", of("Output", "Scores"))
	case models.NoteInput:
		return lang.L("The input {{.Input}} besides the picture is taken to be {{.Value}}.", of("Input", "Value"))
	case models.NoteLayout:
		return lang.L("The axes of the input {{.Input}} are taken to be {{.Axes}}.", of("Input", "Axes"))
	case models.NoteOpset:
		return lang.L("The file uses opset {{.Opset}}, which is newer than this version of Gaze.", of("Opset"))
	case models.NoteRounding:
		return lang.L("The network is quantised: activations are rounded as the file says, and gradients pass as if they were not.")
	case models.NoteByOrder:
		return lang.L("The file has other names for the parameters than {{.Architecture}}; they were matched by their order and shapes.", of("Architecture"))
	case models.NoteBeside:
		return lang.L("The file has numbers besides the network, which are ignored: {{.Names}}.", of("Names"))
	case models.NoteCopy:
		return lang.L("The file has the network several times: {{.Read}} is read, {{.Left}} is not.", of("Read", "Left"))
	case models.NoteTimm:
		return lang.L("The names of the parameters are timm's. They would be the same in one of its networks whose name begins with tf_, which is another: it would have to be saved as an ONNX file, or whole.")
	case models.NoteLabels:
		return lang.L("The classes' names are from {{.File}}, which lies beside the network.", of("File"))
	case models.NotePrepared:
		return lang.L("How pictures are prepared is from {{.File}}, which lies beside the network.", of("File"))
	case models.NoteProportions:
		return lang.L("{{.File}} has pictures squeezed to {{.Size}} before their centre is cut out; Gaze keeps their proportions.", of("File", "Size"))
	case models.NoteKeys:
		return lang.L("{{.File}} has keys that mean nothing to Gaze and change nothing: {{.Keys}}.", of("File", "Keys"))
	case models.NoteActivation:
		return lang.L("The {{.Activation}} at the end is left out: the logits before it are explained.", of("Activation"))
	}
	return n.String()
}

// places are the values that stand in the places of a text, by their names.
func places(names, values []string) map[string]any {
	data := make(map[string]any, len(names))
	for i, name := range names {
		data[name] = values[i]
	}
	return data
}

// Notice says in the window's language what the reader of a map has to know.
func Notice(n compute.Notice) string {
	switch n {
	case compute.NoticeEmpty:
		return lang.L("The map is empty: nothing at this layer speaks for the class.")
	case compute.NoticeVanished:
		return lang.L("The gradient vanished: the class's logit does not depend on this layer in this picture.")
	case compute.NoticeTokensOnly:
		return lang.L("Behind this layer only tokens without a place in the picture, such as the class token, lead to the classes: the gradient of all places is zero.")
	case compute.NoticeIdentical:
		return lang.L("Grad-CAM, HiResCAM and XGrad-CAM are the same map at this layer, because only global average pooling and a linear layer follow.")
	case compute.NoticeAllLayers:
		return lang.L("This method adds up all layers of the network: the map is the same for every layer.")
	case compute.NoticeTokens:
		return lang.L("Tokens without a place in the picture, as the class token, have their part of the attention and are left out of the map.")
	case compute.NoticeClassAgnostic:
		return lang.L("This method does not look at the class: the map is the same for all classes.")
	case compute.NoticeSmoothed:
		return lang.L("Smoothed, the map no longer adds up to the logit as HiResCAM's does.")
	case compute.NoticeProbability:
		return lang.L("The target is a probability: its gradient vanishes where the network is sure, and speaks against all other classes too.")
	case compute.NoticeSaturates:
		return lang.L("The target is a probability: its gradient vanishes where the network is sure.")
	case compute.NoticeNegated:
		return lang.L("The network has one output for both classes: the map shows what lowers it.")
	case compute.NoticeNotSaid:
		return lang.L("The network does not say this class, by its threshold.")
	}
	return n.Text()
}

// Failure says in the window's language what could not be done, where it is of
// a known kind; else it is the error's own text.
func Failure(err error) string {
	var e *picture.Error
	var misfit *state.DescriptionError
	var labels *state.LabelsError
	var none *state.NoLayerError
	var layer *state.LayerError
	var method *state.MethodError
	switch {
	case errors.As(err, &e):
		return e.Path + ": " + Reason(err)
	case errors.As(err, &misfit):
		return lang.L("{{.Name}} is no longer as you described it, so it is opened as the file describes it. {{.Reason}}", map[string]any{"Name": misfit.Name(), "Reason": Failure(misfit.Err)})
	case errors.As(err, &labels):
		return lang.L("{{.Path}} has {{.Labels}} names, and the network has {{.Classes}} classes: choose a file with a name for each.", map[string]any{"Path": labels.Path, "Labels": labels.Labels, "Classes": labels.Classes})
	case errors.As(err, &none):
		return lang.L("No layer of this network has an extent in space, so there is nothing to draw.")
	case errors.As(err, &layer) && layer.Shown == "":
		return lang.L("Network {{.Network}} has no layer {{.Layer}} with an extent in space.", map[string]any{"Network": layer.Network, "Layer": layer.Layer})
	case errors.As(err, &layer):
		return lang.L("Network {{.Network}} has no layer {{.Layer}} with an extent in space. {{.Shown}} is shown.", map[string]any{"Network": layer.Network, "Layer": layer.Layer, "Shown": layer.Shown})
	case errors.As(err, &method):
		return lang.L("No method is called {{.Name}}. There are {{.Known}}.", map[string]any{"Name": method.Name, "Known": strings.Join(method.Known, ", ")})
	case errors.Is(err, cam.ErrNeedsHead):
		return lang.L("CAM is defined only where nothing but global average pooling and one linear layer follows the layer.")
	case errors.Is(err, cam.ErrNoAttention):
		return lang.L("This method is made of attention, and the network has none that can be looked at.")
	case errors.Is(err, cam.ErrWindows):
		return lang.L("The network's tokens attend to each other within windows, so this method does not apply.")
	case errors.Is(err, cam.ErrTokens):
		return lang.L("The network's tokens change between layers of attention, so this method does not apply.")
	case errors.Is(err, models.ErrNoBlocks):
		return lang.L("The network does not consist of blocks of attention that its head could follow.")
	case errors.Is(err, cam.ErrVanished):
		return lang.L("The gradient vanished: the target does not depend on the attention in this picture.")
	case errors.Is(err, cam.ErrNoChannels):
		return lang.L("This method's map is no sum over channels, so it has no first component.")
	case errors.Is(err, compute.ErrFuseOne):
		return lang.L("A fused map is of several layers: add another one.")
	case errors.Is(err, compute.ErrSumOfOne):
		return lang.L("A sum is of several classes: add another one.")
	case errors.Is(err, compute.ErrNoProbability):
		return lang.L("The network's outputs are numbers, so there is no probability to explain.")
	case errors.Is(err, compute.ErrClassTwice):
		return lang.L("The target has a class twice: choose other classes.")
	case errors.Is(err, compute.ErrSigned):
		return lang.L("Signed maps are raw: what is fused, a mean of changed pictures, or as in pytorch-grad-cam has no negative values.")
	case errors.Is(err, context.Canceled):
		return lang.L("Cancelled.")
	}
	return err.Error()
}

// Device describes what the network runs on: "CPU, AVX2, 2 threads".
func Device(d compute.Device) string {
	if d.Threads == 0 {
		return d.Description
	}
	return strings.Join([]string{"CPU", d.Instructions, lang.N("{{.Count}} threads", d.Threads, map[string]any{"Count": d.Threads})}, ", ")
}

// DeviceReason says in the window's language why a better device was not taken,
// if the cause is a known one.
func DeviceReason(d compute.Device) string {
	switch d.Cause {
	case compute.CauseNoDriver:
		return lang.L("there is no NVIDIA driver")
	case compute.CauseNoDevice:
		return lang.L("the NVIDIA driver finds no GPU")
	case compute.CauseNotBuilt:
		return lang.L("this program was built without CUDA")
	case compute.CauseLost:
		return lang.L("the GPU was lost")
	case compute.CauseMemory:
		return lang.L("the GPU is out of memory")
	}
	return d.Reason
}

// Shape writes a layer's output shape: "192×11×11".
func Shape(sides []int) string {
	words := make([]string, len(sides))
	for i, n := range sides {
		words[i] = strconv.Itoa(n)
	}
	return strings.Join(words, "×")
}

// Grid writes how tokens lie in the picture: "14×14 + 1 token".
func Grid(g *models.Grid) string {
	s := Shape([]int{g.Height, g.Width})
	if g.Prefix > 0 {
		s += " + " + lang.N("{{.Count}} tokens", g.Prefix, map[string]any{"Count": g.Prefix})
	}
	return s
}

// LayerDetail describes a layer in the list of layers.
func LayerDetail(r models.Row) string {
	s := string(r.Kind) + " · " + Shape(r.Shape)
	if r.Grid != nil {
		s += " · " + Grid(r.Grid)
	}
	if r.Default {
		s += " · " + lang.L("default")
	}
	return s
}

// LayerCosts says what a layer, or a module with all its layers, holds and costs.
func LayerCosts(r models.Row) string {
	text := ""
	if r.Params > 0 {
		text += " · " + lang.L("{{.Count}} parameters", map[string]any{"Count": Number(float64(r.Params))})
	}
	if r.MACs > 0 {
		text += " · " + lang.L("{{.Count}} multiply-adds", map[string]any{"Count": Number(float64(r.MACs))})
	}
	return text
}

// Filter names the way in which pixels are resized.
func Filter(f models.Filter) string {
	switch f {
	case models.FilterBilinear:
		return lang.L("bilinear")
	case models.FilterBicubic:
		return lang.L("bicubic")
	case models.FilterNearest:
		return lang.L("nearest pixels")
	}
	return string(f)
}

// Preprocessing says what becomes of a picture before a network sees it.
func Preprocessing(in models.Input) string {
	data := map[string]any{"Width": in.Width, "Height": in.Height, "Resize": in.Resize}
	words := []string{lang.L("{{.Width}}×{{.Height}} from the centre of a short side of {{.Resize}}", data)}
	if in.Fit == models.FitStretch {
		words[0] = lang.L("{{.Width}}×{{.Height}}, stretched", data)
	}
	words = append(words, Filter(in.Sampling()), in.Channels.String())
	for _, v := range []struct {
		name   string
		values []float32
	}{{lang.L("mean"), in.Mean}, {lang.L("standard deviation"), in.Std}} {
		words = append(words, v.name+" "+models.Numbers(v.values))
	}
	if math.Abs(float64(in.Scale)*255-1) > 1e-6 {
		words = append(words, lang.L("of values times {{.Scale}}", map[string]any{"Scale": in.Scale}))
	}
	return strings.Join(words, " · ")
}
