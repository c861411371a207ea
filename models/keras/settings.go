package keras

import (
	"fmt"
	"math"
)

// settings are what a layer's configuration says. Keras leaves nothing out that a
// layer of its time had, so what is missing has the value that it had before.
type settings map[string]any

// text returns a setting that is a text, or otherwise.
func (s settings) text(key, otherwise string) string {
	if v, ok := s[key].(string); ok {
		return v
	}
	return otherwise
}

// flag returns a setting that is true or false, or otherwise.
func (s settings) flag(key string, otherwise bool) bool {
	if v, ok := s[key].(bool); ok {
		return v
	}
	return otherwise
}

// number returns a setting that is a number, or otherwise.
func (s settings) number(key string, otherwise float64) float64 {
	if v, ok := numberOf(s[key]); ok {
		return v
	}
	return otherwise
}

// numberOf returns v if it is a number, or a number of numpy's, which is an object
// with a value.
func numberOf(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case jsonObject:
		return numberOf(settings(v).inner())
	}
	return 0, false
}

// inner is the value of an object that stands for a value: {"class_name":
// "__numpy__", "config": {"value": ...}} or {"type": "ndarray", "value": ...}.
func (s settings) inner() any {
	if config, ok := s["config"].(jsonObject); ok && s["value"] == nil {
		return config["value"]
	}
	return s["value"]
}

// integer returns a setting that is a whole number, or otherwise.
func (s settings) integer(key string, otherwise int) int {
	if v, ok := integerOf(s[key]); ok {
		return v
	}
	return otherwise
}

// maxInteger bounds whole numbers of a configuration.
const maxInteger = 1 << 30

func integerOf(v any) (int, bool) {
	n, ok := numberOf(v)
	if !ok || n != math.Trunc(n) || math.Abs(n) > maxInteger {
		return 0, false
	}
	return int(n), true
}

// object returns a setting that is an object, or nil.
func (s settings) object(key string) settings {
	v, _ := s[key].(jsonObject)
	return v
}

// pair returns two numbers for rows and columns; one number is for both.
func (s settings) pair(key string, otherwise [2]int) ([2]int, error) {
	switch v := s[key].(type) {
	case nil:
		return otherwise, nil
	case []any:
		rows, isRows := integerOf(first(v))
		columns, isColumns := integerOf(last(v))
		if len(v) == 2 && isRows && isColumns {
			return [2]int{rows, columns}, nil
		}
	default:
		if n, ok := integerOf(v); ok {
			return [2]int{n, n}, nil
		}
	}
	return otherwise, fmt.Errorf("%s is neither a number nor two", key)
}

func first(list []any) any {
	if len(list) == 0 {
		return nil
	}
	return list[0]
}

func last(list []any) any {
	if len(list) == 0 {
		return nil
	}
	return list[len(list)-1]
}

// sides returns what stands around rows and columns: top, left, bottom, right. The
// setting is a number, two, or two pairs.
func (s settings) sides(key string) ([4]int, error) {
	list, ok := s[key].([]any)
	if !ok {
		all, err := s.pair(key, [2]int{})
		return [4]int{all[0], all[1], all[0], all[1]}, err
	}
	var out [4]int
	for i, v := range list {
		of := settings{key: v}
		both, err := of.pair(key, [2]int{})
		if err != nil || len(list) != 2 {
			return out, fmt.Errorf("%s is no number, two numbers, or two pairs", key)
		}
		out[i], out[i+2] = both[0], both[1]
	}
	return out, nil
}

// numbers returns a setting that is a number or a list of numbers, at any depth:
// axes of length 1 around them have no meaning here. ok is false where it is
// nothing of the kind.
func (s settings) numbers(key string) (list []float64, ok bool) { return numbersOf(s[key]) }

func numbersOf(v any) (list []float64, ok bool) {
	if n, ok := numberOf(v); ok {
		return []float64{n}, true
	}
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			part, ok := numbersOf(item)
			if !ok {
				return nil, false
			}
			list = append(list, part...)
		}
		return list, len(list) > 0
	case jsonObject:
		if inner := settings(v).inner(); inner != nil {
			return numbersOf(inner)
		}
	}
	return nil, false
}

// integers returns a setting that is a whole number or a list of such.
func (s settings) integers(key string) ([]int, bool) {
	list, ok := s.numbers(key)
	var out []int
	for _, v := range list {
		n, whole := integerOf(v)
		ok = ok && whole
		out = append(out, n)
	}
	return out, ok
}

// shape returns a setting that is a shape with the batch, without it; -1 for a
// side that is left open, nil where there is none.
func (s settings) shape(key string) []int {
	list, _ := s[key].([]any)
	if len(list) < 2 {
		return nil
	}
	shape := make([]int, len(list)-1)
	for i, v := range list[1:] {
		side, ok := integerOf(v)
		switch {
		case v == nil:
			side = -1
		case !ok || side < 1:
			return nil
		}
		shape[i] = side
	}
	return shape
}
