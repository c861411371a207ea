//go:build !noasm

package cpu

import (
	"math"
	"slices"

	"github.com/klauspost/cpuid/v2"

	"gaze/compute/engine/op"
	"gaze/models"
)

// vectorLevels lists the levels of the processor above Generic, the fastest
// first.
func vectorLevels() []Level {
	var levels []Level
	if cpuid.CPU.Supports(cpuid.AVX512F, cpuid.AVX512BW, cpuid.AVX512DQ, cpuid.AVX512VL, cpuid.BMI2) {
		levels = append(levels, AVX512)
	}
	if cpuid.CPU.Supports(cpuid.AVX2, cpuid.FMA3) {
		levels = append(levels, AVX2)
	}
	return levels
}

func kernelsOf(level Level) *kernels {
	switch {
	case !slices.Contains(Levels(), level):
		return nil
	case level == AVX512:
		return &avx512Kernels
	case level == AVX2:
		return &avx2Kernels
	}
	return &genericKernels
}

var avx2Kernels = kernels{
	tiles: []tiles{{
		rows: 4, lanes: 8, depth: 256,
		packed: tileKernels{
			full:   []func(*tile){tile4x8AVX2, tile4x16AVX2, tile4x24AVX2},
			masked: []func(*tile){tile4x8AVX2Masked, tile4x16AVX2Masked, tile4x24AVX2Masked},
			column: tile4x1AVX2,
		},
		inRows: tileKernels{
			full:   []func(*tile){tile4x8AVX2InRows, tile4x16AVX2InRows, tile4x24AVX2InRows},
			masked: []func(*tile){tile4x8AVX2MaskedInRows, tile4x16AVX2MaskedInRows, tile4x24AVX2MaskedInRows},
			column: tile4x1AVX2InRows,
		},
	}},
	lanes: 8,

	winoSmall: winoKernels{wino2InputRowsAVX2, wino2InputColumnsAVX2, wino2OutputColumnsAVX2, wino2OutputRowsAVX2},
	winoLarge: winoKernels{wino4InputRowsAVX2, wino4InputColumnsAVX2, wino4OutputColumnsAVX2, wino4OutputRowsAVX2},
	largeFrom: 10, heavy: math.MaxInt,

	add:      addAVX2,
	affine:   affineAVX2,
	scaleAdd: scaleAddAVX2,
	gate:     gateAVX2,
	mul:      mulAVX2,
	dot:      dotAVX2,
	dots:     dotsAVX2,
	addRows:  addRowsAVX2,
	sum:      sumAVX2,
	div:      divAVX2,
	divBy:    divByAVX2,
	larger:   largerAVX2,
	smaller:  smallerAVX2,

	expColumns: expColumnsAVX2, softmaxSlope: softmaxSlopeAVX2,
	expBelow: expBelowAVX2, most: mostAVX2,

	curves: withScalars(map[models.Kind]curve{
		models.LeakyReLU:   {value: leakyAVX2, slope: leakySlopeAVX2},
		models.HardSigmoid: {value: affineAVX2, slope: gateAVX2},
		models.HardSwish:   {value: hardSwishAVX2, slope: hardSwishSlopeAVX2},
		models.Sigmoid:     {value: sigmoidAVX2, slope: sigmoidSlopeAVX2},
		models.SiLU:        {value: siluAVX2, slope: siluSlopeAVX2},
		models.GELU:        {value: geluAVX2, slope: geluSlopeAVX2},
		models.GELUTanh:    {value: geluTanhAVX2, slope: geluTanhSlopeAVX2},
		models.Tanh:        {value: tanhAVX2, slope: tanhSlopeAVX2},
		models.Softplus:    {value: softplusAVX2, slope: softplusSlopeAVX2},
		models.LogSigmoid:  {value: logSigmoidAVX2, slope: logSigmoidSlopeAVX2},
		models.Softsign:    {value: softsignAVX2, slope: softsignSlopeAVX2},
		models.Swish:       {value: swishAVX2, slope: swishSlopeAVX2},
		models.Mish:        {value: mishAVX2, slope: mishSlopeAVX2},
		models.ELU:         {value: asELU(eluAVX2), slope: asELU(eluSlopeAVX2)},
		models.SELU:        {value: asSELU(eluAVX2), slope: asSELU(eluSlopeAVX2)},
		models.CELU:        {value: asCELU(eluAVX2), slope: asCELUSlope(eluSlopeAVX2)},
	}),

	copyRows:    copyRowsAVX2,
	everySecond: everySecondAVX2,
	turn:        turnAVX2,
	maxPool:     [2]func(*windows){maxPool1AVX2, maxPool2AVX2},
	depthwise:   depthwiseAVX2,
}

var avx512Kernels = kernels{
	tiles: []tiles{{
		rows: 8, lanes: 16, depth: 128,
		packed: tileKernels{
			full:   []func(*tile){tile8x16AVX512, tile8x32AVX512, tile8x48AVX512},
			masked: []func(*tile){tile8x16AVX512Masked, tile8x32AVX512Masked, tile8x48AVX512Masked},
			half:   tile8x8AVX512VLMasked,
			column: tile8x1AVX512,
		},
		inRows: tileKernels{
			full:   []func(*tile){tile8x16AVX512InRows, tile8x32AVX512InRows, tile8x48AVX512InRows},
			masked: []func(*tile){tile8x16AVX512MaskedInRows, tile8x32AVX512MaskedInRows, tile8x48AVX512MaskedInRows},
			half:   tile8x8AVX512VLMaskedInRows,
			column: tile8x1AVX512InRows,
		},
	}, {
		rows: 4, lanes: 16, depth: 128,
		packed: tileKernels{
			full:   []func(*tile){tile4x16AVX512, tile4x32AVX512, tile4x48AVX512},
			masked: []func(*tile){tile4x16AVX512Masked, tile4x32AVX512Masked, tile4x48AVX512Masked},
			column: tile4x1AVX512,
		},
	}},
	lanes: 16,

	winoSmall: winoKernels{wino2InputRowsAVX512, wino2InputColumnsAVX512, wino2OutputColumnsAVX512, wino2OutputRowsAVX512},
	winoLarge: winoKernels{wino4InputRowsAVX512, wino4InputColumnsAVX512, wino4OutputColumnsAVX512, wino4OutputRowsAVX512},
	largeFrom: 16, heavy: 1 << 18,

	add:      addAVX512,
	affine:   affineAVX512,
	scaleAdd: scaleAddAVX512,
	gate:     gateAVX512,
	mul:      mulAVX512,
	dot:      dotAVX512,
	dots:     dotsAVX512,
	addRows:  addRowsAVX512,
	sum:      sumAVX512,
	div:      divAVX512,
	divBy:    divByAVX512,
	larger:   largerAVX512,
	smaller:  smallerAVX512,

	expColumns: expColumnsAVX512, softmaxSlope: softmaxSlopeAVX512,
	expBelow: expBelowAVX512, most: mostAVX512,

	curves: withScalars(map[models.Kind]curve{
		models.LeakyReLU:   {value: leakyAVX512, slope: leakySlopeAVX512},
		models.HardSigmoid: {value: affineAVX512, slope: gateAVX512},
		models.HardSwish:   {value: hardSwishAVX512, slope: hardSwishSlopeAVX512},
		models.Sigmoid:     {value: sigmoidAVX512, slope: sigmoidSlopeAVX512},
		models.SiLU:        {value: siluAVX512, slope: siluSlopeAVX512},
		models.GELU:        {value: geluAVX512, slope: geluSlopeAVX512},
		models.GELUTanh:    {value: geluTanhAVX512, slope: geluTanhSlopeAVX512},
		models.Tanh:        {value: tanhAVX512, slope: tanhSlopeAVX512},
		models.Softplus:    {value: softplusAVX512, slope: softplusSlopeAVX512},
		models.LogSigmoid:  {value: logSigmoidAVX512, slope: logSigmoidSlopeAVX512},
		models.Softsign:    {value: softsignAVX512, slope: softsignSlopeAVX512},
		models.Swish:       {value: swishAVX512, slope: swishSlopeAVX512},
		models.Mish:        {value: mishAVX512, slope: mishSlopeAVX512},
		models.ELU:         {value: asELU(eluAVX512), slope: asELU(eluSlopeAVX512)},
		models.SELU:        {value: asSELU(eluAVX512), slope: asSELU(eluSlopeAVX512)},
		models.CELU:        {value: asCELU(eluAVX512), slope: asCELUSlope(eluSlopeAVX512)},
	}),

	copyRows:    copyRowsAVX512,
	everySecond: everySecondAVX512,
	turn:        turnAVX512,
	maxPool:     [2]func(*windows){maxPool1AVX512, maxPool2AVX512},
	depthwise:   depthwiseAVX512,
}

// asELU, asSELU, asCELU and asCELUSlope have one kernel compute the exponential linear
// units: hi times what is above zero, else scale times exp(shift x) - 1, or times the
// exponential for the slope.
func asELU(kernel func(*vec)) func(*vec) {
	return func(v *vec) {
		v.shift, v.hi = 1, 1
		kernel(v)
	}
}

func asSELU(kernel func(*vec)) func(*vec) {
	return func(v *vec) {
		v.scale, v.shift, v.hi = op.SELUScale*op.SELUAlpha, 1, op.SELUScale
		kernel(v)
	}
}

func asCELU(kernel func(*vec)) func(*vec) {
	return func(v *vec) {
		v.shift, v.hi = 1/v.scale, 1
		kernel(v)
	}
}

func asCELUSlope(kernel func(*vec)) func(*vec) {
	return func(v *vec) {
		v.scale, v.shift, v.hi = 1, 1/v.scale, 1
		kernel(v)
	}
}
