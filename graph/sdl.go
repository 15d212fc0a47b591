package graph

import (
	"strings"

	"github.com/vektah/gqlparser/v2/formatter"

	"webflix/graph/generated"
)

// SDL returns the whole schema as one document, the one that is committed as graph/schema.graphql.
func SDL() string {
	var b strings.Builder
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	formatter.NewFormatter(&b, formatter.WithIndent("  ")).FormatSchema(schema)
	return b.String()
}
