package main

import (
	"cmp"
	"fmt"
	"os"

	"gaze/models/doctor"
)

// doctorCommand examines files of networks.
type doctorCommand struct {
	networkFlags
	Language string   `placeholder:"CODE" help:"Language of the page: en or zh. The system's unless given."`
	Files    []string `arg:"" name:"file" help:"Files of networks, or what should be one."`
}

// Help is the command's longer help text.
func (doctorCommand) Help() string {
	return `For each file, doctor writes a page: what the file is, what Gaze reads of it, what it had to guess, what it cannot read, and the shortest way to a file that it reads. The exit status is 1 if a file holds no network that Gaze reads.

Examples:

  gazectl doctor model.onnx
  gazectl doctor best.pt checkpoint.ckpt --language zh`
}

// Run writes the pages.
func (c *doctorCommand) Run(io *streams) error {
	language, err := doctor.LanguageOf(cmp.Or(c.Language, systemLocale()))
	if err != nil {
		return err
	}
	opt, err := c.options()
	if err != nil {
		return err
	}
	unread := 0
	for i, path := range c.Files {
		report, err := doctor.Examine(path, opt)
		if err != nil {
			return err
		}
		if !report.Readable {
			unread++
		}
		page := report.Page(language)
		if i > 0 {
			page = "\n" + page
		}
		if _, err := fmt.Fprint(io.out, page); err != nil {
			return fmt.Errorf("writing the page: %w", err)
		}
	}
	if unread > 0 {
		return errModels
	}
	return nil
}

// systemLocale is the language that the system is set to, as POSIX has it.
func systemLocale() string {
	return cmp.Or(os.Getenv("LC_ALL"), os.Getenv("LC_MESSAGES"), os.Getenv("LANG"))
}
