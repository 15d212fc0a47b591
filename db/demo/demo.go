// Package demo makes the catalogue that Webflix starts with: well-known films, as plain facts written down by us, and invented
// people whose histories follow tastes, so that recommendations make sense to whoever looks at them.
package demo

import (
	"time"

	"webflix/recommend"
)

// FirstID is the lowest number of our own films and people; those of the data sets that can be imported are below.
const FirstID = 10_000_000

// Demo is the catalogue with its people and their histories.
type Demo struct {
	Movies  []recommend.Movie
	Users   []recommend.User
	Watches []recommend.Rating // person after person, oldest first; a rating of 0 is none
}

// size and seed are what makes the people; with others, they would be other people.
const (
	size = 500
	seed = 20
)

// New makes the catalogue, as if it had been in use for the three years before now. The same now gives the same.
func New(now time.Time) (*Demo, error) {
	films, err := readFilms()
	if err != nil {
		return nil, err
	}
	d := &Demo{}
	for i := range films {
		d.Movies = append(d.Movies, films[i].Movie)
	}
	g, err := newGenerator(films, now)
	if err != nil {
		return nil, err
	}
	for i, name := range names(size, seed) {
		user := recommend.User{ID: FirstID + int64(i), Name: name}
		d.Users = append(d.Users, user)
		d.Watches = append(d.Watches, g.history(user.ID)...)
	}
	return d, nil
}
