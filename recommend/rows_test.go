package recommend

import (
	"slices"
	"testing"
)

func TestOccasionsAreLikedAndOfDifferentKinds(t *testing.T) {
	t.Parallel()
	genres := map[int32][]string{1: {"Drama"}, 2: {"Drama"}, 3: {"Sci-Fi", "Action"}, 4: {"Action", "Sci-Fi", "Thriller"}, 5: nil, 6: {"Comedy"}}
	film := func(id int32) *Film {
		if g, ok := genres[id]; ok {
			return &Film{Movie: Movie{ID: id, Genres: g}}
		}
		return nil
	}
	watches := []Watch{
		{Movie: 9}, {Movie: 1, Rating: 1}, {Movie: 2, Rating: 5}, {Movie: 1}, {Movie: 3}, {Movie: 4}, {Movie: 5}, {Movie: 6, Rating: LikedFrom},
	}
	if got := Occasions(watches, film, 3); !slices.Equal(got, []int32{2, 3, 5}) {
		t.Errorf("got %v", got)
	}
	if got := Occasions(watches, film, 9); !slices.Equal(got, []int32{2, 3, 5, 6}) {
		t.Errorf("got %v", got)
	}
}
