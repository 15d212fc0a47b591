package recommend

import "testing"

// Of two films that go with the history, later ranks the one that people come back to above the one that they name in the same
// sitting.
func TestLaterKnowsWhatPeopleComeBackTo(t *testing.T) {
	t.Parallel()
	const hour, day = 3600, 24 * 3600
	data := &Dataset{}
	for film := range int32(8) {
		data.Movies = append(data.Movies, Movie{ID: film + 1})
	}
	for user := range int64(60) {
		at := user * hour
		first := int32(user % 2) // two kinds of people: films 1, 3 and then 5, or 2, 4 and then 6
		data.Ratings = append(data.Ratings,
			Rating{User: user + 1, Movie: 1 + first, At: at}, Rating{User: user + 1, Movie: 3 + first, At: at + hour},
			Rating{User: user + 1, Movie: 5 + first, At: at + 3*day})
	}
	later := laterOf(t, data)
	for history, want := range map[int32]int32{1: 5, 2: 6, 3: 5, 4: 6} {
		scored, err := later.Score(Task{History: []Watch{{Movie: history}}})
		if err != nil {
			t.Fatal(err)
		}
		if got := scored.Candidates[0].Movie; got != want {
			t.Errorf("after film %d people come back to film %d, not %d", history, want, got)
		}
	}
}

// Where nobody comes back there is nothing to say, and nothing to fail.
func TestLaterOfOneSitting(t *testing.T) {
	t.Parallel()
	data := &Dataset{Movies: []Movie{{ID: 1}, {ID: 2}}, Ratings: []Rating{{User: 1, Movie: 1}, {User: 1, Movie: 2, At: 60}}}
	later := laterOf(t, data)
	if scored, err := later.Score(Task{History: []Watch{{Movie: 1}}}); err != nil || len(scored.Candidates) > 0 {
		t.Errorf("candidates %v, error %v", scored.Candidates, err)
	}
}

// laterOf returns the criterion as it learns from data.
func laterOf(t *testing.T, data *Dataset) Criterion {
	t.Helper()
	catalog, err := NewCatalog(data)
	if err != nil {
		t.Fatal(err)
	}
	part, err := trainLater(newTrainSet(data, catalog, &Options{}), 0)
	if err != nil {
		t.Fatal(err)
	}
	later, err := openLater(catalog, part)
	if err != nil {
		t.Fatal(err)
	}
	return later
}
