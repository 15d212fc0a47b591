package recommend

import "slices"

// mark writes into open whether each film, by place, may be ranked for the task: the filter lets it pass, and it is neither
// excluded nor, unless the filter says so, seen. It returns how many may. open has a place for each film.
func (c *Catalog) mark(task *Task, open []bool) int {
	f := &task.Filter
	with, without := c.genreMask(f.Genres), c.genreMask(f.WithoutGenres)
	anyGenre, anyYear := len(f.Genres) == 0, f.FromYear == 0 && f.ToYear == 0
	for i := range open {
		year := int(c.years[i])
		open[i] = (anyGenre || c.genres[i]&with != 0) && c.genres[i]&without == 0 &&
			(anyYear || year != 0 && year >= f.FromYear && (f.ToYear == 0 || year <= f.ToYear)) &&
			(f.MinRating == 0 || float64(c.rating[i]) >= f.MinRating)
	}
	if !f.IncludeSeen {
		for _, w := range task.History {
			if place, ok := c.at[w.Movie]; ok {
				open[place] = false
			}
		}
	}
	for _, movie := range task.Exclude {
		if place, ok := c.at[movie]; ok {
			open[place] = false
		}
	}
	n := 0
	for _, ok := range open {
		if ok {
			n++
		}
	}
	return n
}

// genreMask returns the bits of the genres; one that no film has is no bit.
func (c *Catalog) genreMask(names []string) uint64 {
	var mask uint64
	for _, name := range names {
		if g, ok := slices.BinarySearch(c.names, name); ok {
			mask |= 1 << g
		}
	}
	return mask
}
