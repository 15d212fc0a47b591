package graph

import (
	"context"
	"fmt"

	"webflix/graph/model"
	"webflix/recommend"
)

// What hangs on people is read for all of a list whom the viewer may see, so that it costs the same however long the list is.

// historyOf asks for a page of a person's history.
type historyOf struct {
	user          int64
	offset, limit int
}

// history is a page of a person's history, with its films.
type history struct {
	recommend.HistoryPage
	watches []model.Watch
}

// dismissedBy asks for what a person dismissed.
type dismissedBy struct {
	user  int64
	limit int
}

// alike returns the people of a list whom the viewer may see.
func alike[K any](ctx context.Context, user *model.User, key func(id int64) K) func() []K {
	return func() []K {
		var keys []K
		for _, id := range user.Among {
			if may(ctx, id) {
				keys = append(keys, key(id))
			}
		}
		return keys
	}
}

func (l *loaders) historyOf(ctx context.Context, user *model.User, offset, limit int) (history, error) {
	key := func(id int64) historyOf { return historyOf{id, offset, limit} }
	return l.histories.among(ctx, key(user.User.ID), alike(ctx, user, key))
}

func (l *loaders) tasteOf(ctx context.Context, user *model.User) (recommend.Taste, error) {
	return l.tastes.among(ctx, user.User.ID, alike(ctx, user, func(id int64) int64 { return id }))
}

func (l *loaders) dismissedBy(ctx context.Context, user *model.User, limit int) ([]model.Movie, error) {
	key := func(id int64) dismissedBy { return dismissedBy{id, limit} }
	return l.dismissed.among(ctx, key(user.User.ID), alike(ctx, user, key))
}

// histories reads pages of histories with their films: those of one size at once.
func (r *Resolver) histories(ctx context.Context, keys []historyOf) (map[historyOf]history, error) {
	queries := map[historyOf]*recommend.HistoryQuery{} // by the page alone
	for _, key := range keys {
		page := historyOf{offset: key.offset, limit: key.limit}
		if queries[page] == nil {
			queries[page] = &recommend.HistoryQuery{Offset: key.offset, Limit: key.limit}
		}
		queries[page].Users = append(queries[page].Users, key.user)
	}
	read := make(map[historyOf]history, len(keys))
	var ids []int32
	for _, q := range queries {
		pages, err := r.People.Histories(ctx, *q)
		if err != nil {
			return nil, fmt.Errorf("read the histories of %d people: %w", len(q.Users), err)
		}
		for user, page := range pages {
			read[historyOf{user, q.Offset, q.Limit}] = history{HistoryPage: page}
			for _, w := range page.Watches {
				ids = append(ids, w.Movie)
			}
		}
	}
	films, err := r.films(ctx, ids)
	if err != nil {
		return nil, err
	}
	for key, h := range read {
		h.watches = watchesOf(h.Watches, films)
		read[key] = h
	}
	return read, nil
}

// dismissals reads what people dismissed: lists of one length at once.
func (r *Resolver) dismissals(ctx context.Context, keys []dismissedBy) (map[dismissedBy][]model.Movie, error) {
	users := map[int][]int64{} // by the length
	for _, key := range keys {
		users[key.limit] = append(users[key.limit], key.user)
	}
	read := make(map[dismissedBy][]int32, len(keys))
	var ids []int32
	for limit, of := range users {
		found, err := r.People.Dismissed(ctx, of, limit)
		if err != nil {
			return nil, fmt.Errorf("read what %d people dismissed: %w", len(of), err)
		}
		for user, movies := range found {
			read[dismissedBy{user, limit}] = movies
			ids = append(ids, movies...)
		}
	}
	films, err := r.films(ctx, ids)
	if err != nil {
		return nil, err
	}
	lists := make(map[dismissedBy][]model.Movie, len(keys))
	for _, key := range keys {
		lists[key] = pick(read[key], films)
	}
	return lists, nil
}
