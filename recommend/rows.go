package recommend

import (
	"slices"
	"strings"
)

// Occasions returns the films that rows "because you watched …" are about, at most `most`: the newest that the person liked,
// each of another kind, which is its first two genres. Watches come newest first; films that there are not are passed over.
func Occasions(watches []Watch, film func(id int32) *Film, most int) []int32 {
	var chosen []int32
	var kinds []string
	for _, w := range watches {
		if len(chosen) >= most {
			break
		}
		f := film(w.Movie)
		if f == nil || w.Rating != 0 && w.Rating < LikedFrom {
			continue
		}
		genres := slices.Sorted(slices.Values(f.Genres))
		kind := strings.Join(genres[:min(2, len(genres))], " ")
		if slices.Contains(kinds, kind) {
			continue
		}
		kinds = append(kinds, kind)
		chosen = append(chosen, w.Movie)
	}
	return chosen
}
