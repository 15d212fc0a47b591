package graph

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	stockpage "github.com/99designs/gqlgen/graphql/playground"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"webflix/graph/generated"
)

// NewStock makes a plain gqlgen server of the same schema and resolvers, to compare with: what its documentation says to
// add, in the order that it says, and the same limit of complexity. Operations named Fails tell so as the documentation does.
func NewStock(resolver *Resolver, ping time.Duration) (http.Handler, error) {
	h, err := NewHandler(Config{
		Resolver: resolver, Log: slog.New(slog.DiscardHandler),
		Identity: Identity{Secret: []byte("0123456789abcdef0123456789abcdef"), DevSignIn: true},
	})
	if err != nil {
		return nil, err
	}
	config := generated.Config{Resolvers: h.resolver}
	config.Directives.Access = h.resolver.access
	s := handler.New(generated.NewExecutableSchema(config))
	s.AddTransport(transport.Websocket{
		KeepAlivePingInterval: ping, PingPongInterval: ping, MissingPongOk: true, InitTimeout: 3 * time.Second,
		InitFunc: func(ctx context.Context, payload transport.InitPayload) (context.Context, *transport.InitPayload, error) {
			v, err := h.tokens.read(ctx, payload.Authorization())
			return withViewer(ctx, v), nil, err
		},
	})
	s.AddTransport(transport.SSE{KeepAlivePingInterval: ping}) // before POST, says the documentation
	s.AddTransport(transport.MultipartMixed{})
	s.AddTransport(transport.Options{})
	s.AddTransport(transport.GET{})
	s.AddTransport(transport.POST{})
	s.SetQueryCache(lru.New[*ast.QueryDocument](1000))
	s.Use(extension.Introspection{})
	s.Use(extension.AutomaticPersistedQuery{Cache: lru.New[string](100)})
	s.Use(extension.FixedComplexityLimit(h.limits.Cost))
	s.AroundOperations(func(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
		ctx, events := withFeed(ctx)
		if graphql.GetOperationContext(ctx).Operation.Name == "Fails" {
			go transport.AddSubscriptionError(ctx, gqlerror.Errorf("it fails")) // where the documentation's example calls it
		}
		responses := next(ctx)
		return func(ctx context.Context) *graphql.Response {
			events.next(ctx)
			return responses(ctx)
		}
	})
	s.AroundResponses(h.resolver.withLoaders)
	s.AroundRootFields(h.resolver.withFreshLoaders)
	mux := http.NewServeMux()
	mux.Handle("/playground", stockpage.Handler("Webflix", "/graphql"))
	mux.HandleFunc("/graphql", func(w http.ResponseWriter, r *http.Request) {
		v, err := h.tokens.read(r.Context(), r.Header.Get("Authorization"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusUnauthorized)
			return
		}
		s.ServeHTTP(w, r.WithContext(withViewer(r.Context(), v)))
	})
	return mux, nil
}
