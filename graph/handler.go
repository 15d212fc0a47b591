package graph

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"webflix/graph/generated"
	"webflix/recommend"
	"webflix/trace"
)

// Config is what a Handler is made of. Only Resolver is needed.
type Config struct {
	Resolver         *Resolver
	Identity         Identity
	Limits           Limits
	Origins          []string       // other origins whose pages may call us, such as https://app.example.org
	Hosts            []string       // other names that we are called by, for the development sign-in; see hosts
	TrustedProxies   []netip.Prefix // whose X-Forwarded-For is believed
	NoIntrospection  bool           // clients may not ask for the schema
	TrustedDocuments []string       // documents that clients may name by their SHA-256
	TrustedOnly      bool           // no other documents are answered
	Log              *slog.Logger   // slog.Default() when nil

	// Temporary tells whether a failure passes by itself, such as a database that is away; nil: none does. Clients are told
	// UNAVAILABLE and when to try again, instead of INTERNAL.
	Temporary func(error) bool
	Tracer    *trace.Tracer // nil: no traces
}

// Handler answers GraphQL over HTTP (GraphQL-over-HTTP, event streams, multipart) and WebSockets (graphql-transport-ws).
type Handler struct {
	resolver  *Resolver
	executor  *executor.Executor
	budget    *budget
	tokens    *tokens
	limits    Limits
	origins   origins
	hosts     hosts // nil: any
	addresses addresses
	log       *slog.Logger

	viewerRates   *rates
	addressRates  *rates
	streams       *seats // open sockets and streams by address
	viewerSockets *seats
	viewerSubs    *seats

	closing context.Context //nolint:containedctx // ends when Shutdown begins; every stream and socket ends with it
	close   context.CancelCauseFunc
	open    sync.WaitGroup // streams and sockets

	leaving context.Context //nolint:containedctx // ends when Drain begins; every idle socket ends with it
	leave   context.CancelFunc

	sockets       atomic.Int64
	subscriptions atomic.Int64
	bounded       *boundedRecommender

	mu        sync.Mutex // protects what follows
	closed    bool
	following int           // subscriptions to requests
	deserted  chan struct{} // closed when there is none and Drain has begun
}

// errShutdown is why streams and sockets end when the handler is shut down.
var errShutdown = errors.New("the server is shutting down")

// NewHandler makes a handler. Shut it down before the http.Server that it is in, which knows nothing of WebSockets.
func NewHandler(c Config) (*Handler, error) {
	if c.TrustedOnly && len(c.TrustedDocuments) == 0 {
		return nil, errors.New("only trusted documents are to be answered, and there are none")
	}
	h := &Handler{limits: c.Limits.withDefaults(), addresses: addresses{c.TrustedProxies}, log: c.Log}
	h.closing, h.close = context.WithCancelCause(context.Background())
	h.leaving, h.leave = context.WithCancel(context.Background())
	var err error
	if h.tokens, err = newTokens(h.closing, c.Identity); err != nil {
		return nil, err
	}
	if h.log == nil {
		h.log = slog.Default()
	}
	h.log = slog.New(tracedLog{h.log.Handler()})
	if h.origins, err = newOrigins(c.Origins); err != nil {
		return nil, err
	}
	if c.Identity.DevSignIn {
		h.hosts = newHosts(c.Hosts, c.Origins)
	}
	h.deserted = make(chan struct{})
	h.viewerRates = newRates(h.limits.ViewerRate, h.limits.ViewerBurst)
	h.addressRates = newRates(h.limits.AddressRate, h.limits.AddressBurst)
	h.streams = newSeats(h.limits.AddressSockets)
	h.viewerSockets = newSeats(h.limits.ViewerSockets)
	h.viewerSubs = newSeats(h.limits.ViewerSubscriptions)

	resolver := *c.Resolver
	resolver.tokens, resolver.mostFirst = h.tokens, h.limits.First
	h.bounded = &boundedRecommender{Recommender: resolver.Recommender, inFlight: newSeats(h.limits.InFlight), follow: h.follow}
	resolver.Recommender = h.bounded
	h.resolver = &resolver
	h.executor = h.newExecutor(c)
	return h, nil
}

func (h *Handler) newExecutor(c Config) *executor.Executor {
	config := generated.Config{Resolvers: h.resolver}
	config.Directives.Access = h.resolver.access
	listCosts(&config.Complexity)
	schema := generated.NewExecutableSchema(config)
	e := executor.New(schema)
	shows := &presenter{log: h.log, temporary: c.Temporary}
	e.SetErrorPresenter(shows.present)
	e.SetRecoverFunc(shows.recovered)
	e.SetQueryCache(newQueryCache[*ast.QueryDocument]())
	e.SetParserTokenLimit(h.limits.Tokens)
	e.SetDisableSuggestion(c.NoIntrospection)
	trusted := make(map[string]string, len(c.TrustedDocuments))
	for _, document := range c.TrustedDocuments {
		trusted[hashOf(document)] = document
	}
	e.Use(newDocuments(trusted, c.TrustedOnly))
	h.budget = &budget{schema: schema, limits: &h.limits, noSchema: c.NoIntrospection}
	e.AroundResponses(h.resolver.withLoaders)
	e.AroundRootFields(h.resolver.withFreshLoaders)
	if c.Tracer != nil {
		e.AroundOperations(traced(c.Tracer))
	}
	return e
}

// operation is a document that may be run.
type operation struct {
	*graphql.OperationContext
	cost int
}

// prepare reads a document and checks what it asks for, or returns the response that says why it is not run.
func (h *Handler) prepare(ctx context.Context, params *graphql.RawParams) (operation, *graphql.Response) {
	ctx = graphql.StartOperationTrace(ctx)
	op, errs := h.executor.CreateOperationContext(ctx, params)
	op.DisableIntrospection = h.budget.noSchema
	var cost int
	if errs == nil {
		var refused *gqlerror.Error
		if cost, refused = h.budget.check(ctx, op); refused != nil {
			errs = gqlerror.List{refused}
		}
	}
	if errs != nil {
		return operation{}, h.executor.DispatchError(graphql.WithOperationContext(ctx, op), errs)
	}
	return operation{op, cost}, nil
}

// ServeHTTP answers one request, or holds one conversation.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx := withRequestID(r.Context(), r.Header.Get("X-Request-Id"))
	ctx = withTrace(ctx, r.Header.Get("Traceparent"))
	r = r.WithContext(ctx)
	w.Header().Set("X-Request-Id", requestIDOf(ctx))
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if !h.hosts.admit(r) {
		h.refuseRequest(w, r, http.StatusForbidden, coded(codeForbidden, "this server is not known by the name in Host: start it with --hosts"))
		return
	}
	if !h.origins.admit(w, r) {
		h.refuseRequest(w, r, http.StatusForbidden, coded(codeForbidden, "this origin may not call"))
		return
	}
	switch {
	case r.Method == http.MethodOptions:
		w.Header().Set("Allow", "GET, POST, OPTIONS")
		w.WriteHeader(http.StatusNoContent)
	case strings.EqualFold(r.Header.Get("Upgrade"), "websocket"):
		h.serveSocket(w, r)
	default:
		h.serveHTTP(w, r)
	}
}

// Drain takes no more streams and sockets, closes every WebSocket with 1012 as soon as nothing goes on in it, and returns when
// nobody follows a request here any more, or when ctx ends. Call Shutdown then.
func (h *Handler) Drain(ctx context.Context) {
	h.mu.Lock()
	h.closed = true
	if h.following == 0 && h.leaving.Err() == nil {
		close(h.deserted)
	}
	h.leave()
	h.mu.Unlock()
	select {
	case <-h.deserted:
	case <-ctx.Done():
	}
}

// follow counts a subscription to a request until ctx ends, which is when its transport is through with it.
func (h *Handler) follow(ctx context.Context) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.following++
	context.AfterFunc(ctx, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.following--
		if h.following > 0 || h.leaving.Err() == nil {
			return
		}
		select {
		case <-h.deserted:
		default:
			close(h.deserted)
		}
	})
}

// Shutdown ends every stream and closes every WebSocket with 1012, so that clients come back to another replica, and
// waits until all are gone or ctx ends.
func (h *Handler) Shutdown(ctx context.Context) error {
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
	h.close(errShutdown)
	gone := make(chan struct{})
	go func() {
		h.open.Wait()
		if h.tokens.keys != nil {
			h.tokens.keys.wait()
		}
		close(gone)
	}()
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for streams and sockets to end: %w", ctx.Err())
	}
}

// Sockets returns how many WebSockets are open.
func (h *Handler) Sockets() int { return int(h.sockets.Load()) }

// Subscriptions returns how many subscriptions are under way, over any transport.
func (h *Handler) Subscriptions() int { return int(h.subscriptions.Load()) }

// counted counts an operation if it is a subscription, until the function that it returns is called.
func (h *Handler) counted(op operation) (leave func()) {
	if op.Operation.Operation != ast.Subscription {
		return func() {}
	}
	h.subscriptions.Add(1)
	return func() { h.subscriptions.Add(-1) }
}

// enter counts a stream or socket as open, unless the handler is shutting down. Whoever entered calls h.open.Done.
func (h *Handler) enter() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.closed {
		h.open.Add(1)
	}
	return !h.closed
}

// admit counts an operation of a viewer, or returns how long they should wait.
func (h *Handler) admit(v viewer) (refused *recommend.UnavailableError) {
	if v.subject == "" {
		return nil
	}
	if wait, ok := h.viewerRates.take(v.subject); !ok {
		return &recommend.UnavailableError{What: "your rate", RetryAfter: wait, Overloaded: true}
	}
	return nil
}

// until returns a context that ends with the request, with the handler, and when the viewer's token does.
func (h *Handler) until(ctx context.Context, v viewer) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(h.closing, func() { cancel(errShutdown) })
	end := func() { stop(); cancel(context.Canceled) }
	if v.expires.IsZero() {
		return ctx, end
	}
	ctx, expire := context.WithDeadlineCause(ctx, v.expires, &errToken{"it has expired"})
	return ctx, func() { expire(); end() }
}
