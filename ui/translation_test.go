package ui

import (
	"encoding/json"
	"os"
	"testing"
)

// messages reads the file of a language.
func messages(t *testing.T, code string) map[string]any {
	t.Helper()
	data, err := os.ReadFile("translations/" + code + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(data, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// text is a message, or the form of its plural that all languages have.
func text(message any) string {
	if forms, ok := message.(map[string]any); ok {
		message = forms["other"]
	}
	s, _ := message.(string)
	return s
}
