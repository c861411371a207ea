// Package samples holds pictures that are part of the program: rendered scenes
// of everyday things, some of them with two, which the built-in network knows.
// No photograph is among them. The scenes are described in the package scenes
// and rendered by the package render, which are not linked into the program.
package samples

import (
	"embed"
	"fmt"
	"image"
	"image/png"
	"io/fs"
	"strings"
)

//go:generate go run ./generate

var (
	//go:embed pictures/*.jpg
	pictures embed.FS
	//go:embed masks/*.png
	masks embed.FS
)

// Sample is a picture.
type Sample struct {
	// Name is its file in FS, such as mug.jpg.
	Name string
	// Title says what it shows.
	Title string
	// Classes are the labels of the things in it, the largest first, as the
	// built-in network calls them.
	Classes []string
}

// List returns the samples in the order in which they are best shown.
func List() []Sample {
	return []Sample{
		{"laptop-mug.jpg", "Laptop and mug", []string{"laptop", "mug"}},
		{"keyboard-mug.jpg", "Keyboard and mug", []string{"keyboard", "mug"}},
		{"mug.jpg", "Mug", []string{"mug"}},
		{"soccer-ball.jpg", "Soccer ball", []string{"soccer ball"}},
		{"headphones.jpg", "Headphones", []string{"headphones"}},
		{"stop-sign.jpg", "Stop sign", []string{"stop sign"}},
		{"calculator.jpg", "Calculator", []string{"calculator"}},
		{"lamp.jpg", "Lamp", []string{"lamp"}},
		{"golf-ball.jpg", "Golf ball", []string{"golf ball"}},
		{"laptop.jpg", "Laptop", []string{"laptop"}},
		{"umbrella.jpg", "Umbrella", []string{"umbrella"}},
		{"keyboard.jpg", "Keyboard", []string{"keyboard"}},
		{"metronome.jpg", "Metronome", []string{"metronome"}},
		{"pyramid.jpg", "Pyramids", []string{"pyramid"}},
		{"mouse.jpg", "Mouse", []string{"mouse"}},
		{"menorah.jpg", "Menorah", []string{"menorah"}},
		{"barrel.jpg", "Barrel", []string{"barrel"}},
		{"monitor.jpg", "Monitor", []string{"monitor"}},
		{"yin-yang.jpg", "Yin and yang", []string{"yin yang"}},
	}
}

// FS returns the pictures, each under its name.
func FS() fs.FS {
	sub, err := fs.Sub(pictures, "pictures")
	if err != nil {
		panic(err) // the folder's name is valid
	}
	return sub
}

// Open opens the picture, a JPEG file.
func (s Sample) Open() (fs.File, error) {
	f, err := FS().Open(s.Name)
	if err != nil {
		return nil, fmt.Errorf("opening the sample %s: %w", s.Name, err)
	}
	return f, nil
}

// Mask returns which pixels show what: 1 + i is Classes[i], 0 the rest.
func (s Sample) Mask() (*image.Paletted, error) {
	f, err := masks.Open("masks/" + strings.TrimSuffix(s.Name, ".jpg") + ".png")
	if err != nil {
		return nil, fmt.Errorf("opening the mask of the sample %s: %w", s.Name, err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		return nil, fmt.Errorf("decoding the mask of the sample %s: %w", s.Name, err)
	}
	mask, ok := img.(*image.Paletted)
	if !ok {
		return nil, fmt.Errorf("the mask of the sample %s has no palette", s.Name)
	}
	return mask, nil
}
