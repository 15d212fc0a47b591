package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"webflix/bench"
)

// reportCommand returns the command that writes docs/performance.md.
func reportCommand(getenv func(string) string) *cobra.Command {
	var dir string
	var quick bool
	flags := func(f *pflag.FlagSet) {
		f.StringVar(&dir, "dir", "docs", "folder that performance.md and its charts are written to")
		f.BoolVar(&quick, "quick", false, "shorter runs, for a first look")
	}
	return measurement(getenv, "report", "Run the measurements and write performance.md, with charts", flags,
		func(ctx context.Context, s *bench.Setup) error {
			runs, length := 3, 10*time.Second
			if quick {
				runs, length = 1, 3*time.Second
			}
			turtle := &bench.Turtle{
				Users: 8, Requests: 200, Delays: map[string]time.Duration{"history": 300 * time.Millisecond}, Workers: 3, Parallel: 2,
				Deadline: time.Second, Limit: 2 * length, Runs: runs,
			}
			crowd := &bench.Turtle{
				Users: 200, Requests: 4000, Delays: map[string]time.Duration{"history": 300 * time.Millisecond}, Workers: 3, Parallel: 2,
				Deadline: time.Second, Limit: length, Runs: runs, Queues: true,
			}
			limit := &bench.Limit{Concurrent: 64, Duration: length, Workers: 1, Parallel: 4, Deadline: 10 * time.Second, Runs: runs}
			var text strings.Builder
			text.WriteString("# Performance\n\n`webflix bench report` wrote this file. Figures belong to the machine that each table names;" +
				" everything ran on it at once: the load, every role, PostgreSQL and the broker.\n")
			for _, part := range []struct {
				title, command, chart string
				run                   func() (report, error)
			}{
				{
					"Three programs side by side", "webflix bench turtle --users 8 --turtle history=300ms", "turtle.svg",
					func() (report, error) { return turtle.Run(ctx, s) },
				},
				{
					"A crowd and a turtle", "webflix bench turtle --queues --users 200 --requests 4000 --turtle history=300ms", "crowd.svg",
					func() (report, error) { return crowd.Run(ctx, s) },
				},
				{
					"Against the bare broker", "webflix bench limit", "limit.svg",
					func() (report, error) { return limit.Run(ctx, s) },
				},
			} {
				fmt.Fprintln(s.Out, part.command)
				r, err := part.run()
				if err != nil {
					return err
				}
				var table bytes.Buffer
				if err := r.Print(&table); err != nil {
					return err
				}
				if err := os.WriteFile(filepath.Join(dir, part.chart), []byte(r.SVG()), 0o644); err != nil { //nolint:gosec // a picture for everyone
					return fmt.Errorf("write the chart: %w", err)
				}
				fmt.Fprintf(&text, "\n## %s\n\n`%s`\n\n```\n%s```\n\n![%s](%s)\n", part.title, part.command, table.String(), part.title, part.chart)
			}
			if err := os.WriteFile(filepath.Join(dir, "performance.md"), []byte(text.String()), 0o644); err != nil { //nolint:gosec // for everyone
				return fmt.Errorf("write the report: %w", err)
			}
			return nil
		})
}
