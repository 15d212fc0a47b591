// Package recommend is the core of Webflix: it scores films for a person, one file a criterion, and sums the scores of
// several criteria into one explained ranking. It is pure: no I/O, no clock, no context; time comes in as a value.
package recommend

import (
	"slices"
	"time"
)

// Movie is a film. Its ID is the catalogue's own number, stable across imports.
type Movie struct {
	ID     int32
	Title  string // display title: "The Matrix", not "Matrix, The"
	Year   int    // 0 when unknown
	Genres []string
}

// Watch says that a person saw a film, when, and what they thought of it.
type Watch struct {
	Movie  int32
	At     time.Time
	Rating float32 // 0.5 to 5; 0 when the person did not rate it
}

// LikedFrom is the lowest rating that counts as a liking; an unrated watch counts as one too.
const LikedFrom = 3.5

// Liked reports whether the watch speaks for the film: it is unrated, or rated LikedFrom or better.
func (w Watch) Liked() bool { return w.Rating == 0 || w.Rating >= LikedFrom }

// Filter narrows a ranking down. The zero Filter lets every film that the person has not seen pass.
type Filter struct {
	Genres        []string `json:"genres,omitempty"`        // a film needs one of them; none: any genre
	WithoutGenres []string `json:"withoutGenres,omitempty"` // a film may have none of them
	FromYear      int      `json:"fromYear,omitempty"`      // first year, inclusive; 0: open
	ToYear        int      `json:"toYear,omitempty"`        // last year, inclusive; 0: open
	MinRating     float64  `json:"minRating,omitempty"`     // lowest mean rating of the film; 0: any
	IncludeSeen   bool     `json:"includeSeen,omitempty"`   // rank films that the person has seen, too
}

// Same reports whether two filters let the same films pass.
func (f *Filter) Same(g *Filter) bool {
	return slices.Equal(f.Genres, g.Genres) && slices.Equal(f.WithoutGenres, g.WithoutGenres) &&
		f.FromYear == g.FromYear && f.ToYear == g.ToYear && f.MinRating == g.MinRating && f.IncludeSeen == g.IncludeSeen
}
