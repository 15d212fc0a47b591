package workers

import (
	"testing"

	"webflix/recommend"
)

// cursed is a catalogue that trips up whoever uses it.
type cursed struct{}

func (cursed) Catalog() *recommend.Catalog { panic("no catalogue") }

// Whoever shows a request makes its ranking: one that cannot be made must not end them one after another.
func TestRankingThatPanicsIsAnError(t *testing.T) {
	t.Parallel()
	if _, err := Ranking(&recommend.Standing{}, cursed{}); err == nil {
		t.Error("a ranking was made")
	}
}
