package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"time"

	"gorgonia.org/tensor"

	"gaze/compute"
	"gaze/compute/engine"
	"gaze/models"
	"gaze/models/builtin"
	"gaze/models/keras/apps"
	"gaze/models/store"
	"gaze/models/weights"
	"gaze/models/zoo"
)

// benchCommand times networks.
type benchCommand struct {
	Model   []string `placeholder:"NAME|FILE" sep:"none" help:"Network to time; may be repeated. All that are known by name unless given. One that has no weights here gets numbers by a formula: they do not matter for time."`
	Weights string   `placeholder:"FILE" help:"Weights for the network named by --model."`
	deviceFlags
	Batch       int  `default:"1" placeholder:"N" help:"How many pictures to run at once. Default: 1."`
	Runs        int  `default:"20" placeholder:"N" help:"How many runs to time. Default: 20."`
	JSON        bool `name:"json" help:"Print a JSON array and nothing else on standard output."`
	Interactive bool `help:"Wait for a line on standard input before each run and then print its seconds as a line of JSON, to take turns with another program."`
}

// Help is the command's longer help text.
func (benchCommand) Help() string {
	return `Times Grad-CAM at a network's default layer, made as for folders and by gazectl explain with no other method: of the gradient no more is computed than the map takes. Each run is on a new picture that is preprocessed already. After a few runs that do not count:

  forward       the way to the logits
  explain       forward, back to the layer, and the map
  class switch  the map of another class of the same picture

Times are medians, in the table in milliseconds and for all pictures of a batch. GF/s counts two operations for each multiply-add of the network by its definition; the peak beside it is the highest rate that the same threads reach in matrix products, measured just before. Winograd's algorithm needs fewer operations than the definition has, so more than 100 % is possible.

--json prints, in seconds and operations a second,

  {"model", "device", "threads", "batch", "forward": {"median", "min"}, "explain": {"median", "min"},
   "class_switch": {"median", "min"}, "gflops", "peak_share"}

--interactive prints for each line it reads

  {"model", "layer", "class", "logit", "forward", "explain", "class_switch"}

where class and logit are those of the most probable class, and ends with its input. It takes one --model and one picture at a time.

Examples:

  gazectl bench --threads 2
  gazectl bench --model resnet50 --model vgg16 --json`
}

// Run times the networks.
func (c *benchCommand) Run(ctx context.Context, io *streams) error {
	models := c.Model
	if len(models) == 0 {
		models = zoo.Names()
	}
	switch {
	case c.Runs < 1:
		return fmt.Errorf("--runs %d is not above 0", c.Runs)
	case c.Batch < 1:
		return fmt.Errorf("--batch %d is not above 0", c.Batch)
	case c.Weights != "" && len(c.Model) != 1:
		return errors.New("--weights belongs to one --model")
	case c.Interactive && (len(c.Model) != 1 || c.Batch != 1):
		return errors.New("--interactive takes one --model and --batch 1")
	}
	if c.Interactive {
		return c.interact(ctx, models[0], os.Stdin, io.out)
	}
	var rows []benchRow
	var err error
	for i, name := range models {
		var row *benchRow
		var on compute.Device
		if row, on, err = c.time(ctx, name); err != nil {
			break
		}
		if i == 0 && on.Reason != "" {
			io.complain("computed on %s: %s", on.Description, on.Reason)
		}
		rows = append(rows, *row)
		io.bar.show(i+1, 0, len(models))
	}
	io.bar.clear()
	// What is finished is printed, also after Ctrl-C.
	if c.JSON {
		return errors.Join(err, printJSON(io.out, rows))
	}
	return errors.Join(err, printBench(io.out, rows))
}

// benchRow is what was measured of one network, as --json prints it. It is a
// contract with scripts: fields may be added, none may change.
type benchRow struct {
	Model   string `json:"model"`
	Device  string `json:"device"`
	Threads int    `json:"threads"`
	Batch   int    `json:"batch"`
	// Seconds for all pictures of the batch.
	Forward     spread `json:"forward"`
	Explain     spread `json:"explain"`
	ClassSwitch spread `json:"class_switch"`
	// GFLOPS is the rate of the forward pass in billions of operations a second,
	// PeakShare its share of the highest rate measured in matrix products.
	GFLOPS    float64 `json:"gflops"`
	PeakShare float64 `json:"peak_share"`
}

// spread sums up repeated measurements, in seconds.
type spread struct {
	Median float64 `json:"median"`
	Min    float64 `json:"min"`
}

func newSpread(seconds []float64) spread {
	s := slices.Sorted(slices.Values(seconds))
	return spread{Median: (s[(len(s)-1)/2] + s[len(s)/2]) / 2, Min: s[0]}
}

// benchWarmUp is the number of runs that do not count.
const benchWarmUp = 3

// time times one network.
func (c *benchCommand) time(ctx context.Context, name string) (row *benchRow, on compute.Device, err error) {
	peak, err := engine.Peak(ctx, c.options())
	if err != nil {
		return nil, on, err
	}
	b, err := c.open(name)
	if err != nil {
		return nil, on, err
	}
	defer b.Close()
	var ahead, explain, class []float64
	for i := range benchWarmUp + c.Runs {
		lap, err := b.lap(ctx)
		if err != nil {
			return nil, on, err
		}
		if i >= benchWarmUp {
			ahead, explain, class = append(ahead, lap.Forward), append(explain, lap.Explain), append(class, lap.ClassSwitch)
		}
	}
	row = &benchRow{
		Model: b.Network().Name, Device: b.Device().Name, Threads: c.threads(), Batch: c.Batch,
		Forward: newSpread(ahead), Explain: newSpread(explain), ClassSwitch: newSpread(class),
	}
	rate := 2 * float64(b.Network().MACs()) * float64(c.Batch) / row.Forward.Median
	row.GFLOPS, row.PeakShare = rate/1e9, rate/peak
	return row, b.Device(), nil
}

// interact times one run for each line of in.
func (c *benchCommand) interact(ctx context.Context, name string, in io.Reader, out io.Writer) error {
	b, err := c.open(name)
	if err != nil {
		return err
	}
	defer b.Close()
	// Reading cannot be interrupted, so another goroutine reads. It does not read
	// while a run is timed, because a goroutine that waits in the kernel keeps one of
	// Go's processors from the device's threads until Go's scheduler notices.
	ask, asked := make(chan struct{}), make(chan error)
	go func() {
		lines := bufio.NewScanner(in)
		for range ask {
			var err error
			if !lines.Scan() {
				err = cmp.Or(lines.Err(), io.EOF)
			}
			select {
			case asked <- err:
			case <-ctx.Done():
			}
		}
	}()
	defer close(ask)
	enc := json.NewEncoder(out)
	for {
		ask <- struct{}{}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-asked:
			if err == io.EOF {
				return nil
			}
			if err != nil {
				return fmt.Errorf("reading standard input: %w", err)
			}
		}
		lap, err := b.lap(ctx)
		if err != nil {
			return err
		}
		if err := enc.Encode(lap); err != nil {
			return fmt.Errorf("printing times: %w", err)
		}
	}
}

// bench is a network ready to be timed.
type bench struct {
	*compute.Explainer
	picture *tensor.Dense
	batch   int
}

// lap is what one run took, in seconds, and what it found.
type lap struct {
	Model       string  `json:"model"`
	Layer       string  `json:"layer"`
	Class       int     `json:"class"`
	Logit       float32 `json:"logit"`
	Forward     float64 `json:"forward"`
	Explain     float64 `json:"explain"`
	ClassSwitch float64 `json:"class_switch"`
}

func (c *benchCommand) open(name string) (*bench, error) {
	net, err := c.network(name)
	if err != nil {
		return nil, err
	}
	x, err := compute.Open(net, c.options())
	if err != nil {
		return nil, err
	}
	picture := weights.FormulaTensor(models.InputName, net.Input.Shape()...)
	return &bench{x, picture, c.Batch}, nil
}

// network opens a network with weights if it has any, and otherwise by the
// formula.
func (c *benchCommand) network(name string) (*models.Network, error) {
	if c.Weights == "" && name != builtin.Name && slices.Contains(zoo.Names(), name) {
		return zoo.Build(name, weights.Formula{Classes: 1000})
	}
	if app, ok := apps.Find(name); ok && c.Weights == "" {
		return apps.Build(app, weights.Formula{Classes: 1000})
	}
	return store.New("").Open(name, store.Options{Weights: c.Weights})
}

// lap explains new pictures and then another class of them.
func (b *bench) lap(ctx context.Context) (*lap, error) {
	subjects := make([]*compute.Subject, b.batch)
	for i := range subjects {
		// A tensor that the engine has not seen is a new picture.
		subjects[i] = &compute.Subject{Input: b.picture.ShallowClone()}
	}
	begin := time.Now()
	answers, err := b.Explain(ctx, compute.Recipe{Class: compute.TopClass}, subjects...)
	if err != nil {
		return nil, err
	}
	explained := time.Since(begin)
	if err := answers[0].Outcomes[0].Err; err != nil {
		return nil, err
	}
	first := answers[0].Outcomes[0].Explanation
	other := first.Top[min(1, len(first.Top)-1)].Index
	begin = time.Now()
	if _, err := b.Explain(ctx, compute.Recipe{Class: other}, subjects...); err != nil {
		return nil, err
	}
	return &lap{
		Model: first.Network, Layer: first.Layer, Class: first.Class.Index, Logit: first.Class.Logit,
		Forward: answers[0].Forward.Seconds(), Explain: explained.Seconds(), ClassSwitch: time.Since(begin).Seconds(),
	}, nil
}

// printBench prints the table for people.
func printBench(w io.Writer, rows []benchRow) error {
	if len(rows) == 0 {
		return nil
	}
	t := newTable(w, "network", "device", ">threads", ">batch", ">forward ms", ">explain ms", ">best", ">class switch ms", ">GF/s", ">of peak")
	for _, r := range rows {
		t.row(r.Model, r.Device, strconv.Itoa(r.Threads), strconv.Itoa(r.Batch), milliseconds(r.Forward.Median), milliseconds(r.Explain.Median),
			milliseconds(r.Explain.Min), milliseconds(r.ClassSwitch.Median), fmt.Sprintf("%.0f", r.GFLOPS), fmt.Sprintf("%.0f %%", 100*r.PeakShare))
	}
	return t.flush()
}

func milliseconds(seconds float64) string { return fmt.Sprintf("%.2f", 1000*seconds) }
