package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/pprof"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"webflix/bench"
	"webflix/queue"
)

func benchCommand(getenv func(string) string) *cobra.Command {
	group := &cobra.Command{
		Use: "bench", Short: "Measure how fast Webflix is on this machine",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("%q is no command of webflix bench; there are turtle, limit, growth, load, freshness, sockets, train, data and report", args[0])
			}
			return cmd.Help()
		},
	}
	group.AddCommand(turtleCommand(getenv), limitCommand(getenv), growthCommand(getenv), loadCommand(getenv),
		freshnessCommand(getenv), socketsCommand(getenv), reportCommand(getenv), benchTrainCommand(getenv), benchDataCommand(getenv))
	return group
}

// benchOutput says where figures go beside the table.
type benchOutput struct {
	json bool
	svg  string
}

func (o *benchOutput) flags(f *pflag.FlagSet) {
	f.BoolVar(&o.json, "json", false, "write JSON instead of a table")
	f.StringVar(&o.svg, "svg", "", "write a chart to this file, too")
}

// report is what every measurement ends with.
type report interface {
	Print(out io.Writer) error
	SVG() string
}

func (o *benchOutput) write(out io.Writer, r report) error {
	if o.svg != "" {
		if err := os.WriteFile(o.svg, []byte(r.SVG()), 0o644); err != nil { //nolint:gosec // a picture for everyone
			return fmt.Errorf("write the chart: %w", err)
		}
	}
	if !o.json {
		return r.Print(out)
	}
	return writeJSON(out, r)
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// measurement returns a command that measures on the database at hand, with queues of its own.
func measurement(
	getenv func(string) string, use, short string, flags func(*pflag.FlagSet), measure func(context.Context, *bench.Setup) error,
) *cobra.Command {
	return command(getenv, use, short, func(ctx context.Context, p *process) (err error) {
		if err := p.openBroker(); err != nil {
			return err
		}
		if err := p.prepare(ctx); err != nil {
			return err
		}
		s := &bench.Setup{
			DB: p.db, DatabaseURL: p.url, Broker: p.broker, AMQPURL: p.AMQPURL, Out: p.out, Log: p.log,
			Topology: queue.Topology{Prefix: p.QueuePrefix + "bench-" + strings.ToLower(rand.Text()[:8]) + "."},
		}
		s.Server = p.startServer
		if p.AMQPURL != "" {
			s.Worker = p.startWorker
		}
		if err := s.Open(ctx); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, s.Close()) }()
		return measure(ctx, s)
	}, (*Config).storeFlags, (*Config).brokerFlags, func(_ *Config, f *pflag.FlagSet) { flags(f) })
}

func turtleCommand(getenv func(string) string) *cobra.Command {
	var (
		t      bench.Turtle
		slow   []string
		output benchOutput
	)
	flags := func(f *pflag.FlagSet) {
		f.IntVar(&t.Users, "users", 8, "people who ask at the same time, each again as soon as they are answered")
		f.IntVar(&t.Requests, "requests", 200, "requests of all of them together")
		f.DurationVar(&t.Think, "think", 0, "how long each looks at an answer before asking again")
		f.StringSliceVar(&slow, "turtle", []string{"history=300ms"}, "criterion=duration: how much longer a criterion takes; none for no turtle")
		f.StringSliceVar(&t.Criteria, "criteria", nil, "criteria to ask; empty: all of the model's")
		f.IntVar(&t.Workers, "workers", 3, "workers of each criterion, through the queues")
		f.IntVar(&t.Parallel, "parallel", 2, "tasks that each worker scores at once")
		f.DurationVar(&t.Deadline, "deadline", time.Second, "deadline of a request through the queues; the other programs have none")
		f.DurationVar(&t.Limit, "limit", 20*time.Second, "a program that is not done by then asks no more")
		f.IntVar(&t.Runs, "runs", 3, "runs of each program, for medians")
		f.BoolVar(&t.Queues, "queues", false, "leave out the programs without queues, in which a crowd waits for minutes")
		output.flags(f)
	}
	return measurement(getenv, "turtle", "Hold the pipeline against programs without queues, with one slow criterion", flags,
		func(ctx context.Context, s *bench.Setup) error {
			if t.Users < 1 || t.Requests < 1 || t.Workers < 1 || t.Runs < 1 {
				return usagef("--users, --requests, --workers and --runs must be at least 1")
			}
			if len(slow) == 1 && slow[0] == "none" {
				slow = nil
			}
			delays, err := (&Config{Slow: slow}).delays()
			if err != nil {
				return err
			}
			t.Delays = delays
			r, err := t.Run(ctx, s)
			if err != nil {
				return err
			}
			return output.write(s.Out, r)
		})
}

func limitCommand(getenv func(string) string) *cobra.Command {
	var (
		l       bench.Limit
		output  benchOutput
		profile string
	)
	flags := func(f *pflag.FlagSet) {
		f.IntVar(&l.Concurrent, "concurrent", 64, "requests under way at any time")
		f.DurationVar(&l.Duration, "duration", 5*time.Second, "of each run")
		f.IntVar(&l.Workers, "workers", 1, "workers of each criterion")
		f.IntVar(&l.Parallel, "parallel", 2, "tasks that each worker scores at once")
		f.DurationVar(&l.Deadline, "deadline", 10*time.Second, "deadline of a request")
		f.StringSliceVar(&l.Criteria, "criteria", nil, "criteria to ask; empty: all of the model's")
		f.IntVar(&l.Runs, "runs", 3, "runs of each program, for medians")
		f.StringVar(&profile, "cpuprofile", "", "write a processor profile of this process to this file")
		output.flags(f)
	}
	return measurement(getenv, "limit", "Hold the pipeline against the limit of the bare broker", flags,
		func(ctx context.Context, s *bench.Setup) error {
			if l.Concurrent < 1 || l.Workers < 1 || l.Parallel < 1 || l.Runs < 1 {
				return usagef("--concurrent, --workers, --parallel and --runs must be at least 1")
			}
			stop, err := profileTo(profile)
			if err != nil {
				return err
			}
			r, err := l.Run(ctx, s)
			if err = errors.Join(err, stop()); err != nil {
				return err
			}
			return output.write(s.Out, r)
		})
}

// profileTo writes a processor profile until the function that it returns is called. "" is no file.
func profileTo(path string) (stop func() error, err error) {
	if path == "" {
		return func() error { return nil }, nil
	}
	file, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("write the profile: %w", err)
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return nil, errors.Join(fmt.Errorf("write the profile: %w", err), file.Close())
	}
	return func() error {
		pprof.StopCPUProfile()
		return file.Close()
	}, nil
}

// defaultURL is where a server listens unless it is told otherwise.
const defaultURL = "ws://127.0.0.1:8080/graphql"

func loadCommand(getenv func(string) string) *cobra.Command {
	var (
		l      bench.Load
		output benchOutput
	)
	cmd := storelessCommand(getenv, "load", "Ask a running server at a fixed rate, as its clients do", func(ctx context.Context, p *process) error {
		if l.Rate <= 0 || l.Users < 1 || l.Sockets < 1 || l.Runs < 1 {
			return usagef("--rate, --users, --sockets and --runs must be above 0")
		}
		r, err := l.Run(ctx)
		if err != nil {
			return err
		}
		return output.write(p.out, r)
	}, (*Config).logFlags, func(_ *Config, f *pflag.FlagSet) {
		f.StringVar(&l.URL, "url", defaultURL, "the server's GraphQL")
		f.StringVar(&l.Token, "token", "", "token of a service; not needed where everybody may sign in as anyone")
		f.Float64Var(&l.Rate, "rate", 50, "requests a second, whether the server keeps up or not")
		f.IntVar(&l.Users, "users", 500, "people who ask")
		f.IntVar(&l.Sockets, "sockets", 16, "WebSockets")
		f.DurationVar(&l.Duration, "duration", 8*time.Second, "of each run")
		f.DurationVar(&l.Trial, "search-duration", 4*time.Second, "of each run at the higher rates of a search")
		f.IntVar(&l.Runs, "runs", 3, "runs of each rate, for medians")
		f.DurationVar(&l.WarmUp, "warm-up", 2*time.Second, "at the first rate, before anything is measured")
		f.DurationVar(&l.Deadline, "deadline", time.Second, "deadline of a request")
		f.DurationVar(&l.Target, "search", 0, "look for the highest rate whose final's p99 stays below this; 0: measure --rate alone")
		output.flags(f)
	})
	cmd.Long = `Load asks over WebSockets, in an open loop: a request's time counts from the moment when it was due. Start the server with
its limits off: WEBFLIX_LIMIT_ADDRESS_RATE=-1 WEBFLIX_LIMIT_VIEWER_RATE=-1 webflix`
	return cmd
}

func freshnessCommand(getenv func(string) string) *cobra.Command {
	var (
		b      bench.Freshness
		output benchOutput
	)
	return storelessCommand(getenv, "freshness", "Measure how soon a running server's rankings know of a watch", func(ctx context.Context, p *process) error {
		if b.Users < 1 || b.Requests < 1 {
			return usagef("--users and --requests must be at least 1")
		}
		r, err := b.Run(ctx)
		if err != nil {
			return err
		}
		return output.write(p.out, r)
	}, (*Config).logFlags, func(_ *Config, f *pflag.FlagSet) {
		f.StringVar(&b.URL, "url", defaultURL, "the server's GraphQL")
		f.StringVar(&b.Token, "token", "", "token of a service; not needed where everybody may sign in as anyone")
		f.IntVar(&b.Users, "users", 100, "people who watch a film")
		f.IntVar(&b.Requests, "requests", 200, "watches of all of them together")
		output.flags(f)
	})
}

func socketsCommand(getenv func(string) string) *cobra.Command {
	var (
		b      bench.Sockets
		output benchOutput
	)
	cmd := storelessCommand(getenv, "sockets", "Measure what open sockets cost a running server", func(ctx context.Context, p *process) error {
		if b.Count < 1 {
			return usagef("--count must be at least 1")
		}
		r, err := b.Run(ctx)
		if err != nil {
			return err
		}
		return output.write(p.out, r)
	}, (*Config).logFlags, func(_ *Config, f *pflag.FlagSet) {
		f.StringVar(&b.URL, "url", defaultURL, "the server's GraphQL")
		f.StringVar(&b.Token, "token", "", "token of an administrator; not needed where everybody may sign in as anyone")
		f.IntVar(&b.Count, "count", 10_000, "WebSockets, with a subscription each")
		f.DurationVar(&b.Hold, "hold", 5*time.Second, "of each measurement")
		f.StringVar(&b.Held, "held", heldCriterion, "a criterion that the server is late with: subscriptions wait for it")
		output.flags(f)
	})
	cmd.Long = "Start the server with its limits off, and a criterion held up: WEBFLIX_LIMIT_ADDRESS_RATE=-1 WEBFLIX_LIMIT_VIEWER_RATE=-1\n" +
		"WEBFLIX_LIMIT_ADDRESS_SOCKETS=-1 WEBFLIX_LIMIT_VIEWER_SOCKETS=-1 WEBFLIX_LIMIT_VIEWER_SUBSCRIPTIONS=-1\n" +
		"WEBFLIX_SLOW=" + heldCriterion + "=1m webflix"
	return cmd
}

// heldCriterion is the one that subscriptions wait for where idle ones are measured.
const heldCriterion = "popularity"
