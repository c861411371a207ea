package models

import "testing"

func TestNotesInEnglish(t *testing.T) {
	for _, c := range []struct {
		note Note
		want string
	}{
		{NewNote(NoteText, "100 % mine"), "100 % mine"},
		{NewNote(NoteBatch, 8), "The file is for 8 pictures at a time; it is read for one."},
		{NewNote(NoteSize, "299x299", "224x224"), "The file is for pictures of 299x299; it is read for 224x224."},
		{NewNote(NoteOutput, "a, b", "b"), "Of the outputs a, b, b is explained."},
		{NewNote(NoteActivation, "Softmax (prob)"), "The Softmax (prob) at the end is left out: the logits before it are explained."},
		{NewNote(NoteScores, "label", "p"), "The output label only says which classes are the most probable; the scores p behind it are explained."},
		{NewNote(NoteInput, "keep_prob", 1), "The input keep_prob besides the picture is taken to be 1."},
		{NewNote(NoteLayout, "x", "rows, columns"), "The axes of the input x are taken to be rows, columns."},
		{NewNote(NoteOpset, 40), "The file uses opset 40, which is newer than this version of Gaze."},
		{NewNote(NoteByOrder, "resnet18"), "The file has other names for the parameters than resnet18; they were matched by their order and shapes."},
		{NewNote(NoteBeside, "criterion.weight"), "The file has numbers besides the network, which are ignored: criterion.weight."},
		{NewNote(NoteCopy, "net", "ema"), "The file has the network several times: net is read, ema is not."},
		{NewNote(NoteTimm), "The names of the parameters are timm's. They would be the same in one of its networks whose name begins with tf_, which is another: it would have to be saved as an ONNX file, or whole."},
		{NewNote(NoteRounding), "The network is quantised: activations are rounded as the file says, and gradients pass as if they were not."},
		{NewNote(NoteLabels, "classes.txt"), "The classes' names are from classes.txt, which lies beside the network."},
		{NewNote(NoteKeys, "net.json", "name, about"), "net.json has keys that mean nothing to Gaze and change nothing: name, about."},
	} {
		if got := c.note.String(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}
