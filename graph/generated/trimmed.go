package generated

import (
	"context"
	"io"

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

// deferredGroup is gqlgen's NewDeferredGroup for an object of which some fields are deferred, and nothing for others.
func deferredGroup(ctx context.Context, fields []graphql.CollectedField) (none graphql.DeferredGroup) {
	for i := range fields {
		if len(fields[i].Deferrables) > 0 {
			return graphql.NewDeferredGroup(ctx)
		}
	}
	return none
}

// object writes an object as gqlgen's FieldSet does: the first of fields that have the same name counts.
type object struct {
	fields []graphql.CollectedField
	values []graphql.Marshaler
}

// MarshalGQL writes the object.
func (o object) MarshalGQL(w io.Writer) {
	separator := `{"`
	for i := range o.fields {
		alias := o.fields[i].Alias
		if o.has(alias, i) {
			continue
		}
		_, _ = io.WriteString(w, separator) // w is a buffer
		_, _ = io.WriteString(w, alias)     // a name has nothing to escape
		_, _ = io.WriteString(w, `":`)
		o.values[i].MarshalGQL(w)
		separator = `,"`
	}
	if len(o.fields) == 0 {
		_, _ = io.WriteString(w, "{")
	}
	_, _ = io.WriteString(w, "}")
}

// has reports whether a field before the one at i has this name. An object has few.
func (o object) has(alias string, i int) bool {
	for j := range i {
		if o.fields[j].Alias == alias {
			return true
		}
	}
	return false
}
