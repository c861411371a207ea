package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gaze/models/store"
)

// modelsCommand groups what can be done with the networks known by name.
type modelsCommand struct {
	List modelsListCommand   `cmd:"" default:"withargs" help:"List the networks that can be asked for by name."`
	Get  modelsGetCommand    `cmd:"" help:"Download the published weights of networks."`
	Rm   modelsRemoveCommand `cmd:"" help:"Delete downloaded weights."`
	Path modelsPathCommand   `cmd:"" help:"Print the folder of models."`
}

// Help is the command's longer help text.
func (modelsCommand) Help() string {
	return `Without a command of its own, lists the networks, as 'models list' does; --json prints the list as JSON.

Model files of your own (` + strings.Join(store.Extensions(), ", ") + `) that lie in the folder of models are listed by their names. The folder is GAZE_MODELS, or gaze/models in the user's data directory.`
}

// modelsListCommand lists the networks known by name.
type modelsListCommand struct {
	JSON bool `name:"json" help:"Print a JSON array of name, ready, needs, about, path, bytes, published."`
}

// Run prints the list.
func (c *modelsListCommand) Run(io *streams) error {
	list, err := store.New("").List()
	if err != nil {
		io.complain("%v", err)
	}
	if c.JSON {
		return printJSON(io.out, list)
	}
	t := newTable(io.out, "network", "ready", "about")
	for _, e := range list {
		ready := "yes"
		if !e.Ready {
			ready = "needs " + e.Needs
		}
		t.row(printable(e.Name), ready, printable(e.About))
	}
	return t.flush()
}

// modelsGetCommand downloads weights.
type modelsGetCommand struct {
	Names []string `arg:"" name:"name" sep:"none" help:"Network, as 'gazectl models' lists it."`
}

// Help is the command's longer help text.
func (modelsGetCommand) Help() string {
	return `Goes on where an earlier download stopped, and verifies what it got before it is used. Proxies are taken from HTTPS_PROXY and NO_PROXY.`
}

// Run downloads one after the other.
func (c *modelsGetCommand) Run(ctx context.Context, io *streams) error {
	s := store.New("")
	var failed []error
	for _, name := range c.Names {
		err := s.Get(ctx, name, func(p store.Progress) { io.bar.transfer(name, p) })
		io.bar.clear()
		if ctx.Err() != nil {
			return err
		}
		if err != nil {
			failed = append(failed, err)
			continue
		}
		fmt.Fprintf(io.out, "%s is ready\n", name)
	}
	return summarise(io, failed, len(c.Names))
}

// modelsRemoveCommand deletes downloaded weights.
type modelsRemoveCommand struct {
	Names []string `arg:"" name:"name" sep:"none" help:"Network, as 'gazectl models' lists it."`
}

// Run deletes them.
func (c *modelsRemoveCommand) Run(io *streams) error {
	s := store.New("")
	var failed []error
	for _, name := range c.Names {
		if err := s.Remove(name); err != nil {
			failed = append(failed, err)
		}
	}
	return summarise(io, failed, len(c.Names))
}

// summarise reports the networks that failed. Its error depends on whether all of
// them did.
func summarise(io *streams, failed []error, of int) error {
	if len(failed) == of {
		return errors.Join(failed...)
	}
	for _, err := range failed {
		io.complain("%v", err)
	}
	if len(failed) > 0 {
		return errModels
	}
	return nil
}

// modelsPathCommand prints where models are.
type modelsPathCommand struct{}

// Run prints the folder.
func (modelsPathCommand) Run(io *streams) error {
	_, err := fmt.Fprintln(io.out, store.New("").Dir())
	return err
}

// transferred says in one line how far a download is.
func transferred(name string, p store.Progress) string {
	if p.Waiting {
		return name + ", waiting for another program that downloads it"
	}
	text := fmt.Sprintf("%s, %s of %s", name, store.Megabytes(p.Done), store.Megabytes(p.Total))
	if p.BytesPerSecond > 0 {
		text += fmt.Sprintf(", %s/s, %v left", store.Megabytes(int64(p.BytesPerSecond)), p.Remaining.Round(time.Second))
	}
	return text
}
