// Package wasm decodes AVIF and JPEG XL, and with the build tag heic HEIC, with the
// codecs' own libraries, libavif with libaom, libjxl and libheif, compiled to WebAssembly. They run in a sandbox of bounded
// memory and time: what a hostile file makes of them reaches neither the program nor
// the system.
//
// The modules in decoders/ are those of github.com/gen2brain/avif, jpegxl and heic, whose
// Makefiles build them, but they are run here: those packages also look for
// libraries of the system, and know neither a limit of memory nor a context.
package wasm

import (
	"bytes"
	"compress/gzip"
	"context"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"io"
	"sync"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

//go:generate go run fetch.go

//go:embed decoders/avif.wasm.gz
var avifModule []byte

//go:embed decoders/jpegxl.wasm.gz
var jpegXLModule []byte

// MaxPixels is the largest width times height that fits into a decoder's memory.
const MaxPixels = 40_000_000

// Codec is a decoder of one format.
type Codec struct {
	packed []byte
	layout layout
}

// layout is how a module's function decode is called, and how its pixels lie.
type layout interface {
	// decode reads the header alone, or the pixels of the first picture to the address
	// out of the module's memory.
	decode(in *instance, headerOnly bool, out uint32) (header, error)
	// bytes is how many bytes the pixels take.
	bytes(h header) uint64
	// image makes an image of the pixels.
	image(pix []byte, h header) image.Image
}

// AVIF is the decoder of AVIF. It does not turn pictures as the file says.
func AVIF() Codec { return Codec{avifModule, interleaved{premultiplied: true}} }

// JPEGXL is the decoder of JPEG XL. It turns pictures as the file says.
func JPEGXL() Codec { return Codec{jpegXLModule, interleaved{bigEndian: true}} }

// ErrTimeout is the error for a file that takes longer than any picture should.
var ErrTimeout = errors.New("wasm: decoding takes too long")

var errRefused = errors.New("wasm: the decoder refuses the file")

// Picture is what [Codec.Decode] reads.
type Picture struct {
	Image image.Image
	// Animated is set where Image is the first one of several.
	Animated bool
}

// Size reads the width and height from the header of a file. Errors are
// [ErrTimeout], the context's own, or that the decoder refuses the file, without
// more detail.
func (c Codec) Size(ctx context.Context, data []byte) (image.Point, error) {
	found := make(chan image.Point, 1)
	err := c.run(ctx, data, 0, func(in *instance) error {
		h, err := c.layout.decode(in, true, 0)
		found <- image.Pt(int(h.width), int(h.height))
		return err
	})
	if err != nil {
		return image.Point{}, err
	}
	return <-found, nil
}

// Decode decodes the first picture of a file of a size that [Codec.Size] has read and
// the caller has limited, to at most [MaxPixels]. Errors are those of Size.
func (c Codec) Decode(ctx context.Context, data []byte, of image.Point) (*Picture, error) {
	found := make(chan *Picture, 1)
	err := c.run(ctx, data, int64(of.X)*int64(of.Y), func(in *instance) error {
		h, err := c.layout.decode(in, true, 0)
		if err != nil {
			return err
		}
		// The size that memory was allowed for.
		if int(h.width) != of.X || int(h.height) != of.Y {
			return errRefused
		}
		size := c.layout.bytes(h)
		out, err := in.alloc(size)
		if err != nil {
			return err
		}
		if h, err = c.layout.decode(in, false, out); err != nil {
			return err
		}
		pix, ok := in.module.Memory().Read(out, uint32(size))
		if !ok || c.layout.bytes(h) != size {
			return errRefused
		}
		found <- &Picture{c.layout.image(bytes.Clone(pix), h), h.frames > 1}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return <-found, nil
}

// compiled keeps the machine code of the modules, which takes a while to make and
// is needed only once somebody opens such a file.
var compiled = sync.OnceValue(wazero.NewCompilationCache)

// slots are for decoders at work, of which each may take gigabytes.
var slots = make(chan struct{}, 2)

// run calls use with a fresh instance that has read data, and whose memory is
// enough for a picture of so many pixels.
//
// A decoder that takes too long is left alone in its slot: the runtime could stop
// it only if the machine code asked it in every loop, which makes decoding ten times
// slower. What two such decoders take is all that hostile files get.
func (c Codec) run(ctx context.Context, data []byte, pixels int64, use func(*instance) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	// An old processor without a compiler takes seconds for a million pixels.
	limit := time.NewTimer(20*time.Second + time.Duration(pixels/100_000)*time.Second)
	defer limit.Stop()
	select {
	case slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	case <-limit.C:
		return ErrTimeout
	}
	done := make(chan error, 1)
	go func() {
		defer func() { <-slots }()
		done <- c.instantiate(data, pixels, use)
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-limit.C:
		return ErrTimeout
	}
}

func (c Codec) instantiate(data []byte, pixels int64, use func(*instance) error) error {
	ctx := context.Background() // see run
	const page = 1 << 16
	// The libraries hold a picture several times, in numbers of up to four bytes.
	need := min(64<<20+3*int64(len(data))+80*pixels, mostMemory)
	rt := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig().
		WithCompilationCache(compiled()).WithMemoryLimitPages(uint32(need/page)))
	defer rt.Close(ctx)
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, rt); err != nil {
		return fmt.Errorf("wasm: %w", err)
	}
	zipped, err := gzip.NewReader(bytes.NewReader(c.packed))
	if err != nil {
		return fmt.Errorf("wasm: %w", err)
	}
	code, err := io.ReadAll(zipped)
	if err != nil {
		return fmt.Errorf("wasm: %w", err)
	}
	program, err := rt.CompileModule(ctx, code)
	if err != nil {
		return fmt.Errorf("wasm: %w", err)
	}
	// Without files, arguments, clocks or output.
	module, err := rt.InstantiateModule(ctx, program, wazero.NewModuleConfig().WithStartFunctions("_initialize"))
	if err != nil {
		return fmt.Errorf("wasm: %w", err)
	}
	in := &instance{ctx: ctx, module: module, size: uint32(len(data))}
	if in.data, err = in.alloc(uint64(len(data))); err != nil {
		return err
	}
	if !module.Memory().Write(in.data, data) {
		return errRefused
	}
	return use(in)
}

// mostMemory is the largest memory of a module, a little less than 4 GiB.
const mostMemory = 1<<32 - 1<<16

// instance is a decoder that runs.
type instance struct {
	ctx        context.Context
	module     api.Module
	data, size uint32 // the file in its memory
}

func (in *instance) alloc(n uint64) (uint32, error) {
	if n > mostMemory {
		return 0, errRefused
	}
	got, err := in.module.ExportedFunction("malloc").Call(in.ctx, n)
	if err != nil {
		return 0, fmt.Errorf("wasm: %w", err)
	}
	if got[0] == 0 {
		return 0, errRefused
	}
	return uint32(got[0]), nil
}

// header is what a decoder tells of a file, and in form how its pixels lie, which its
// [layout] understands.
type header struct {
	width, height, frames uint32
	form                  [3]uint32
}

// call calls the module's function decode for the file, where as many addresses of four
// bytes as there are fields are written. Arguments of more stand between the two.
func (in *instance) call(headerOnly bool, fields []*uint32, more []uint64, after ...uint64) error {
	at, err := in.alloc(uint64(4 * len(fields)))
	if err != nil {
		return err
	}
	only := uint64(0)
	if headerOnly {
		only = 1
	}
	args := append([]uint64{uint64(in.data), uint64(in.size), only}, more...)
	for i := range fields {
		args = append(args, uint64(at)+4*uint64(i))
	}
	result, err := in.module.ExportedFunction("decode").Call(in.ctx, append(args, after...)...)
	if err != nil {
		return fmt.Errorf("wasm: %w", err)
	}
	b, ok := in.module.Memory().Read(at, uint32(4*len(fields)))
	if !ok || result[0] == 0 {
		return errRefused
	}
	for i, f := range fields {
		*f = binary.LittleEndian.Uint32(b[4*i:])
	}
	return nil
}
