package truth

import (
	"encoding/xml"
	"errors"
	"image"
)

// vocFile is the part of Pascal VOC's format that is read.
type vocFile struct {
	XMLName xml.Name `xml:"annotation"`
	Size    struct {
		Width  int `xml:"width"`
		Height int `xml:"height"`
	} `xml:"size"`
	Objects []struct {
		Name string `xml:"name"`
		Box  *struct {
			XMin float64 `xml:"xmin"`
			YMin float64 `xml:"ymin"`
			XMax float64 `xml:"xmax"`
			YMax float64 `xml:"ymax"`
		} `xml:"bndbox"`
	} `xml:"object"`
}

// parseVOC reads the objects of a picture. Its pixels are counted from 1, and the
// last ones belong to the box.
func parseVOC(data []byte, size image.Point) ([]object, error) {
	var file vocFile
	if err := xml.Unmarshal(data, &file); err != nil {
		return nil, errors.New("it is not in Pascal VOC's format")
	}
	var objects []object
	for _, v := range file.Objects {
		if v.Box == nil {
			continue
		}
		o := object{name: v.Name}
		o.Box = box(v.Box.XMin-1, v.Box.YMin-1, v.Box.XMax, v.Box.YMax)
		objects = append(objects, o)
	}
	return objects, scale(objects, image.Pt(file.Size.Width, file.Size.Height), size)
}
