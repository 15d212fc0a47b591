package graph

import (
	"context"
	"strings"
	"unicode/utf8"

	"webflix/graph/model"
	"webflix/recommend"
)

// maxSearch is the longest search text, in characters.
const maxSearch = 200

// movie reads one film. The error is recommend.ErrNotFound when there is none.
func (r *Resolver) movie(ctx context.Context, id int32) (*model.Movie, error) {
	movies, err := r.byID(ctx, []int32{id})
	if err != nil {
		return nil, err
	}
	if len(movies) == 0 {
		return nil, recommend.ErrNotFound
	}
	return &movies[0], nil
}

func (r *Resolver) filmQuery(
	ctx context.Context, first *int, after, search *string, filter *model.MovieFilter, order *recommend.FilmOrder,
) (recommend.FilmQuery, error) {
	offset, limit, err := r.page(first, after, maxMovies)
	if err != nil {
		return recommend.FilmQuery{}, err
	}
	q := recommend.FilmQuery{Offset: offset, Limit: limit, Order: recommend.OrderPopular}
	if q.Filter, err = movieFilter(filter, true, "filter"); err != nil {
		return recommend.FilmQuery{}, err
	}
	if !q.Filter.IncludeSeen {
		q.Viewer = viewerOf(ctx).user
	}
	if search != nil {
		q.Text = strings.TrimSpace(*search)
	}
	if err := text(q.Text, maxSearch, "search"); err != nil {
		return recommend.FilmQuery{}, err
	}
	if q.Text != "" {
		q.Order = recommend.OrderRelevance
	}
	if order != nil {
		q.Order = *order
	}
	return q, nil
}

// text checks a text that goes to the database: not too long, and without what it cannot hold.
func text(s string, most int, path ...string) error {
	if utf8.RuneCountInString(s) > most {
		return &recommend.InvalidError{Path: path, Reason: "is too long"}
	}
	if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		return &recommend.InvalidError{Path: path, Reason: "must be text"}
	}
	return nil
}

// movieFilter checks a filter. In lists, films that were seen are let through unless it says otherwise; not in rankings.
func movieFilter(in *model.MovieFilter, seen bool, path ...string) (recommend.Filter, error) {
	if in == nil {
		return recommend.Filter{IncludeSeen: seen}, nil
	}
	f := recommend.Filter{
		Genres: in.Genres, WithoutGenres: in.WithoutGenres,
		FromYear: valueOr(in.FromYear, 0), ToYear: valueOr(in.ToYear, 0),
		MinRating: valueOr(in.MinRating, 0), IncludeSeen: valueOr(in.Seen, seen),
	}
	for _, list := range [][]string{f.Genres, f.WithoutGenres} {
		if len(list) > 50 {
			return f, &recommend.InvalidError{Path: append(path, "genres"), Reason: "names more than 50 genres"}
		}
		for _, genre := range list {
			if err := text(genre, 100, append(path, "genres")...); err != nil {
				return f, err
			}
		}
	}
	if f.FromYear < 0 || f.ToYear < 0 || f.FromYear > 9999 || f.ToYear > 9999 {
		return f, &recommend.InvalidError{Path: append(path, "fromYear"), Reason: "a year is from 0 to 9999"}
	}
	if f.MinRating < 0 || f.MinRating > 5 {
		return f, &recommend.InvalidError{Path: append(path, "minRating"), Reason: "must be from 0 to 5"}
	}
	return f, nil
}

func valueOr[T any](v *T, otherwise T) T {
	if v == nil {
		return otherwise
	}
	return *v
}

func movieConnection(ctx context.Context, found recommend.FilmPage, offset int) *model.MovieConnection {
	movies := shown(ctx, found.Films)
	edges := make([]model.MovieEdge, len(movies))
	for i := range movies {
		edges[i] = model.MovieEdge{Cursor: cursorAt(offset + i), Node: movies[i]}
	}
	return &model.MovieConnection{
		Edges: edges, Nodes: movies, PageInfo: standing(offset, len(movies), found.More), TotalCount: &found.Total,
	}
}

func genresOf(ctx context.Context, found []recommend.GenreCount) []model.Genre {
	genres := make([]model.Genre, len(found))
	for i, g := range found {
		genres[i] = model.Genre{Name: g.Genre}
	}
	loadersOf(ctx).know(found)
	return genres
}
