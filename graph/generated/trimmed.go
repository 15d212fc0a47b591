package generated

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
)

// marshalList marshals the elements of a list one after another. It stands in for gqlgen's MarshalSliceConcurrently, and
// does as it does: each element has a field context with its index, and one that panics is null with an error.
func marshalList(
	ctx context.Context, length int, _ int64, _ bool, element func(ctx context.Context, i int) graphql.Marshaler,
) graphql.Array {
	list := make(graphql.Array, length)
	places := make([]int, length)
	contexts := make([]graphql.FieldContext, length)
	for i := range list {
		places[i] = i
		contexts[i].Index = &places[i]
		list[i] = marshalElement(graphql.WithFieldContext(ctx, &contexts[i]), i, element)
	}
	return list
}

func marshalElement(ctx context.Context, i int, element func(ctx context.Context, i int) graphql.Marshaler) (m graphql.Marshaler) {
	defer func() {
		if cause := recover(); cause != nil {
			graphql.AddError(ctx, graphql.Recover(ctx, cause))
			m = graphql.Null
		}
	}()
	return element(ctx, i)
}

// marshalIn returns the context of what a field holds: errors there say the path through it.
func marshalIn(ctx context.Context, object string, field graphql.CollectedField) context.Context {
	return graphql.WithFieldContext(ctx, &graphql.FieldContext{Object: object, Field: field})
}
