package recommend

import "math/bits"

// diverseDepth is how many films, for each one wanted, a varied ranking is chosen from.
const diverseDepth = 5

// TallyDiverse is Tally with the spec's diversity: the ranking is chosen from its best films so that genres vary. The
// catalogue may be nil; then, and with a diversity of 0, it is Tally.
func TallyDiverse(s *Standing, results []Result, catalog *Catalog) Update {
	first, diversity := s.Spec.First, s.Spec.Diversity
	if catalog == nil || diversity <= 0 {
		return Tally(s, results)
	}
	deep := *s
	deep.Spec.First = first * diverseDepth
	u := Tally(&deep, results)
	u.Picks = diversify(u.Picks, catalog, min(diversity, 1), first)
	return u
}

// diversify chooses k of the picks, one after another, each the best by its score less what it has in common with those
// chosen before (maximal marginal relevance: Carbonell and Goldstein, 1998). Scores keep their meaning: only the order changes.
func diversify(picks []Pick, catalog *Catalog, diversity float64, k int) []Pick {
	if len(picks) == 0 {
		return picks
	}
	top, bottom := picks[0].Score, picks[len(picks)-1].Score
	scale := 1.0
	if top > bottom {
		scale = 1 / (top - bottom)
	}
	nearest := make([]float64, len(picks)) // the most that each has in common with a chosen one
	used := make([]bool, len(picks))
	chosen := make([]Pick, 0, min(k, len(picks)))
	for len(chosen) < cap(chosen) {
		best, most := -1, 0.0
		for i := range picks {
			value := (1-diversity)*(picks[i].Score-bottom)*scale - diversity*nearest[i]
			if !used[i] && (best < 0 || value > most) {
				best, most = i, value
			}
		}
		used[best] = true
		chosen = append(chosen, picks[best])
		for i := range picks {
			nearest[i] = max(nearest[i], catalog.alike(picks[i].Movie, picks[best].Movie))
		}
	}
	return chosen
}

// alike returns how many of two films' genres are the same, of all that either has.
func (c *Catalog) alike(a, b int32) float64 {
	i, okA := c.Place(a)
	j, okB := c.Place(b)
	if !okA || !okB || c.genres[i]|c.genres[j] == 0 {
		return 0
	}
	return float64(bits.OnesCount64(c.genres[i]&c.genres[j])) / float64(bits.OnesCount64(c.genres[i]|c.genres[j]))
}
