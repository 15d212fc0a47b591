package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sethvargo/go-retry"
	"golang.org/x/sync/errgroup"

	"webflix/db"
	"webflix/queue"
	"webflix/recommend"
	"webflix/workers"
)

const (
	clockEvery    = 30 * time.Second
	filmsEvery    = time.Second
	maintainEvery = time.Hour
)

// everything runs every role in this process.
func everything(ctx context.Context, p *process) error {
	if err := p.openBroker(); err != nil {
		return err
	}
	if err := p.listenable(ctx); err != nil { // known before a model is trained
		return err
	}
	if err := p.prepare(ctx, recommend.CriterionNames()...); err != nil {
		return err
	}
	if p.AMQPURL == "" { // a request may come before the roles have made their queues, and these are new at every start
		if err := p.declareQueues(ctx); err != nil {
			return err
		}
	}
	if err := p.openModel(ctx); err != nil {
		return err
	}
	p.openLive()
	return p.runRoles(ctx, p.reports, p.aggregator, p.workers, p.api)
}

// serve runs the API alone.
func serve(ctx context.Context, p *process) error {
	return p.runAlone(ctx, p.api)
}

// work runs workers alone.
func work(ctx context.Context, p *process) error {
	return p.runAlone(ctx, p.workers, p.operations)
}

// aggregate runs an aggregator alone.
func aggregate(ctx context.Context, p *process) error {
	return p.runAlone(ctx, p.aggregator, p.operations)
}

// runAlone runs a role, and what goes with it, on servers that may come up later than this process.
func (p *process) runAlone(ctx context.Context, roles ...role) error {
	if err := p.openSharedBroker(); err != nil {
		return err
	}
	backoff := retry.WithCappedDuration(2*time.Second, retry.NewExponential(100*time.Millisecond))
	err := retry.Do(ctx, backoff, func(ctx context.Context) error {
		err := p.openStore(ctx)
		if db.Temporary(err) {
			p.log.Warn("waiting for the database", "err", err)
			return retry.RetryableError(err)
		}
		return err
	})
	if err != nil {
		return err
	}
	return p.runRoles(ctx, slices.Insert(roles, 0, p.reports)...)
}

// role starts what it consists of in the group, and returns when it is started.
type role func(ctx context.Context, g *errgroup.Group) error

// runRoles starts roles one after another, and stops them in the reverse order: the one that takes requests first, then
// the workers, then the aggregator that takes in their last results.
func (p *process) runRoles(ctx context.Context, roles ...role) error {
	if err := p.openTraces(ctx); err != nil {
		return err
	}
	var running []func() error
	failed := make(chan struct{}, len(roles))
	var err error
	for _, start := range roles {
		roleCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
		g, roleCtx := errgroup.WithContext(roleCtx)
		context.AfterFunc(roleCtx, func() { failed <- struct{}{} })
		running = append(running, func() error { cancel(); return g.Wait() })
		if err = start(roleCtx, g); err != nil {
			break
		}
	}
	if err == nil {
		select {
		case <-ctx.Done():
			p.log.Info("stopping")
		case <-failed:
		case <-p.lost():
			err = errors.New("the embedded PostgreSQL has ended: its owner was stopped or it failed; start again")
		}
	}
	for _, stop := range slices.Backward(running) {
		if stopped := stop(); !errors.Is(stopped, context.Canceled) {
			err = errors.Join(err, stopped)
		}
	}
	return err
}

// prepare makes our own catalogue where there is no other, and a model where there is none that this version of Webflix can
// read: at the first start, or after an upgrade. The model must have the criteria that are named; without names, those that it was
// trained for will do, since processes of the version before may still be at work.
func (p *process) prepare(ctx context.Context, criteria ...string) error {
	if loaded, err := p.db.LoadDemo(ctx); err != nil {
		return err
	} else if loaded {
		p.log.Info("loaded the built-in catalogue")
	}
	model, err := p.activeModel(ctx)
	if err == nil {
		_, err = model.Open(criteria...)
	}
	if err == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	p.log.Info("training a model", "why", err)
	return p.train(ctx, trainOptions{force: true})
}

// openModel opens the model that the workers of this process score with, before anybody is told where the API is: what the first
// request's tasks would wait for it comes off that request's deadline.
func (p *process) openModel(ctx context.Context) error {
	p.scoring = p.newScorers(p.Criteria...)
	return p.scoring.Wait(ctx)
}

// reports tells the other processes what this one does with the queues, where the broker does not.
func (p *process) reports(ctx context.Context, g *errgroup.Group) error {
	if flows, ok := p.broker.(queue.Flows); ok {
		r := &workers.Reporter{
			Ledger: p.db, Flows: flows, Topology: p.topology, Criteria: recommend.CriterionNames(), Log: p.log,
			Process: p.Replica + "/" + rand.Text(), // two processes may be given one name, and pods have the same process number
		}
		g.Go(func() error { return r.Run(ctx) })
	}
	return nil
}

func (p *process) aggregator(ctx context.Context, g *errgroup.Group) error {
	g.Go(func() error { return p.clock.Run(ctx, p.db, clockEvery, p.log) })
	g.Go(func() error { return p.maintain(ctx) })
	models := &workers.ActiveModel{Store: p.db, Log: p.log}
	g.Go(func() error { return models.Run(ctx) })
	a := workers.NewAggregator(p.db, &workers.Ladder{From: p.db, Log: p.log}, models, p.broker,
		p.topology, p.clock, p.metrics, p.log)
	a.Tracer, a.Local, a.Eager = p.tracer, p.live, p.AMQPURL == ""
	g.Go(func() error { return a.Run(ctx) })
	relay := &workers.Relay{Ledger: p.db, Broker: p.broker, Topology: p.topology, Clock: p.clock, Tracer: p.tracer, Log: p.log}
	g.Go(func() error { return relay.Run(ctx) })
	return nil
}

// maintain keeps the ledger's partitions.
func (p *process) maintain(ctx context.Context) error {
	tick := time.NewTicker(maintainEvery)
	defer tick.Stop()
	for {
		dropped, err := p.db.Maintain(ctx, p.Retention)
		if err != nil && ctx.Err() == nil {
			p.log.Warn("the ledger's partitions stay as they are", "err", err)
		}
		if len(dropped) > 0 {
			p.log.Info("dropped old requests", "partitions", dropped)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (p *process) workers(ctx context.Context, g *errgroup.Group) error {
	delays, err := p.delays()
	if err != nil {
		return err
	}
	if p.scoring == nil {
		p.scoring = p.newScorers(p.Criteria...)
	}
	scorers := p.scoring
	if slices.Contains(p.Criteria, similarBy) {
		p.scorers = scorers // the API of this process needs it, too
	}
	abandoned := &workers.Abandoned{Broker: p.broker, Topology: p.topology, Process: p.Replica, Log: p.log}
	g.Go(func() error { return abandoned.Run(ctx) })
	g.Go(func() error { return p.clock.Run(ctx, p.db, clockEvery, p.log) })
	var outbox *workers.Outbox
	var preview *workers.Preview
	if p.AMQPURL != "" { // to the broker in this process a message is nothing, and it is there at once
		outbox = &workers.Outbox{Broker: p.broker}
		preview = &workers.Preview{Broker: p.broker, Topology: p.topology, Local: p.live}
	}
	g.Go(func() error {
		if err := scorers.Wait(ctx); err != nil {
			return ignoreCancel(ctx, err)
		}
		for _, c := range p.Criteria {
			w := &workers.Worker{
				Criterion: c, Scorer: scorers.Of(c), Broker: p.broker, Outbox: outbox, Topology: p.topology, Clock: p.clock,
				Observer: p.metrics, Abandoned: abandoned, Tracer: p.tracer, Log: p.log, Name: p.Replica, Parallel: p.Parallel, Delay: delays[c],
				Scorebook: workers.NewScorebook(p.Scorebook << 20), Preview: preview, Inside: p.AMQPURL == "",
			}
			g.Go(func() error { return w.Run(ctx) })
		}
		return scorers.Run(ctx)
	})
	return nil
}

// ignoreCancel drops the error of a role that was told to stop.
func ignoreCancel(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil //nolint:nilerr // that is what it is for
	}
	return err
}

// declareQueues makes the queues that requests go to, so that a request before the first worker's start waits for it.
func (p *process) declareQueues(ctx context.Context) error {
	for _, q := range p.topology.Shared(recommend.CriterionNames()) {
		if err := p.broker.Declare(ctx, q); err != nil {
			return fmt.Errorf("declare the queues: %w", err)
		}
	}
	return nil
}
