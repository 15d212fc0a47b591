package graph

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"webflix/graph/model"
	"webflix/recommend"
)

// nodes reads things by their global ids, in the order of the ids, nil for each that there is not or that the viewer may
// not see. Films are read at once, and so are people.
func (r *Resolver) nodes(ctx context.Context, ids []string) ([]model.Node, error) {
	if most := min(maxNodes, r.mostFirst); len(ids) > most {
		return nil, &recommend.InvalidError{Path: []string{"ids"}, Reason: fmt.Sprintf("must be at most %d", most)}
	}
	films, err := r.filmNodes(ctx, ids)
	if err != nil {
		return nil, err
	}
	people, err := r.userNodes(ctx, ids)
	if err != nil {
		return nil, err
	}
	nodes := make([]model.Node, len(ids))
	for i, id := range ids {
		if film, ok := films[id]; ok {
			nodes[i] = film
			continue
		}
		if person, ok := people[id]; ok {
			nodes[i] = person
			continue
		}
		var invalid *recommend.InvalidError
		node, err := r.otherNode(ctx, id)
		if err != nil && !errors.Is(err, recommend.ErrNotFound) && !errors.As(err, &invalid) {
			return nil, err
		}
		nodes[i] = node
	}
	return nodes, nil
}

func (r *Resolver) filmNodes(ctx context.Context, ids []string) (map[string]model.Movie, error) {
	var wanted []int32
	for _, id := range ids {
		if movie, err := model.ParseMovieID(id); err == nil && !slices.Contains(wanted, movie) {
			wanted = append(wanted, movie)
		}
	}
	movies, err := r.byID(ctx, wanted)
	if err != nil {
		return nil, err
	}
	films := make(map[string]model.Movie, len(movies))
	for _, m := range movies {
		films[m.ID()] = m
	}
	return films, nil
}

// userNodes reads the people that the viewer may know of.
func (r *Resolver) userNodes(ctx context.Context, ids []string) (map[string]model.User, error) {
	var wanted []int64
	for _, id := range ids {
		if user, err := model.ParseUserID(id); err == nil && (may(ctx, user) || r.devSignIn()) && !slices.Contains(wanted, user) {
			wanted = append(wanted, user)
		}
	}
	if len(wanted) == 0 {
		return nil, nil //nolint:nilnil // nobody
	}
	found, err := r.People.Users(ctx, wanted)
	if err != nil {
		return nil, fmt.Errorf("read %d people: %w", len(wanted), err)
	}
	people := make(map[string]model.User, len(found))
	for _, u := range found {
		person := model.User{User: u, Among: wanted}
		people[person.ID()] = person
	}
	return people, nil
}

// otherNode reads one thing that is neither a film nor a person.
func (r *Resolver) otherNode(ctx context.Context, id string) (model.Node, error) {
	kind, name := model.SplitID(id)
	switch kind {
	case model.KindRequest:
		request, err := model.ParseRequestID(id)
		if err != nil {
			return nil, err
		}
		return node(r.recommendation(ctx, request))
	case model.KindGenre:
		return node(r.genre(ctx, name))
	case model.KindModel:
		return node(r.model(ctx, id))
	default:
		return nil, recommend.ErrNotFound
	}
}

// node makes a thing a Node, without making nil one.
func node[T any, P interface {
	*T
	model.Node
}](thing P, err error) (model.Node, error) {
	if err != nil || thing == nil {
		return nil, err
	}
	return thing, nil
}

func (r *Resolver) genre(ctx context.Context, name string) (*model.Genre, error) {
	found, err := r.Library.Genres(ctx)
	if err != nil {
		return nil, err
	}
	loadersOf(ctx).know(found)
	if slices.ContainsFunc(found, func(g recommend.GenreCount) bool { return g.Genre == name }) {
		return &model.Genre{Name: name}, nil
	}
	return nil, recommend.ErrNotFound
}

func (r *Resolver) model(ctx context.Context, id string) (*model.Model, error) {
	if !viewerOf(ctx).admin && !r.devSignIn() {
		return nil, recommend.ErrNotFound
	}
	found, err := r.Models.Models(ctx)
	if err != nil {
		return nil, err
	}
	for _, m := range found {
		if shown := (model.Model{ModelInfo: m}); shown.ID() == id {
			return &shown, nil
		}
	}
	return nil, recommend.ErrNotFound
}

// trail reads a request's way through the pipeline, for the person who asked, for administrators, and for those who try
// things out.
func (r *Resolver) trail(ctx context.Context, id recommend.RequestID) (*model.Trail, error) {
	trail, user, err := r.Pipeline.Trail(ctx, id)
	if err != nil {
		return nil, err
	}
	if !viewerOf(ctx).admin && !r.devSignIn() && !may(ctx, user) {
		return nil, recommend.ErrNotFound
	}
	return &model.Trail{Trail: trail, Mine: user != 0 && viewerOf(ctx).user == user}, nil
}
