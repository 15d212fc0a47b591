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

// rows makes rows "because you watched …" for a person. All of them cost the same reads as one.
func (r *Resolver) rows(ctx context.Context, person *model.User, most int) ([]model.Row, error) {
	page, err := loadersOf(ctx).historyOf(ctx, person, 0, rowOccasions)
	if err != nil {
		return nil, err
	}
	films := make(map[int32]*recommend.Film, len(page.watches))
	for _, w := range page.watches {
		films[w.Movie.Film.ID] = w.Movie.Film
	}
	occasions := recommend.Occasions(page.Watches, func(id int32) *recommend.Film { return films[id] }, most)
	rows := make([]model.Row, len(occasions))
	var ids []int32
	for i, id := range occasions {
		rows[i].Because = model.Movie{Film: films[id], Among: occasions}
		if rows[i].Movies, err = loadersOf(ctx).similarOf(ctx, &rows[i].Because, rowChoice); err != nil {
			return nil, err
		}
		for _, m := range rows[i].Movies {
			ids = append(ids, m.Film.ID)
		}
	}
	return r.withoutSeen(ctx, person.User.ID, rows, ids)
}

// withoutSeen leaves out of rows what the person saw or dismissed, and what stands in a row before.
func (r *Resolver) withoutSeen(ctx context.Context, user int64, rows []model.Row, ids []int32) ([]model.Row, error) {
	opinions, err := r.People.Opinions(ctx, user, ids)
	if err != nil {
		return nil, fmt.Errorf("read what user %d did with %d films: %w", user, len(ids), err)
	}
	shown := make(map[int32]bool, len(ids))
	for _, o := range opinions {
		shown[o.Movie] = o.Dismissed || !o.WatchedAt.IsZero()
	}
	for i := range rows {
		fresh := make([]model.Movie, 0, rowLength)
		for _, m := range rows[i].Movies {
			if !shown[m.Film.ID] && len(fresh) < rowLength {
				shown[m.Film.ID] = true
				fresh = append(fresh, m)
			}
		}
		rows[i].Movies = fresh
	}
	return slices.DeleteFunc(rows, func(row model.Row) bool { return len(row.Movies) == 0 }), nil
}
