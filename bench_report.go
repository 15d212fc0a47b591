package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"webflix/bench"
)

// reportHead begins docs/performance.md.
const reportHead = "# Performance\n\n`webflix bench report` wrote the tables and charts of this file, each by the command above it; it leaves other" +
	" sections as they are. Figures belong to the machine that each table names; everything ran on it at once: the load, every role," +
	" PostgreSQL and the broker.\n"

// section is a part of docs/performance.md that a measurement writes.
type section struct {
	name, title, command, chart string

	run func() (report, error)
}

// reportCommand returns the command that writes docs/performance.md.
func reportCommand(getenv func(string) string) *cobra.Command {
	var (
		dir    string
		quick  bool
		parts  []string
		server string
		token  string
	)
	flags := func(f *pflag.FlagSet) {
		f.StringVar(&dir, "dir", "docs", "folder that performance.md and its charts are written to")
		f.BoolVar(&quick, "quick", false, "shorter runs, for a first look")
		f.StringSliceVar(&parts, "parts", nil, "write these sections alone and leave the others as they are: "+strings.Join(partNames(), ", "))
		f.StringVar(&server, "url", "", "a running server's GraphQL, for the sections that ask one; empty: one is started for them")
		f.StringVar(&token, "token", "", "token of an administrator there")
	}
	return measurement(getenv, "report", "Run the measurements and write performance.md, with charts", flags,
		func(ctx context.Context, s *bench.Setup) (err error) {
			for _, name := range parts {
				if !slices.Contains(partNames(), name) {
					return usagef("there is no section %q; there are %s", name, strings.Join(partNames(), ", "))
				}
			}
			wanted := func(name string) bool { return len(parts) == 0 || slices.Contains(parts, name) }
			own := &ownServer{setup: s, url: server}
			defer func() { err = errors.Join(err, own.end()) }()
			path := filepath.Join(dir, "performance.md")
			for _, one := range sections(ctx, s, quick, own, token) {
				if !wanted(one.name) || one.name == "limit" && s.AMQPURL == "" {
					continue
				}
				fmt.Fprintln(s.Out, one.command)
				text, err := one.write(dir)
				if err != nil {
					return fmt.Errorf("measure %s: %w", one.name, err)
				}
				if err := replaceSection(path, one.title, text); err != nil {
					return fmt.Errorf("write the report: %w", err)
				}
			}
			return nil
		})
}

// ownServer is the server that sections ask: a running one, or one at a time that is started for them.
type ownServer struct {
	setup *bench.Setup
	url   string // of the running one; "": there is none

	name, at string // of the one that was started
	stop     func() error
}

// ask returns the address of a server with these flags. The one before it, of another name, is ended.
func (o *ownServer) ask(ctx context.Context, name string, flags ...string) (url string, err error) {
	if o.url != "" {
		return o.url, nil
	}
	if o.stop != nil && o.name == name {
		return o.at, nil
	}
	if err := o.end(); err != nil {
		return "", err
	}
	o.name = name
	o.at, o.stop, err = o.setup.StartServer(ctx, name, flags...)
	return o.at, err
}

func (o *ownServer) end() error {
	if o.stop == nil {
		return nil
	}
	defer func() { o.stop = nil }()
	return o.stop()
}

func partNames() []string {
	return []string{"turtle", "crowd", "limit", "limit-process", "growth", "load", "freshness", "sockets"}
}

// sections returns what the report consists of, in its order.
func sections(ctx context.Context, s *bench.Setup, quick bool, own *ownServer, token string) []section {
	runs, length := 3, 4*time.Second
	if quick {
		runs, length = 1, 3*time.Second
	}
	slow := map[string]time.Duration{"sittings": 300 * time.Millisecond}
	turtle := &bench.Turtle{
		Users: 8, Requests: 200, Delays: slow, Workers: 3, Parallel: 2, Deadline: time.Second, Limit: length, Runs: runs,
	}
	crowd := &bench.Turtle{
		Users: 200, Requests: 1000, Think: 4 * time.Second, Delays: slow, Workers: 3, Parallel: 2, Deadline: time.Second,
		Limit: 5 * length, Runs: 1, Queues: true,
	}
	limit := &bench.Limit{Concurrent: 64, Duration: length, Workers: 1, Parallel: 2, Deadline: 10 * time.Second, Runs: runs}
	inProcess := s.InProcess()
	growth := defaultGrowth()
	growth.World = worlds(s)
	load := &bench.Load{
		Rate: 50, Users: 500, Sockets: 16, Duration: 2 * length, Trial: length, Runs: runs, WarmUp: 2 * time.Second,
		Deadline: time.Second, Target: 30 * time.Millisecond,
	}
	freshness := &bench.Freshness{Users: 100, Requests: 200}
	sockets := &bench.Sockets{Token: token, Count: 10_000, Hold: 5 * time.Second, Held: heldCriterion}
	asks := func(url *string, run func() (report, error), name string, flags ...string) func() (report, error) {
		return func() (_ report, err error) { // no server before it is asked: it would be in the way of the others
			if *url, err = own.ask(ctx, name, flags...); err != nil {
				return nil, err
			}
			return run()
		}
	}
	return []section{
		{
			"turtle", "Three programs side by side", "webflix bench turtle --users 8 --turtle sittings=300ms", "turtle.svg",
			func() (report, error) { return turtle.Run(ctx, s) },
		},
		{
			"crowd", "A crowd and a turtle", "webflix bench turtle --queues --users 200 --requests 1000 --think 4s --limit 20s --runs 1 --turtle sittings=300ms", "crowd.svg",
			func() (report, error) { return crowd.Run(ctx, s) },
		},
		{
			"limit", "Against the bare broker: RabbitMQ", "webflix bench limit --duration 4s", "limit.svg",
			func() (report, error) { return limit.Run(ctx, s) },
		},
		{
			"limit-process", "Against the bare broker: the one in the process", "AMQP_URL= webflix bench limit --duration 4s", "limit-process.svg",
			func() (report, error) { return limit.Run(ctx, inProcess) },
		},
		{"growth", "How cost grows", "webflix bench growth", "growth.svg", func() (report, error) { return growth.Run(ctx, s) }},
		{
			"load", "As a client sees it", "webflix bench load --rate 50 --search 30ms", "load.svg",
			asks(&load.URL, func() (report, error) { return load.Run(ctx) }, "server"),
		},
		{
			"freshness", "After a watch", "webflix bench freshness", "freshness.svg",
			asks(&freshness.URL, func() (report, error) { return freshness.Run(ctx) }, "server"),
		},
		{
			"sockets", "Open sockets", "webflix bench sockets", "sockets.svg",
			asks(&sockets.URL, func() (report, error) { return sockets.Run(ctx) }, "held", "--slow", heldCriterion+"=1m"),
		},
	}
}

// write measures, writes the chart, and returns the section's text below its title.
func (p *section) write(dir string) (string, error) {
	r, err := p.run()
	if err != nil {
		return "", err
	}
	var table bytes.Buffer
	if err := r.Print(&table); err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(dir, p.chart), []byte(r.SVG()), 0o644); err != nil { //nolint:gosec // a picture for everyone
		return "", fmt.Errorf("write the chart: %w", err)
	}
	return fmt.Sprintf("`%s`\n\n```\n%s```\n\n![%s](%s)\n", p.command, trimmed(table.String()), p.title, p.chart), nil
}

// trimmed returns a table without blanks at the ends of its lines.
func trimmed(table string) string {
	var out strings.Builder
	for line := range strings.Lines(table) {
		fmt.Fprintln(&out, strings.TrimRight(line, " \n"))
	}
	return out.String()
}

// replaceSection writes a section of a file, in its place if there is one of its title, else at the end, and the file's head. What
// other sections say stays.
func replaceSection(path, title, text string) error {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		raw, err = []byte(reportHead), nil
	}
	if err != nil {
		return err
	}
	file := reportHead
	if _, others, some := strings.Cut(string(raw), "\n## "); some {
		file += "\n## " + others
	}
	head := "\n## " + title + "\n\n"
	before, rest, there := strings.Cut(file, head)
	after := ""
	if there {
		if _, next, more := strings.Cut(rest, "\n## "); more {
			after = "\n## " + next
		}
	}
	return os.WriteFile(path, []byte(before+head+text+after), 0o644) //nolint:gosec // for everyone
}
