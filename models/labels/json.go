package labels

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// wrappers are the keys under which files hold labels among other things.
var wrappers = []string{"id2label", "idx_to_class", "class_to_idx", "class_indices", "classes", "class_names", "labels", "names"}

// decodeJSON reads labels in any of the forms that training programs write.
func decodeJSON(data []byte) ([]string, error) {
	var list []string
	if json.Unmarshal(data, &list) == nil {
		return list, nil
	}
	var entries map[string]json.RawMessage
	if err := json.Unmarshal(data, &entries); err != nil {
		return nil, errors.New("it is neither a list of names nor an object of names and indices")
	}
	for _, key := range wrappers {
		// A class may be called like that: its value is then no list.
		if inner, ok := entries[key]; ok {
			if list, err := unwrapped(inner); err == nil {
				return list, nil
			}
		}
	}
	return indexed(data)
}

// unwrapped reads a list, or an object of names and indices.
func unwrapped(data []byte) ([]string, error) {
	var list []string
	if json.Unmarshal(data, &list) == nil {
		return list, nil
	}
	return indexed(data)
}

// indexed reads an object of names and indices.
func indexed(data []byte) ([]string, error) {
	var entries map[string]any
	if err := json.Unmarshal(data, &entries); err != nil {
		return nil, errors.New("it is no object of names and indices")
	}
	list := make([]string, len(entries))
	taken := make([]bool, len(entries))
	for key, value := range entries {
		name, index, err := entry(key, value)
		if err != nil {
			return nil, err
		}
		if index < 0 || index >= len(list) || taken[index] {
			return nil, fmt.Errorf("%d classes do not have the indices 0 to %d", len(list), len(list)-1)
		}
		list[index], taken[index] = name, true
	}
	return list, nil
}

// entry reads one name and its index, either of which may be the key.
func entry(key string, value any) (name string, index int, err error) {
	switch v := value.(type) {
	case string:
		name = v
	case []any:
		if len(v) == 0 {
			return "", 0, errors.New("a class has no name")
		}
		var ok bool
		if name, ok = v[len(v)-1].(string); !ok {
			return "", 0, fmt.Errorf("the name of class %q is no text", key)
		}
	case float64:
		if v != float64(int(v)) {
			return "", 0, fmt.Errorf("%v is not an index", v)
		}
		return key, int(v), nil
	default:
		return "", 0, fmt.Errorf("class %q has neither a name nor an index", key)
	}
	if index, err = strconv.Atoi(key); err != nil {
		return "", 0, fmt.Errorf("%q is not an index", key)
	}
	return name, index, nil
}
