package graph

import (
	"log/slog"
	"net/http"

	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/vektah/gqlparser/v2/ast"

	"webflix/graph/generated"
)

// NewStock makes a plain gqlgen server of the same schema and resolvers, to compare with. With the build tag stocklists
// its lists are gqlgen's, too.
func NewStock(resolver *Resolver) (http.Handler, error) {
	h, err := NewHandler(Config{
		Resolver: resolver, Log: slog.New(slog.DiscardHandler), Identity: Identity{Secret: []byte("0123456789abcdef0123456789abcdef")},
	})
	if err != nil {
		return nil, err
	}
	config := generated.Config{Resolvers: h.resolver}
	config.Directives.Access = h.resolver.access
	s := handler.New(generated.NewExecutableSchema(config))
	s.AddTransport(transport.POST{})
	s.SetQueryCache(lru.New[*ast.QueryDocument](1000))
	s.AroundResponses(h.resolver.withLoaders)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, err := h.tokens.read(r.Context(), r.Header.Get("Authorization"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusUnauthorized)
			return
		}
		s.ServeHTTP(w, r.WithContext(withViewer(r.Context(), v)))
	}), nil
}
