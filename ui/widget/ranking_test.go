package widget

import (
	"math"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"github.com/google/go-cmp/cmp"
)

func newMugRanking() *Ranking {
	r := NewRanking(nil)
	r.SetItems([]RankingItem{
		{Name: "mug", Share: 0.93, Text: "93 %"},
		{Name: "bottle", Share: 0.04, Text: "4 %"},
		{Name: "American Staffordshire terrier, pit bull terrier", Share: 0.02, Text: "2 %"},
		{Name: "file cabinet", Share: 0.006, Text: "0.6 %"},
		{Name: "ring binder", Text: "0 %"},
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

// Bars with a limit have check marks, and numbers have no bars.
func TestRankingLooksWithLimitsAndWithoutBars(t *testing.T) {
	size := fyne.NewSize(240, 120)
	looks(t, "ranking/limits", size, func() *Ranking {
		r := NewRanking(nil)
		r.SetItems([]RankingItem{
			{Name: "beach", Share: 0.93, Text: "93 %", Limit: 0.3, Check: true},
			{Name: "a sky with very many small clouds", Share: 0.41, Text: "41 %", Limit: 0.3, Check: true},
			{Name: "mountain", Share: 0.29, Text: "29 %", Limit: 0.3},
		})
		r.SetChosen(1)
		return r
	}, nil)
	looks(t, "ranking/numbers", size, func() *Ranking {
		r := NewRanking(nil)
		r.SetItems([]RankingItem{{Name: "width", Share: math.NaN(), Text: "12.5 mm"}, {Name: "depth", Share: math.NaN(), Text: "−3.20 mm"}})
		r.SetChosen(0)
		return r
	}, nil)
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
	r.SetItems([]RankingItem{{Name: "mug", Share: 1, Text: "100 %"}})
	if r.rows.Objects[0].(*rankingRow).chosen {
		t.Error("a row is chosen in new items")
	}
	if len(told) != 2 {
		t.Error("a setter called back")
	}
}
