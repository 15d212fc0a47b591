package recommend

import "time"

// User is a person who watches films.
type User struct {
	ID   int64
	Name string
}

// Film is a movie with its figures.
type Film struct {
	Movie
	Watches int     // people who saw it
	Rating  float64 // mean rating, 0 without any
}

// FilmOrder is how a list of films is sorted.
type FilmOrder string

// The orders of films; equal films follow by id.
const (
	OrderPopular   FilmOrder = "POPULAR"   // trending first: watches, each worth less with age
	OrderRating    FilmOrder = "RATING"    // best rated first, films with few ratings drawn to the mean
	OrderNewest    FilmOrder = "NEWEST"    // latest year first
	OrderTitle     FilmOrder = "TITLE"     // by title
	OrderRelevance FilmOrder = "RELEVANCE" // best match of the text first; OrderPopular without a text
)

// FilmQuery asks for a page of films.
type FilmQuery struct {
	Text   string // typo-tolerant search in titles; a year in it narrows the year; "" for all
	Filter Filter // MinRating, years and genres; IncludeSeen says nothing here unless Viewer is set
	Viewer int64  // whose seen films are left out unless Filter.IncludeSeen; 0: nobody's
	Order  FilmOrder
	Offset int
	Limit  int
}

// FilmPage is a page of films.
type FilmPage struct {
	Films []Film
	More  bool // there are films behind this page
	Total int  // films on all pages
}

// UserQuery asks for a page of people.
type UserQuery struct {
	Text   string // part of a name, or an id; "" for all
	Offset int
	Limit  int
}

// UserPage is a page of people, by id.
type UserPage struct {
	Users []User
	More  bool
	Total int
}

// HistoryQuery asks for a page of each of some people's histories, newest first.
type HistoryQuery struct {
	Users  []int64
	Offset int
	Limit  int
}

// HistoryPage is a page of a person's history.
type HistoryPage struct {
	Watches []Watch
	More    bool
	Total   int
}

// GenreCount says how many films of a genre there are: in the catalogue, or in a history.
type GenreCount struct {
	Genre string
	Count int
	Share float64 // of the films counted, 0 to 1; a film of two genres counts in both
}

// EraCount says how many films of a decade a history has.
type EraCount struct {
	Decade int // 1990
	Count  int
	Share  float64 // of the films counted, 0 to 1
}

// Taste sums up a person's history.
type Taste struct {
	Watches int
	Genres  []GenreCount // most-watched first
	Eras    []EraCount   // by decade, oldest first
}

// Opinion is what a person did with a film.
type Opinion struct {
	Movie     int32
	WatchedAt time.Time // zero: not seen
	Rating    float32   // 0: not rated
	Dismissed bool      // "not for me"
}

// ModelInfo describes a trained model.
type ModelInfo struct {
	Version   int64
	TrainedAt time.Time
	Active    bool
	Bytes     int64
	Blend     Blend
	Metrics   map[string]float64 // on the validation part: "ndcg@10", "history/ndcg@10"
}

// CriterionInfo describes a criterion to whoever chooses weights.
type CriterionInfo struct {
	Name        string
	Description string
	Weight      float64 // in the learned blend
}
