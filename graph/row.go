package graph

import (
	"context"
	"fmt"
	"slices"

	"webflix/graph/model"
	"webflix/recommend"
)

// Of rows "because you watched …".
const (
	maxRows      = 10
	rowLength    = 18
	rowChoice    = 50 // films to choose a row from: those seen are left out
	rowOccasions = 50 // watches to look for occasions in
)

// rowsOf asks for a person's rows.
type rowsOf struct {
	user int64
	most int
}

func (l *loaders) rowsOf(ctx context.Context, user *model.User, most int) ([]model.Row, error) {
	key := func(id int64) rowsOf { return rowsOf{id, most} }
	return l.rows.among(ctx, key(user.User.ID), alike(ctx, user, key))
}

// rows makes rows "because you watched …" for people. All of them cost the same reads as one.
func (r *Resolver) rows(ctx context.Context, keys []rowsOf) (map[rowsOf][]model.Row, error) {
	pages := make([]historyOf, len(keys))
	for i, key := range keys {
		pages[i] = historyOf{user: key.user, limit: rowOccasions}
	}
	histories, err := loadersOf(ctx).histories.all(ctx, pages)
	if err != nil {
		return nil, err
	}
	rows := make(map[rowsOf][]model.Row, len(keys))
	var wanted []similarTo
	for i, key := range keys {
		page := histories[pages[i]]
		films := make(map[int32]*recommend.Film, len(page.watches))
		for _, w := range page.watches {
			films[w.Movie.Film.ID] = w.Movie.Film
		}
		occasions := recommend.Occasions(page.Watches, func(id int32) *recommend.Film { return films[id] }, key.most)
		rows[key] = make([]model.Row, 0, len(occasions))
		for _, id := range occasions {
			rows[key] = append(rows[key], model.Row{Because: model.Movie{Film: films[id], Among: occasions}})
			wanted = append(wanted, similarTo{id, rowChoice})
		}
	}
	similar, err := loadersOf(ctx).similar.all(ctx, wanted)
	if err != nil {
		return nil, err
	}
	return rows, r.fill(ctx, rows, similar)
}

// fill puts films to rows, without those that the person saw or dismissed and those in a row before. It drops empty rows.
func (r *Resolver) fill(ctx context.Context, rows map[rowsOf][]model.Row, similar map[similarTo][]model.Movie) error {
	asked := make(map[int64][]int32, len(rows))
	for key, of := range rows {
		for i := range of {
			of[i].Movies = similar[similarTo{of[i].Because.Film.ID, rowChoice}]
			for _, m := range of[i].Movies {
				asked[key.user] = append(asked[key.user], m.Film.ID)
			}
		}
	}
	opinions, err := r.People.Opinions(ctx, asked)
	if err != nil {
		return fmt.Errorf("read what %d people did with the films of their rows: %w", len(asked), err)
	}
	for key, of := range rows {
		shown := make(map[int32]bool, len(asked[key.user]))
		for _, o := range opinions[key.user] {
			shown[o.Movie] = o.Dismissed || !o.WatchedAt.IsZero()
		}
		for i := range of {
			fresh := make([]model.Movie, 0, rowLength)
			for _, m := range of[i].Movies {
				if !shown[m.Film.ID] && len(fresh) < rowLength {
					shown[m.Film.ID] = true
					fresh = append(fresh, m)
				}
			}
			of[i].Movies = fresh
		}
		rows[key] = slices.DeleteFunc(of, func(row model.Row) bool { return len(row.Movies) == 0 })
	}
	return nil
}
