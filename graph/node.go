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
// not see. Things of one kind are read at once.
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
	announceOthers(ctx, ids)
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

// announceOthers announces what is neither a film nor a person to the loaders.
func announceOthers(ctx context.Context, ids []string) {
	l := loadersOf(ctx)
	for _, id := range ids {
		switch kind, name := model.SplitID(id); kind {
		case model.KindRequest:
			if request, err := model.ParseRequestID(id); err == nil {
				l.requests.announce(request)
			}
		case model.KindGenre:
			l.genres.announce(name)
		case model.KindModel:
			l.models.announce(id)
		}
	}
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
	movies, err := loadersOf(ctx).genres.get(ctx, name)
	if err != nil {
		return nil, err
	}
	if movies == 0 {
		return nil, recommend.ErrNotFound
	}
	return &model.Genre{Name: name}, nil
}

func (r *Resolver) model(ctx context.Context, id string) (*model.Model, error) {
	if !viewerOf(ctx).admin && !r.devSignIn() {
		return nil, recommend.ErrNotFound
	}
	found, err := loadersOf(ctx).models.get(ctx, id)
	if err != nil {
		return nil, err
	}
	if found == nil {
		return nil, recommend.ErrNotFound
	}
	return found, nil
}

// models reads the models; there are few.
func (r *Resolver) models(ctx context.Context, _ []string) (map[string]*model.Model, error) {
	found, err := r.Models.Models(ctx)
	if err != nil {
		return nil, err
	}
	models := make(map[string]*model.Model, len(found))
	for _, m := range found {
		shown := &model.Model{ModelInfo: m}
		models[shown.ID()] = shown
	}
	return models, nil
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
