package model

import (
	"time"

	"webflix/recommend"
)

// Movie is a film.
type Movie struct {
	*recommend.Film
	Among []int32 // the films of its list, itself among them: what is read for one is read for all
}

// ID returns the global id.
func (m Movie) ID() string { return MovieID(m.Film.ID) }

// Year returns the year of release, nil when unknown.
func (m Movie) Year() *int { return unlessZero(m.Film.Year) }

// Rating returns the mean rating, nil without any.
func (m Movie) Rating() *float64 { return unlessZero(m.Film.Rating) }

// Genres returns the film's genres.
func (m Movie) Genres() []Genre {
	genres := make([]Genre, len(m.Film.Genres))
	for i, name := range m.Film.Genres {
		genres[i] = Genre{Name: name}
	}
	return genres
}

// Genre is a genre of the catalogue.
type Genre struct {
	Name string
}

// ID returns the global id.
func (g Genre) ID() string { return KindGenre + ":" + g.Name }

// ViewerState is what the viewer did with a film.
type ViewerState struct {
	recommend.Opinion
}

// WatchedAt returns when they saw it, nil when they did not.
func (s ViewerState) WatchedAt() *time.Time { return unlessZeroTime(s.Opinion.WatchedAt) }

// Rating returns their rating, nil when they gave none.
func (s ViewerState) Rating() *float64 { return rating(s.Opinion.Rating) }

// Watch is a film that a person saw.
type Watch struct {
	Movie Movie
	recommend.Watch
}

// WatchedAt returns when they saw it last.
func (w Watch) WatchedAt() time.Time { return w.At }

// Rating returns their rating, nil when they gave none.
func (w Watch) Rating() *float64 { return rating(w.Watch.Rating) }

// Row is films to watch next, because of one that was liked.
type Row struct {
	Because Movie
	Movies  []Movie
}

func rating(r float32) *float64 { return unlessZero(float64(r)) }

func unlessZero[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

func unlessZeroTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
