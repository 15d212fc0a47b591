package graph

import (
	"context"
	"fmt"
	"strings"

	"github.com/99designs/gqlgen/complexity"
	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"webflix/graph/generated"
	"webflix/graph/model"
	"webflix/recommend"
)

// budget refuses documents that are too deep, have too many aliases, or whose answer could be too large.
type budget struct {
	schema   graphql.ExecutableSchema
	limits   *Limits
	noSchema bool // clients may not ask for the schema
}

// maxIntrospections is how often a document may ask for the schema: it is large, and costs nothing else of the budget.
const maxIntrospections = 5

// check returns how many fields the answer of an operation can have, or refuses the operation.
func (b *budget) check(ctx context.Context, op *graphql.OperationContext) (cost int, refused *gqlerror.Error) {
	var shape shape
	shape.measure(op.Operation.SelectionSet, 1)
	if b.noSchema && shape.introspections > 0 {
		return 0, coded(codeForbidden, "this server does not tell its schema")
	}
	if shape.introspections > maxIntrospections {
		return 0, coded(codeTooComplex, fmt.Sprintf("the document asks for the schema more than %d times", maxIntrospections))
	}
	if shape.depth > b.limits.Depth {
		return 0, coded(codeTooComplex, fmt.Sprintf("the document is more than %d fields deep", b.limits.Depth))
	}
	if shape.aliases > b.limits.Aliases {
		return 0, coded(codeTooComplex, fmt.Sprintf("the document has more than %d aliases", b.limits.Aliases))
	}
	cost = complexity.Calculate(ctx, b.schema, op.Operation, op.Variables)
	if cost > b.limits.Cost {
		e := coded(codeTooComplex, fmt.Sprintf("the answer could have %d fields, %d are allowed: ask for fewer or shorter lists",
			cost, b.limits.Cost))
		e.Extensions["cost"] = cost
		return 0, e
	}
	return cost, nil
}

// shape is how a document is built. Fragments count wherever they are spread; validation has refused cycles.
type shape struct {
	depth, aliases int
	introspections int
	fields         int
}

// maxFields is where counting ends: fragments that spread fragments can make a small document a very large one.
const maxFields = 50_000

func (s *shape) measure(selections ast.SelectionSet, depth int) {
	for _, selection := range selections {
		if s.fields++; s.fields > maxFields {
			s.depth = maxFields
			return
		}
		switch selection := selection.(type) {
		case *ast.Field:
			if strings.HasPrefix(selection.Name, "__") {
				if selection.Name != "__typename" {
					s.introspections++
				}
				continue
			}
			s.depth = max(s.depth, depth)
			if selection.Alias != selection.Name {
				s.aliases++
			}
			s.measure(selection.SelectionSet, depth+1)
		case *ast.InlineFragment:
			s.measure(selection.SelectionSet, depth)
		case *ast.FragmentSpread:
			s.measure(selection.Definition.SelectionSet, depth)
		}
	}
}

// What lists without an argument are counted as.
const (
	genresOfFilm   = 3
	genresInAll    = 20
	sharesOfPick   = 4
	piecesOfShare  = 3
	models         = 10
	queues         = 10
	trailsOfFrame  = 50
	stepsOfTrail   = 4
	genresOfTaste  = 18
	erasOfTaste    = 10
	criteriaInAll  = 4
	metricsOfModel = 10
	lookup         = 10 // a field that costs a query of its own wherever it stands
)

// listCosts makes fields that are lists count as many times as they can have elements.
func listCosts(c *generated.ComplexityRoot) {
	of := func(n int) func(int) int { return func(child int) int { return times(child, n) } }
	firstOf := func(child int, first *int) int { return times(child, valueOr(first, 1)) }
	rankingOf := func(child int, in model.RecommendInput) int {
		return lookup + times(child, valueOr(in.First, recommend.DefaultFirst))
	}
	c.Movie.Genres, c.Query.Genres = of(genresOfFilm), of(genresInAll)
	c.Movie.Similar = func(child int, first *int) int { return lookup + firstOf(child, first) }
	c.User.History = func(child int, first *int, _ *string) int { return lookup + firstOf(child, first) }
	c.User.Dismissed = func(child int, first *int) int { return lookup + firstOf(child, first) }
	c.User.Rows = func(child int, first *int) int { return lookup + firstOf(child, first) }
	c.Row.Movies = of(rowLength)
	c.User.Taste = func(child int) int { return lookup + child }
	c.Taste.Genres, c.Taste.Eras = of(genresOfTaste), of(erasOfTaste)
	c.Query.Nodes = func(child int, ids []string) int { return times(child, len(ids)) }
	c.Query.Movies = func(child int, first *int, _, _ *string, _ *model.MovieFilter, _ *recommend.FilmOrder) int {
		return lookup + firstOf(child, first)
	}
	c.Query.Trending = func(child int, first *int, _ *string) int { return lookup + firstOf(child, first) }
	c.Query.Users = func(child int, first *int, _, _ *string) int { return lookup + firstOf(child, first) }
	c.Query.Criteria, c.Query.Models = of(criteriaInAll), of(models)
	c.Model.Blend, c.Model.Metrics = of(criteriaInAll), of(metricsOfModel)
	c.PipelineFrame.Queues, c.PipelineFrame.Trails, c.Trail.Steps = of(queues), of(trailsOfFrame), of(stepsOfTrail)
	c.Pick.Shares, c.Share.Evidence = of(sharesOfPick), of(piecesOfShare)
	c.Subscription.Recommend = rankingOf
	c.Mutation.RequestRecommendations = rankingOf
	c.Query.Recommendations = func(child int, in model.RecommendInput, _ *int) int { return rankingOf(child, in) }
	ranking := func(child int, _ string) int { return lookup + times(child, recommend.DefaultFirst) }
	c.Subscription.RecommendationUpdates, c.Query.Recommendation = ranking, ranking
	c.Mutation.RecordWatches = func(child int, in model.RecordWatchesInput) int { return times(child, len(in.Watches)) }
	c.Mutation.RemoveWatches = func(child int, in model.RemoveWatchesInput) int { return times(child, len(in.Movies)) }
}

// times is 1 + child * n, without overflow.
func times(child, n int) int {
	const most = 1 << 40
	if n > 0 && child > most/n {
		return most
	}
	return 1 + child*max(n, 0)
}
