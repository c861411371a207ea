package widget

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"github.com/google/go-cmp/cmp"
)

func newMugRanking() *Ranking {
	r := NewRanking(nil)
	r.SetItems([]RankingItem{
		{"mug", 0.93, "93 %"},
		{"bottle", 0.04, "4 %"},
		{"American Staffordshire terrier, pit bull terrier", 0.02, "2 %"},
		{"file cabinet", 0.006, "0.6 %"},
		{"ring binder", 0, "0 %"},
	})
	r.SetChosen(0)
	return r
}

func TestRankingLooks(t *testing.T) {
	size := fyne.NewSize(240, 190)
	looks(t, "ranking/chosen", size, newMugRanking, nil)
	t.Run("hovered", func(t *testing.T) {
		looks(t, "ranking/hovered", size, newMugRanking, func(_ *Ranking, cv fyne.Canvas) { test.MoveMouse(cv, fyne.NewPos(100, 60)) })
	})
}

func TestRankingTap(t *testing.T) {
	test.NewTempApp(t)
	r := newMugRanking()
	var told []int
	r.OnChosen = func(row int) { told = append(told, row) }
	w := test.NewTempWindow(t, r)
	w.Resize(fyne.NewSize(240, 190))

	row := r.rows.Objects[2].(*rankingRow)
	test.Tap(row)
	test.Tap(row)
	if diff := cmp.Diff([]int{2, 2}, told); diff != "" {
		t.Errorf("OnChosen (-want +got):\n%s", diff)
	}
	for i, o := range r.rows.Objects {
		if got := o.(*rankingRow).chosen; got != (i == 2) {
			t.Errorf("row %d: chosen is %v", i, got)
		}
	}
	r.SetItems([]RankingItem{{"mug", 1, "100 %"}})
	if r.rows.Objects[0].(*rankingRow).chosen {
		t.Error("a row is chosen in new items")
	}
	if len(told) != 2 {
		t.Error("a setter called back")
	}
}
