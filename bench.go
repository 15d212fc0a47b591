package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
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
				return usagef("%q is no command of webflix bench; there is turtle", args[0])
			}
			return cmd.Help()
		},
	}
	group.AddCommand(turtleCommand(getenv))
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
	Print(s *bench.Setup) error
	SVG() string
}

func (o *benchOutput) write(s *bench.Setup, r report) error {
	if o.svg != "" {
		if err := os.WriteFile(o.svg, []byte(r.SVG()), 0o644); err != nil { //nolint:gosec // a picture for everyone
			return fmt.Errorf("write the chart: %w", err)
		}
	}
	if !o.json {
		return r.Print(s)
	}
	return writeJSON(s.Out, r)
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
		if err := p.openBroker(); err != nil { //nolint:contextcheck // the broker lives until close
			return err
		}
		if err := p.prepare(ctx); err != nil {
			return err
		}
		s := &bench.Setup{
			DB: p.db, Broker: p.broker, AMQPURL: p.AMQPURL, Out: p.out, Log: p.log,
			Topology: queue.Topology{Prefix: p.QueuePrefix + "bench-" + strings.ToLower(rand.Text()[:8]) + "."},
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
		f.StringSliceVar(&slow, "turtle", []string{"history=300ms"}, "criterion=duration: how much longer a criterion takes; none for no turtle")
		f.StringSliceVar(&t.Criteria, "criteria", nil, "criteria to ask; empty: all of the model's")
		f.IntVar(&t.Workers, "workers", 3, "workers of each criterion, through the queues")
		f.IntVar(&t.Parallel, "parallel", 2, "tasks that each worker scores at once")
		f.DurationVar(&t.Deadline, "deadline", time.Second, "deadline of a request through the queues; the other programs have none")
		f.DurationVar(&t.Limit, "limit", 20*time.Second, "a program that is not done by then asks no more")
		f.IntVar(&t.Runs, "runs", 3, "runs of each program, for medians")
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
			return output.write(s, r)
		})
}
