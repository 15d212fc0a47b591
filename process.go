package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"webflix/db"
	"webflix/embedded"
	"webflix/queue"
	"webflix/trace"
	"webflix/workers"
)

// process is one running Webflix: its settings, its servers, and what its roles share.
type process struct {
	*Config
	args     []string
	out, err io.Writer
	log      *slog.Logger

	url      string // of the database
	postgres *embedded.Server
	db       *db.DB
	clock    *workers.Clock
	broker   queue.Broker // nil for commands that need none
	topology queue.Topology
	metrics  *metrics
	tracer   *trace.Tracer // nil: no traces

	flushTraces func()               // sends the last spans; nil: there are none
	models      *workers.ActiveModel // that requests name; nil where there is no API
	live        *workers.Live        // likewise
	scorers     *workers.Scorers     // what the roles of this process share; nil before there is any
	scoring     *workers.Scorers     // of the workers in this process; nil for none
	filmsEvery  time.Duration        // between looks whether the catalogue has changed
}

// stopTimeout is how long servers of our own may take to stop.
const stopTimeout = 4 * time.Second

// newProcess returns a process that has opened nothing yet.
func newProcess(config *Config, args []string, stdout, stderr io.Writer) (*process, error) {
	if err := config.check(); err != nil {
		return nil, err
	}
	log, err := config.logger(stderr)
	if err != nil {
		return nil, err
	}
	return &process{
		Config: config, args: args, out: stdout, err: stderr, log: log,
		clock: &workers.Clock{}, topology: queue.Topology{Prefix: config.QueuePrefix}, metrics: newMetrics(), filmsEvery: filmsEvery,
	}, nil
}

// openStore connects to the database, or starts ours, and migrates it.
func (p *process) openStore(ctx context.Context) (err error) {
	p.url = p.DatabaseURL
	if p.url == "" {
		p.postgres, err = embedded.Start(ctx, embedded.Config{
			DataDir: p.DataDir, CacheDir: p.CacheDir, PostgresBin: p.PostgresBin, Progress: p.err, Log: p.log,
		})
		if err != nil {
			return fmt.Errorf("start the embedded PostgreSQL: %w", err)
		}
		p.url = p.postgres.URL()
	}
	if p.db, err = db.Open(ctx, p.url); errors.Is(err, db.ErrURL) {
		return &usageError{err}
	} else if err != nil {
		return err
	}
	if err := p.db.Migrate(ctx); err != nil {
		return err
	}
	return p.clock.Sync(ctx, p.db)
}

// openBroker connects to RabbitMQ, or makes the in-process broker.
func (p *process) openBroker() error {
	if p.AMQPURL == "" {
		p.broker = queue.NewMemory()
		return nil
	}
	broker, err := queue.Dial(queue.Config{URL: p.AMQPURL, Name: p.Replica, Log: p.log})
	if err != nil {
		return usagef("--amqp-url: %w", err)
	}
	p.broker = broker
	return nil
}

// openSharedBroker is openBroker for a process with one role, which the in-process broker would cut off from the others.
func (p *process) openSharedBroker() error {
	if p.AMQPURL == "" {
		return usagef("one role alone needs a broker that the others reach too: set AMQP_URL, or run webflix without a command")
	}
	return p.openBroker()
}

// close ends the servers in the reverse of their start.
func (p *process) close() error {
	var errs []error
	if p.flushTraces != nil {
		p.flushTraces()
	}
	if p.broker != nil {
		errs = append(errs, p.broker.Close())
	}
	if p.db != nil {
		errs = append(errs, p.db.Close())
	}
	if p.postgres != nil {
		ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
		defer cancel()
		errs = append(errs, p.postgres.Stop(ctx))
	}
	return errors.Join(errs...)
}

// lost returns a channel that is closed when our own PostgreSQL is gone; nil, which never is, for a server of others.
func (p *process) lost() <-chan struct{} {
	if p.postgres == nil {
		return nil
	}
	return p.postgres.Done()
}
