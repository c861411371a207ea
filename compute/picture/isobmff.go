package picture

import (
	"encoding/binary"
	"iter"
	"slices"
)

// AVIF, HEIC and JPEG XL files are made of boxes (ISO/IEC 14496-12): a size, a type
// of four letters, and content, which may be boxes.

// boxes yields the types and contents of the boxes that data are. The last one may
// be cut off.
func boxes(data []byte) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		for len(data) >= 8 {
			head, size, ok := boxSize(data)
			if !ok {
				return
			}
			end := min(size, uint64(len(data)))
			if !yield(string(data[4:8]), data[head:end]) {
				return
			}
			data = data[end:]
		}
	}
}

// boxSize reads the size of the box at the beginning of data and of its head.
func boxSize(data []byte) (head, size uint64, ok bool) {
	head, size = 8, uint64(binary.BigEndian.Uint32(data))
	switch size {
	case 0: // to the end of the file
		size = uint64(len(data))
	case 1:
		if len(data) < 16 {
			return 0, 0, false
		}
		head, size = 16, binary.BigEndian.Uint64(data[8:])
	}
	return head, size, size >= head
}

// boxesCut reports whether the last box lacks a part.
func boxesCut(data []byte) bool {
	for len(data) > 0 {
		if len(data) < 8 {
			return true
		}
		_, size, ok := boxSize(data)
		if !ok {
			return false // damaged, not cut
		}
		if size > uint64(len(data)) {
			return true
		}
		data = data[size:]
	}
	return false
}

// hasBrand reports whether the file says that it can be read by one of the brands.
func hasBrand(data []byte, brands ...string) bool {
	if len(data) < 16 || string(data[4:8]) != "ftyp" {
		return false
	}
	for _, content := range boxes(data) {
		if len(content) < 4 {
			return false
		}
		// The major brand, its version, and the compatible ones.
		for at := 0; at+4 <= len(content); at += 4 {
			if at != 4 && slices.Contains(brands, string(content[at:at+4])) {
				return true
			}
		}
		return false
	}
	return false
}

// find is the content of the first box of a type.
func find(data []byte, want string) []byte {
	for id, content := range boxes(data) {
		if id == want {
			return content
		}
	}
	return nil
}

// itemOrientation is how the file's primary picture is to be turned, as an EXIF
// orientation: its properties are a rotation by quarters against the clock, and then
// a mirroring (ISO/IEC 23008-12, irot and imir).
func itemOrientation(data []byte) int {
	meta := find(data, "meta")
	if len(meta) < 4 {
		return 1
	}
	meta = meta[4:]
	primary, ok := primaryItem(find(meta, "pitm"))
	if !ok {
		return 1
	}
	properties := find(meta, "iprp")
	type property struct {
		id      string
		content []byte
	}
	var all []property
	for id, content := range boxes(find(properties, "ipco")) {
		all = append(all, property{id, content})
	}
	angle, axis := 0, -1
	for index := range associated(find(properties, "ipma"), primary) {
		if index < 1 || index > len(all) {
			continue
		}
		switch p := all[index-1]; {
		case len(p.content) < 1:
		case p.id == "irot":
			angle = int(p.content[0] & 3)
		case p.id == "imir":
			axis = int(p.content[0] & 1)
		}
	}
	// By the angle, and then without mirroring, with top and bottom and with left and
	// right exchanged.
	return [4][3]int{{1, 4, 2}, {8, 5, 7}, {3, 2, 4}, {6, 7, 5}}[angle][axis+1]
}

// itemProfile finds the first ICC profile among the properties of the file's pictures
// (ISO/IEC 23008-12, colr).
func itemProfile(data []byte) []byte {
	meta := find(data, "meta")
	if len(meta) < 4 {
		return nil
	}
	for id, content := range boxes(find(find(meta[4:], "iprp"), "ipco")) {
		if id == "colr" && len(content) > 4 && (string(content[:4]) == "prof" || string(content[:4]) == "rICC") {
			return content[4:]
		}
	}
	return nil
}

func primaryItem(pitm []byte) (uint32, bool) {
	switch {
	case len(pitm) >= 6 && pitm[0] == 0:
		return uint32(binary.BigEndian.Uint16(pitm[4:])), true
	case len(pitm) >= 8:
		return binary.BigEndian.Uint32(pitm[4:]), true
	}
	return 0, false
}

// associated yields the indices, from 1, of an item's properties.
func associated(ipma []byte, item uint32) iter.Seq[int] {
	return func(yield func(int) bool) {
		if len(ipma) < 8 {
			return
		}
		version, wide := ipma[0], ipma[3]&1 == 1
		count := binary.BigEndian.Uint32(ipma[4:])
		rest := ipma[8:]
		for ; count > 0; count-- {
			idSize := 2
			if version >= 1 {
				idSize = 4
			}
			if len(rest) < idSize+1 {
				return
			}
			id := uint32(binary.BigEndian.Uint16(rest))
			if idSize == 4 {
				id = binary.BigEndian.Uint32(rest)
			}
			n := int(rest[idSize])
			rest = rest[idSize+1:]
			for ; n > 0; n-- {
				var index int
				switch {
				case wide && len(rest) >= 2:
					index, rest = int(binary.BigEndian.Uint16(rest)&0x7fff), rest[2:]
				case !wide && len(rest) >= 1:
					index, rest = int(rest[0]&0x7f), rest[1:]
				default:
					return
				}
				if id == item && !yield(index) {
					return
				}
			}
		}
	}
}
