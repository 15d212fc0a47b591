package graph

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"webflix/graph/model"
	"webflix/recommend"
)

// maxName is the longest name of a person, in characters.
const maxName = 100

// whose returns the person an input speaks of, the viewer when it names nobody. That the viewer may is checked already.
func whose(ctx context.Context, user *string) (int64, error) {
	if user == nil {
		return viewerOf(ctx).user, nil
	}
	return model.ParseUserID(*user, "input", "user")
}

// user reads one person. The error is recommend.ErrNotFound when there is none.
func (r *Resolver) user(ctx context.Context, id int64) (*model.User, error) {
	users, err := r.People.Users(ctx, []int64{id})
	if err != nil {
		return nil, fmt.Errorf("read user %d: %w", id, err)
	}
	if len(users) == 0 {
		return nil, recommend.ErrNotFound
	}
	return &model.User{User: users[0]}, nil
}

// visibleUser reads a person that the viewer may know of. Others are not found.
func (r *Resolver) visibleUser(ctx context.Context, id int64) (*model.User, error) {
	if !may(ctx, id) && !r.devSignIn() {
		return nil, recommend.ErrNotFound
	}
	return r.user(ctx, id)
}

func userConnection(found recommend.UserPage, offset int) *model.UserConnection {
	users := make([]model.User, len(found.Users))
	ids := make([]int64, len(found.Users))
	edges := make([]model.UserEdge, len(found.Users))
	for i, u := range found.Users {
		users[i], ids[i] = model.User{User: u, Among: ids}, u.ID
		edges[i] = model.UserEdge{Cursor: cursorAt(offset + i), Node: users[i]}
	}
	return &model.UserConnection{
		Edges: edges, Nodes: users, PageInfo: standing(offset, len(users), found.More), TotalCount: &found.Total,
	}
}

// watches makes watches ready to be shown, with their films. A watch of a film that there is not any more is left out.
func (r *Resolver) watches(ctx context.Context, watches []recommend.Watch) ([]model.Watch, error) {
	ids := make([]int32, len(watches))
	for i, w := range watches {
		ids[i] = w.Movie
	}
	movies, err := r.films(ctx, ids)
	if err != nil {
		return nil, err
	}
	return watchesOf(watches, movies), nil
}

// watchesOf puts films to watches. A watch of a film that there is not any more is left out.
func watchesOf(watches []recommend.Watch, films map[int32]model.Movie) []model.Watch {
	full := make([]model.Watch, 0, len(watches))
	for _, w := range watches {
		if film, ok := films[w.Movie]; ok {
			full = append(full, model.Watch{Movie: film, Watch: w})
		}
	}
	return full
}

func watchConnection(watches []model.Watch, found recommend.HistoryPage, offset int) *model.WatchConnection {
	edges := make([]model.WatchEdge, len(watches))
	for i, w := range watches {
		edges[i] = model.WatchEdge{Cursor: cursorAt(offset + i), Node: w}
	}
	return &model.WatchConnection{
		Edges: edges, Nodes: watches, PageInfo: standing(offset, len(found.Watches), found.More), TotalCount: &found.Total,
	}
}

// watch checks a watch that is to be recorded.
func watch(movie string, at *time.Time, rating *float64, path ...string) (recommend.Watch, error) {
	id, err := model.ParseMovieID(movie, append(path, "movie")...)
	if err != nil {
		return recommend.Watch{}, err
	}
	now := time.Now()
	w := recommend.Watch{Movie: id, At: valueOr(at, now)}
	if w.At.After(now.Add(24*time.Hour)) || w.At.Year() < 1888 {
		return w, &recommend.InvalidError{Path: append(path, "watchedAt"), Reason: "must lie in the past, after the first film"}
	}
	if rating != nil {
		if !(*rating >= 0.5 && *rating <= 5) {
			return w, &recommend.InvalidError{Path: append(path, "rating"), Reason: "must be from 0.5 to 5"}
		}
		w.Rating = float32(*rating)
	}
	return w, nil
}

func watchList(in []model.WatchInput) ([]recommend.Watch, error) {
	if len(in) == 0 || len(in) > maxWatches {
		return nil, &recommend.InvalidError{Path: []string{"input", "watches"}, Reason: "must list 1 to 1,000 films"}
	}
	watches := make([]recommend.Watch, len(in))
	for i, w := range in {
		var err error
		if watches[i], err = watch(w.Movie, w.WatchedAt, w.Rating, "input", "watches", strconv.Itoa(i)); err != nil {
			return nil, err
		}
	}
	return watches, nil
}

func movieList(in []string) ([]int32, error) {
	if len(in) == 0 || len(in) > maxWatches {
		return nil, &recommend.InvalidError{Path: []string{"input", "movies"}, Reason: "must list 1 to 1,000 films"}
	}
	movies := make([]int32, len(in))
	for i, id := range in {
		var err error
		if movies[i], err = model.ParseMovieID(id, "input", "movies", strconv.Itoa(i)); err != nil {
			return nil, err
		}
	}
	return movies, nil
}

// record records watches and returns the history after it.
func (r *Resolver) record(ctx context.Context, user *string, watches []recommend.Watch) (model.HistoryResult, error) {
	id, err := whose(ctx, user)
	if err != nil {
		return nil, err
	}
	if err := r.People.Record(ctx, id, watches); err != nil {
		return nil, err
	}
	return r.history(ctx, id, watches)
}

// remove takes films out of a history and returns what was there.
func (r *Resolver) remove(ctx context.Context, user *string, movies []int32) (model.HistoryResult, error) {
	id, err := whose(ctx, user)
	if err != nil {
		return nil, err
	}
	removed, err := r.People.Remove(ctx, id, movies)
	if err != nil {
		return nil, err
	}
	return r.history(ctx, id, removed)
}

func (r *Resolver) history(ctx context.Context, user int64, changed []recommend.Watch) (model.HistoryResult, error) {
	person, err := r.user(ctx, user)
	if err != nil {
		return nil, err
	}
	watches, err := r.watches(ctx, changed)
	if err != nil {
		return nil, err
	}
	return model.HistoryPayload{Watches: watches, User: *person}, nil
}

// dismiss changes a dismissal and returns the film after it.
func (r *Resolver) dismiss(
	ctx context.Context, in model.DismissInput, change func(ctx context.Context, user int64, movie int32) error,
) (model.DismissResult, error) {
	user, err := whose(ctx, in.User)
	if err != nil {
		return nil, err
	}
	id, err := model.ParseMovieID(in.Movie, "input", "movie")
	if err != nil {
		return nil, err
	}
	if err := change(ctx, user, id); err != nil {
		return nil, err
	}
	movie, err := r.movie(ctx, id)
	if err != nil {
		return nil, err
	}
	person, err := r.user(ctx, user)
	if err != nil {
		return nil, err
	}
	return model.DismissPayload{Movie: *movie, User: *person}, nil
}

// signIn issues a token for an existing or a new person.
func (r *Resolver) signIn(ctx context.Context, in model.SignInInput) (model.SignInResult, error) {
	if !r.devSignIn() {
		return &model.ForbiddenError{Message: "The development sign-in is closed. Send a token of your identity provider."}, nil
	}
	person, err := r.guest(ctx, in)
	if err != nil {
		return nil, err
	}
	token, expires, err := r.tokens.issue(person.User.ID, time.Now())
	if err != nil {
		return nil, err
	}
	return model.SignInPayload{Token: token, ExpiresAt: expires, User: *person}, nil
}

func (r *Resolver) guest(ctx context.Context, in model.SignInInput) (*model.User, error) {
	if (in.User == nil) == (in.NewUserName == nil) {
		return nil, &recommend.InvalidError{Path: []string{"input"}, Reason: "give either user or newUserName"}
	}
	if in.User != nil {
		id, err := model.ParseUserID(*in.User, "input", "user")
		if err != nil {
			return nil, err
		}
		return r.user(ctx, id)
	}
	name := strings.TrimSpace(*in.NewUserName)
	if name == "" {
		return nil, &recommend.InvalidError{Path: []string{"input", "newUserName"}, Reason: "must not be empty"}
	}
	if err := text(name, maxName, "input", "newUserName"); err != nil {
		return nil, err
	}
	created, err := r.People.CreateUser(ctx, name)
	if err != nil {
		return nil, err
	}
	return &model.User{User: created}, nil
}
