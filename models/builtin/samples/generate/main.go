// Command generate renders the sample pictures and their masks: into the
// folders pictures and masks of the folder -out, all of them or the scenes that
// are named. All take about half an hour of two cores.
//
//	go run ./models/builtin/samples/generate -out models/builtin/samples [scene ...]
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"image/jpeg"
	"image/png"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"time"

	"gaze/models/builtin/samples/render"
	"gaze/models/builtin/samples/scenes"
)

func main() {
	out := flag.String("out", ".", "folder of the folders pictures and masks")
	scale := flag.Float64("scale", 1, "size of the pictures, 1 is that of the samples")
	count := flag.Int("samples", 64, "paths through each pixel")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := generateAll(ctx, *out, flag.Args(), *scale, *count); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// generateAll renders the named scenes, or all.
func generateAll(ctx context.Context, out string, names []string, scale float64, count int) error {
	for _, folder := range [2]string{"pictures", "masks"} {
		if err := os.MkdirAll(filepath.Join(out, folder), 0o755); err != nil {
			return err
		}
	}
	for _, s := range scenes.All() {
		if len(names) > 0 && !slices.Contains(names, s.Name) {
			continue
		}
		begin := time.Now()
		if err := generate(ctx, s, out, scale, count); err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
		fmt.Printf("%s: %s\n", s.Name, time.Since(begin).Round(time.Second))
	}
	return nil
}

// generate writes one picture and its mask.
func generate(ctx context.Context, s scenes.Scene, dir string, scale float64, count int) error {
	img, mask, err := s.Make().Picture(ctx, render.Options{
		Width: int(scenes.Width * scale), Height: int(scenes.Height * scale), Samples: count,
	})
	if err != nil {
		return err
	}
	var picture, labels bytes.Buffer
	if err := jpeg.Encode(&picture, img, &jpeg.Options{Quality: 90}); err != nil {
		return err
	}
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&labels, render.Paletted(mask)); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "pictures", s.Name+".jpg"), picture.Bytes(), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "masks", s.Name+".png"), labels.Bytes(), 0o644)
}
