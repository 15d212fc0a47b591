// Package graph is the GraphQL face of Webflix: schema, resolvers of a few lines, and the HTTP, WebSocket and event-stream
// handlers around them.
package graph

//go:generate go tool gqlgen generate
//go:generate go run ./trim

import (
	"context"

	"webflix/recommend"
)

// Resolver holds what the resolvers call. Every field but Recommender may be nil in tests that do not need it.
type Resolver struct {
	Library     Library
	People      People
	Recommender Recommender
	Pipeline    Pipeline
	Models      Models

	tokens    *tokens // set by NewHandler, as is mostFirst
	mostFirst int     // elements that a list may be asked for
}

// Library reads the catalogue.
type Library interface {
	// Films returns the films with these ids, in their order, without those that there are not.
	Films(ctx context.Context, ids []int32) ([]recommend.Film, error)
	FindFilms(ctx context.Context, q recommend.FilmQuery) (recommend.FilmPage, error)
	// Genres returns every genre with its number of films, most first.
	Genres(ctx context.Context) ([]recommend.GenreCount, error)
}

// People reads and changes people and their histories. Unknown people and films are recommend.ErrNotFound.
type People interface {
	Users(ctx context.Context, ids []int64) ([]recommend.User, error)
	FindUsers(ctx context.Context, q recommend.UserQuery) (recommend.UserPage, error)
	CreateUser(ctx context.Context, name string) (recommend.User, error)
	Histories(ctx context.Context, q recommend.HistoryQuery) (map[int64]recommend.HistoryPage, error)
	Tastes(ctx context.Context, users []int64) (map[int64]recommend.Taste, error)
	// Opinions returns what people did with films: for each person with each of theirs, in their order.
	Opinions(ctx context.Context, movies map[int64][]int32) (map[int64][]recommend.Opinion, error)
	// Record records all of the watches or none.
	Record(ctx context.Context, user int64, watches []recommend.Watch) error
	// Remove takes films out of the history and returns what was there.
	Remove(ctx context.Context, user int64, movies []int32) ([]recommend.Watch, error)
	Dismiss(ctx context.Context, user int64, movie int32) error
	Restore(ctx context.Context, user int64, movie int32) error
	// Dismissed returns the films that each person dismissed, latest first, at most limit of each.
	Dismissed(ctx context.Context, users []int64, limit int) (map[int64][]int32, error)
}

// Recommender starts requests and follows them. Errors: recommend.ErrNotFound, *recommend.InvalidError or
// *recommend.UnavailableError.
type Recommender interface {
	// Recommend starts a request and streams better and better updates. The channel is
	// closed after the final update or when ctx ends, whichever is first; the caller only reads.
	Recommend(ctx context.Context, req recommend.Request) (<-chan *recommend.Update, error)
	// Start starts a request that nobody follows yet, and returns it as it was accepted.
	Start(ctx context.Context, req recommend.Request) (*recommend.Standing, error)
	// Attach follows a request that any replica started: the newest update at once, then as Recommend.
	Attach(ctx context.Context, id recommend.RequestID) (<-chan *recommend.Update, error)
	// Read returns requests, each with its newest update, without those that there are not.
	Read(ctx context.Context, ids []recommend.RequestID) ([]recommend.Ranked, error)
	// Criteria returns what can be asked, with the learned weights.
	Criteria(ctx context.Context) ([]recommend.CriterionInfo, error)
}

// Pipeline reads the pipeline's figures.
type Pipeline interface {
	// Frame returns the pipeline as it is, with the requests of the last few seconds.
	Frame(ctx context.Context) (*recommend.Frame, error)
	// Follow streams frames, a few a second. The channel is closed when ctx ends.
	Follow(ctx context.Context) (<-chan *recommend.Frame, error)
	Trail(ctx context.Context, id recommend.RequestID) (*recommend.Trail, int64, error) // with the person who asked
}

// Models lists the trained models, and films like one.
type Models interface {
	Models(ctx context.Context) ([]recommend.ModelInfo, error)
	Similar(ctx context.Context, movie int32, limit int) ([]int32, error)
}
