package main

import (
	"fmt"

	"gaze/compute/picture"
)

// pictureFlags say how pictures are read.
type pictureFlags struct {
	Window    string `placeholder:"HOW" help:"What is black and what is white in pictures of more than 8 bits: auto (from the 0.5th to the 99.5th percentile of the picture's numbers, where they fill little of their range), full (their whole range), LO,HI or LEVEL/WIDTH. The window that the file states, or auto, unless given. A number below zero needs the sign =, as in --window=-160,240."`
	Alpha     string `placeholder:"white|black|drop" help:"What becomes of transparency: the picture is laid on white or on black, or with drop its colours are taken as they are in the file, as Pillow's convert('RGB') does for the networks of torchvision and Keras. Default: drop."`
	ICC       bool   `name:"icc" help:"Convert colours to sRGB by the file's colour profile. Profiles are ignored unless given, as in training."`
	MaxPixels int64  `placeholder:"N" help:"Refuse pictures of more than N pixels, width times height. 100 million unless given."`
	Strict    bool   `help:"Refuse damaged pictures of which most could be read, such as a JPEG that is cut off."`
}

// options are the flags, checked.
func (f pictureFlags) options() (picture.Options, error) {
	opt := picture.Options{ICC: f.ICC, Limits: picture.Limits{Pixels: f.MaxPixels, Strict: f.Strict}}
	if f.MaxPixels < 0 {
		return opt, fmt.Errorf("--max-pixels %d is not above 0", f.MaxPixels)
	}
	var err error
	if opt.Window, err = picture.ParseWindow(f.Window); err != nil {
		return opt, fmt.Errorf("--window: %w", err)
	}
	if opt.Alpha, err = picture.ParseAlpha(f.Alpha); err != nil {
		return opt, fmt.Errorf("--alpha: %w", err)
	}
	return opt, nil
}

// pictureNotice is what has to be said of a picture's file, as --json prints it.
type pictureNotice struct {
	Kind picture.NoticeKind `json:"kind"`
	Text string             `json:"text"`
}

func pictureNotices(list []picture.Notice) []pictureNotice {
	var all []pictureNotice
	for _, n := range list {
		all = append(all, pictureNotice{n.Kind, n.Text()})
	}
	return all
}
