//go:build stocklists

package generated

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
)

// marshalList marshals lists as gqlgen does, with a goroutine for each element, so that the two can be compared.
func marshalList(
	ctx context.Context, length int, limit int64, omitPanicHandler bool, element func(ctx context.Context, i int) graphql.Marshaler,
) graphql.Array {
	return graphql.MarshalSliceConcurrently(ctx, length, limit, omitPanicHandler, element)
}
