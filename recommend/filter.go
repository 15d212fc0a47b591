package recommend

import "slices"

// open reports whether the filter lets every film pass; of those seen, the filter knows nothing.
func (f *Filter) open() bool {
	return len(f.Genres) == 0 && len(f.WithoutGenres) == 0 && f.FromYear == 0 && f.ToYear == 0 && f.MinRating == 0
}

// passes reports whether the filter lets the film at a place pass; with and without are the bits of its genres.
func (f *Filter) passes(c *Catalog, place int, with, without uint64) bool {
	year := int(c.years[place])
	return (len(f.Genres) == 0 || c.genres[place]&with != 0) && c.genres[place]&without == 0 &&
		(f.FromYear == 0 && f.ToYear == 0 || year != 0 && year >= f.FromYear && (f.ToYear == 0 || year <= f.ToYear)) &&
		(f.MinRating == 0 || float64(c.rating[place]) >= f.MinRating)
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
