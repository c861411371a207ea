package hdf5

// The kinds of header messages that are read or refused.
const (
	messageDataspace    = 0x01
	messageLinkInfo     = 0x02
	messageDatatype     = 0x03
	messageLink         = 0x06
	messageExternal     = 0x07
	messageLayout       = 0x08
	messageFilter       = 0x0b
	messageAttribute    = 0x0c
	messageContinuation = 0x10
	messageSymbolTable  = 0x11
	messageAttributes   = 0x15
)

// flagShared is set where a message stands elsewhere in the file.
const flagShared = 2

// message is one message of an object's header.
type message struct {
	kind, flags int
	data        []byte
}

// maxBlocks bounds the blocks of one header; files that are written normally have
// two or three.
const maxBlocks = 1024

// messages reads the header of the object at an address.
func (f *File) messages(address uint64) ([]message, error) {
	head, err := f.take(address, 16)
	if err != nil {
		return nil, err
	}
	if string(head.rest[:4]) == "OHDR" {
		return nil, unsupported("object headers of version 2 (libver=\"latest\" or track_order of h5py)")
	}
	if version := head.uint(1); version != 1 {
		return nil, damaged("no header of an object at %#x", address)
	}
	head.skip(7)
	type block struct{ address, size uint64 }
	blocks := []block{{address + 16, head.uint(4)}}
	var all []message
	for i := 0; i < len(blocks); i++ {
		if len(blocks) > maxBlocks {
			return nil, damaged("the header at %#x does not end", address)
		}
		p, err := f.take(blocks[i].address, blocks[i].size)
		if err != nil {
			return nil, err
		}
		for p.err == nil && len(p.rest) >= 8 {
			m := message{kind: int(p.uint(2))}
			size := int(p.uint(2))
			m.flags = int(p.uint(1))
			p.skip(3)
			m.data = p.bytes(size)
			if m.kind == messageContinuation {
				c := f.fields(m)
				blocks = append(blocks, block{c.address(), c.length()})
				if c.err != nil {
					return nil, c.err
				}
				continue
			}
			all = append(all, m)
		}
		if p.err != nil {
			return nil, p.err
		}
	}
	return all, nil
}

// fields takes a message apart.
func (f *File) fields(m message) *fields { return &fields{file: f, rest: m.data} }
