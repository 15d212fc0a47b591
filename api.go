package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"webflix/db"
	"webflix/graph"
	"webflix/recommend"
	"webflix/web"
	"webflix/workers"
)

const (
	headerTimeout   = 5 * time.Second
	idleTimeout     = 2 * time.Minute
	shutdownTimeout = 3 * time.Second
)

// openLive makes the hub of this process's subscribers, which an aggregator in the same process reaches without a message.
func (p *process) openLive() {
	p.models = &workers.ActiveModel{Store: p.db, Log: p.log}
	p.live = workers.NewLive(p.db, p.models, p.broker, p.topology, p.clock, p.Replica, p.log)
	p.live.Tracer, p.live.Observer = p.tracer, p.metrics
}

// api runs the role that takes requests and brings the answers: the HTTP server with what is behind it.
// When ctx ends it takes no more requests, and ends when those that are followed here are answered, at the longest deadline at
// the latest.
func (p *process) api(ctx context.Context, g *errgroup.Group) (err error) {
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer func() {
		if err != nil {
			stop()
		}
	}()
	if p.live == nil {
		p.openLive()
	}
	models, live := p.models, p.live
	dispatcher := workers.NewDispatcher(p.db, p.broker, p.topology, p.clock, p.log)
	dispatcher.Tracer = p.tracer
	dispatcher.Pressure = &workers.Pressure{
		Broker: p.broker, Topology: p.topology, Blends: models, Depth: p.MaxDepth, Late: live.Late, Log: p.log,
	}
	g.Go(func() error { return dispatcher.Pressure.Run(serving) })
	pipeline := &workers.Pipeline{
		Ledger: p.db, Broker: p.broker, Topology: p.topology, Clock: p.clock, Criteria: recommend.CriterionNames(), Log: p.log,
	}
	recommender := &workers.Recommender{
		Dispatcher: dispatcher, Live: live, Blends: models, Kinds: recommend.Criteria(),
	}
	films := db.NewFilmCache(p.db, p.filmsEvery)
	handler, err := p.routes(ctx, &graph.Resolver{
		Library: films, People: p.db, Recommender: recommender, Pipeline: pipeline,
		Models: p.openShelf(serving, g),
	})
	if err != nil {
		return err
	}
	p.metrics.serving(live.Following, handler.graph)
	listener, err := p.listener(ctx)
	if err != nil {
		return err
	}
	g.Go(func() error { return p.clock.Run(serving, p.db, clockEvery, p.log) })
	g.Go(func() error { return models.Run(serving) })
	g.Go(func() error { return films.Run(serving, p.log) })
	g.Go(func() error { return p.declareQueues(serving) })
	g.Go(func() error { return live.Run(serving) })
	g.Go(func() error { return dispatcher.Run(serving) })
	g.Go(func() error { return pipeline.Run(serving) })
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout,
		BaseContext: func(net.Listener) context.Context { return serving }, // else subscriptions outlive the server
	}
	g.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve HTTP: %w", err)
		}
		return nil
	})
	g.Go(func() error {
		<-ctx.Done()
		defer stop()
		return drain(context.WithoutCancel(ctx), handler.graph, server)
	})
	p.announce(listener.Addr())
	return nil
}

func (p *process) listener(ctx context.Context) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", p.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen on %s (choose another address with --listen): %w", p.Listen, err)
	}
	return l, nil
}

// listenable reports why the API could not listen now.
func (p *process) listenable(ctx context.Context) error {
	l, err := p.listener(ctx)
	if err != nil {
		return err
	}
	return l.Close()
}

// drain takes no more connections, lets the requests that are followed here be answered, and then ends what is left.
func drain(ctx context.Context, handler *graph.Handler, server *http.Server) error {
	serving, cut := context.WithCancel(ctx)
	defer cut()
	stopped := make(chan error, 1)
	go func() { stopped <- stopServing(serving, server) }()
	draining, cancel := context.WithTimeout(ctx, recommend.MaxDeadline)
	defer cancel()
	handler.Drain(draining)
	ctx, cancel = context.WithTimeout(ctx, shutdownTimeout)
	defer cancel()
	defer context.AfterFunc(ctx, cut)()
	return errors.Join(handler.Shutdown(ctx), <-stopped)
}

// stopServing lets requests end until ctx does, and then cuts the connections that are left: those that browsers open ahead
// of a request, which http.Server waits 5 s for, and clients that take too long.
func stopServing(ctx context.Context, server *http.Server) error {
	err := server.Shutdown(ctx)
	if ctx.Err() != nil {
		err = server.Close()
	}
	return err
}

// site is every path of the server.
type site struct {
	http.Handler
	graph *graph.Handler
}

func (p *process) routes(ctx context.Context, resolver *graph.Resolver) (*site, error) {
	app, err := web.New(web.Config{BasePath: p.BasePath, Dir: p.WebDir})
	if err != nil {
		return nil, err
	}
	api, err := p.graphQL(ctx, resolver)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle(p.BasePath+"/graphql", api)
	mux.Handle(p.BasePath+"/playground", api.Playground())
	mux.Handle(p.BasePath+"/playground/", api.Playground())
	p.operationsRoutes(mux)
	mux.Handle("/", app)
	return &site{Handler: mux, graph: api}, nil
}

// graphQL makes the API's handler.
func (p *process) graphQL(ctx context.Context, resolver *graph.Resolver) (*graph.Handler, error) {
	secret, err := p.secret(ctx)
	if err != nil {
		return nil, err
	}
	documents, err := readDocuments(p.TrustedDocuments)
	if err != nil {
		return nil, err
	}
	proxies := make([]netip.Prefix, len(p.TrustedProxies))
	for i, text := range p.TrustedProxies {
		if proxies[i], err = netip.ParsePrefix(text); err != nil {
			return nil, usagef("--trusted-proxies: %w; write it like 10.0.0.0/8", err)
		}
	}
	return graph.NewHandler(graph.Config{
		Resolver: resolver,
		Identity: graph.Identity{
			Secret: secret, JWKS: p.JWKSURL, Issuer: p.Issuer, Audience: p.Audience,
			DevSignIn: p.doorIsOpen(),
		},
		Limits: p.Limits, Origins: p.Origins, Hosts: p.Hosts, TrustedProxies: proxies, NoIntrospection: p.NoIntrospection,
		TrustedDocuments: documents, TrustedOnly: p.TrustedOnly, Log: p.log, Temporary: db.Temporary, Tracer: p.tracer,
	})
}

// readDocuments reads a manifest of trusted documents: a JSON object of a name or hash and a document each. No file is no
// documents.
func readDocuments(file string) ([]string, error) {
	if file == "" {
		return nil, nil
	}
	body, err := os.ReadFile(file) //nolint:gosec // the operator names it
	if err != nil {
		return nil, usagef("read the trusted documents: %w", err)
	}
	var manifest map[string]string
	if err := json.Unmarshal(body, &manifest); err != nil {
		return nil, usagef("read the trusted documents in %s, a JSON object of names and documents: %w", file, err)
	}
	return slices.Collect(maps.Values(manifest)), nil
}
