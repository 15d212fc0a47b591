package graph

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"webflix/graph/model"
	"webflix/recommend"
)

// loaders reads for one operation, or for one event of a subscription, what many of its fields need, once.
type loaders struct {
	films    batch[int32, *recommend.Film]
	opinions batch[int32, recommend.Opinion]
	genres   batch[string, int]
	similar  batch[similarTo, []model.Movie]
	requests batch[recommend.RequestID, *recommend.Ranked]
	models   batch[string, *model.Model]

	histories batch[historyOf, history]
	tastes    batch[int64, recommend.Taste]
	dismissed batch[dismissedBy, []model.Movie]
	rows      batch[rowsOf, []model.Row]
}

// similarTo asks for films like one.
type similarTo struct {
	movie int32
	first int
}

type loadersKey struct{}

// batch answers single lookups from few big reads. Whoever makes a list announces its keys; the first lookup then reads
// all that were announced. So a list costs one read however its elements are resolved, and nobody waits for others to ask.
type batch[K comparable, V any] struct {
	read func(ctx context.Context, keys []K) (map[K]V, error)

	mu        sync.Mutex // protects all below; held while reading, so that others wait for the same answer
	announced []K
	values    map[K]V
	err       error // of a read; the operation is not tried again
}

func (b *batch[K, V]) announce(keys ...K) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.announced = append(b.announced, keys...)
}

// knows reports whether a key was read.
func (b *batch[K, V]) knows(key K) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, ok := b.values[key]
	return ok
}

// get returns the value of a key, the zero value when it was read and there is none.
func (b *batch[K, V]) get(ctx context.Context, key K) (V, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	value, ok := b.values[key]
	if ok || b.err != nil {
		return value, b.err
	}
	if b.values == nil {
		b.values = make(map[K]V, len(b.announced)+1)
	}
	var zero V
	keys := make([]K, 0, len(b.announced)+1)
	for _, k := range append(b.announced, key) {
		if _, known := b.values[k]; !known {
			b.values[k] = zero
			keys = append(keys, k)
		}
	}
	b.announced = nil
	read, err := b.read(ctx, keys)
	if err != nil {
		b.err = err
		return zero, err
	}
	maps.Copy(b.values, read)
	return b.values[key], nil
}

// all returns the values of keys, read at once with what was announced.
func (b *batch[K, V]) all(ctx context.Context, keys []K) (map[K]V, error) {
	b.announce(keys...)
	values := make(map[K]V, len(keys))
	for _, key := range keys {
		value, err := b.get(ctx, key)
		if err != nil {
			return nil, err
		}
		values[key] = value
	}
	return values, nil
}

// among is get, and announces the others of the key's list if it was not read yet.
func (b *batch[K, V]) among(ctx context.Context, key K, others func() []K) (V, error) {
	if !b.knows(key) {
		b.announce(others()...)
	}
	return b.get(ctx, key)
}

func (r *Resolver) newLoaders() *loaders {
	return &loaders{
		opinions: batch[int32, recommend.Opinion]{read: func(ctx context.Context, movies []int32) (map[int32]recommend.Opinion, error) {
			viewer := viewerOf(ctx).user
			found, err := r.People.Opinions(ctx, map[int64][]int32{viewer: movies})
			if err != nil {
				return nil, fmt.Errorf("read the viewer's opinions: %w", err)
			}
			opinions := make(map[int32]recommend.Opinion, len(movies))
			for _, o := range found[viewer] {
				opinions[o.Movie] = o
			}
			return opinions, nil
		}},
		genres: batch[string, int]{read: func(ctx context.Context, _ []string) (map[string]int, error) {
			found, err := r.Library.Genres(ctx)
			if err != nil {
				return nil, fmt.Errorf("read the genres: %w", err)
			}
			counts := make(map[string]int, len(found))
			for _, g := range found {
				counts[g.Genre] = g.Count
			}
			return counts, nil
		}},
		films:     batch[int32, *recommend.Film]{read: r.rankedFilms},
		similar:   batch[similarTo, []model.Movie]{read: r.similarFilms},
		requests:  batch[recommend.RequestID, *recommend.Ranked]{read: r.rankings},
		models:    batch[string, *model.Model]{read: r.models},
		rows:      batch[rowsOf, []model.Row]{read: r.rows},
		histories: batch[historyOf, history]{read: r.histories},
		tastes: batch[int64, recommend.Taste]{read: func(ctx context.Context, users []int64) (map[int64]recommend.Taste, error) {
			return r.People.Tastes(ctx, users)
		}},
		dismissed: batch[dismissedBy, []model.Movie]{read: r.dismissals},
	}
}

// similarFilms reads the films like each of some, all at once.
func (r *Resolver) similarFilms(ctx context.Context, keys []similarTo) (map[similarTo][]model.Movie, error) {
	like := make(map[similarTo][]int32, len(keys))
	var ids []int32
	for _, key := range keys {
		found, err := r.Models.Similar(ctx, key.movie, key.first)
		if err != nil {
			return nil, fmt.Errorf("look for films like %d: %w", key.movie, err)
		}
		like[key] = found
		ids = append(ids, found...)
	}
	movies, err := r.films(ctx, ids)
	if err != nil {
		return nil, err
	}
	lists := make(map[similarTo][]model.Movie, len(keys))
	for key, found := range like {
		lists[key] = pick(found, movies)
	}
	return lists, nil
}

// similarOf returns the films like one, and has those like the others of its list read with them.
func (l *loaders) similarOf(ctx context.Context, m *model.Movie, first int) ([]model.Movie, error) {
	return l.similar.among(ctx, similarTo{m.Film.ID, first}, func() []similarTo {
		others := make([]similarTo, len(m.Among))
		for i, id := range m.Among {
			others[i] = similarTo{id, first}
		}
		return others
	})
}

// withLoaders gives each response loaders of its own.
func (r *Resolver) withLoaders(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	return next(context.WithValue(ctx, loadersKey{}, r.newLoaders()))
}

// withFreshLoaders gives each mutation of a document loaders of its own: what was read for one before it, it may have changed.
func (r *Resolver) withFreshLoaders(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
	if graphql.GetOperationContext(ctx).Operation.Operation == ast.Mutation {
		ctx = context.WithValue(ctx, loadersKey{}, r.newLoaders())
	}
	return next(ctx)
}

func loadersOf(ctx context.Context) *loaders {
	l, _ := ctx.Value(loadersKey{}).(*loaders)
	return l
}

// shown makes films ready to be shown, and announces them to the loaders.
func shown(ctx context.Context, films []recommend.Film) []model.Movie {
	movies := make([]model.Movie, len(films))
	ids := make([]int32, len(films))
	for i := range films {
		movies[i] = model.Movie{Film: &films[i], Among: ids}
		ids[i] = films[i].ID
	}
	loadersOf(ctx).opinions.announce(ids...)
	return movies
}

// byID reads films, and announces them to the loaders. Films that there are not are left out.
func (r *Resolver) byID(ctx context.Context, ids []int32) ([]model.Movie, error) {
	if len(ids) == 0 {
		return []model.Movie{}, nil
	}
	films, err := r.Library.Films(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read %d films: %w", len(ids), err)
	}
	return shown(ctx, films), nil
}

// films reads films, each once, by their ids.
func (r *Resolver) films(ctx context.Context, ids []int32) (map[int32]model.Movie, error) {
	unique := slices.Clone(ids)
	slices.Sort(unique)
	movies, err := r.byID(ctx, slices.Compact(unique))
	if err != nil {
		return nil, err
	}
	films := make(map[int32]model.Movie, len(movies))
	for _, m := range movies {
		films[m.Film.ID] = m
	}
	return films, nil
}

// pick returns the films with these ids, in their order, without those that there are not.
func pick(ids []int32, films map[int32]model.Movie) []model.Movie {
	list := make([]model.Movie, 0, len(ids))
	for _, id := range ids {
		if film, ok := films[id]; ok {
			list = append(list, film)
		}
	}
	return list
}

// know keeps the genres that were read anyway.
func (l *loaders) know(genres []recommend.GenreCount) {
	l.genres.mu.Lock()
	defer l.genres.mu.Unlock()
	l.genres.values = make(map[string]int, len(genres))
	for _, g := range genres {
		l.genres.values[g.Genre] = g.Count
	}
}
