package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"webflix/db"
)

func importCommand(getenv func(string) string) *cobra.Command {
	var o db.ImportOptions
	var noTrain bool
	cmd := command(getenv, "import PATH", "Import a GroupLens data set, a zip or a folder", func(ctx context.Context, p *process) error {
		if err := p.importData(ctx, p.args[0], o); err != nil {
			return err
		}
		if noTrain {
			return nil
		}
		return p.train(ctx, trainOptions{force: true}) // the model of other data is no measure
	}, (*Config).storeFlags)
	cmd.Args = func(_ *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usagef("import takes one path, of a GroupLens zip or folder such as ml-1m.zip")
		}
		if _, err := os.Stat(args[0]); err != nil { // before a database is looked for, or made
			return usagef("import: %w", err)
		}
		return nil
	}
	cmd.Long = `Import reads films and ratings of a GroupLens data set (MovieLens 1M, latest-small, 10M to 32M), all of it or nothing,
and trains a model of them. Our own small catalogue makes room for it. Run again, it changes nothing that is the same,
and brings nothing back that people removed.`
	cmd.Flags().BoolVar(&o.Replace, "replace", false, "take the place of another imported data set")
	cmd.Flags().BoolVar(&o.KeepDemo, "keep-demo", false, "keep the built-in catalogue and its invented people beside the data set")
	cmd.Flags().BoolVar(&o.SkipBadRows, "skip-bad-rows", false, "import the good rows of a file that has bad ones")
	cmd.Flags().BoolVar(&noTrain, "no-train", false, "leave the training to webflix train")
	return cmd
}

func (p *process) importData(ctx context.Context, path string, o db.ImportOptions) error {
	bar := newProgress(p.err)
	o.Progress = func(s db.Progress) { bar.show(string(s.Stage), s.Done, s.Total) }
	report, err := p.db.Import(ctx, path, o)
	bar.end()
	if err != nil {
		return err
	}
	writeImport(p.out, &report)
	return nil
}

func writeImport(w io.Writer, r *db.ImportReport) {
	fmt.Fprintf(w, "%s: %d films, %d people, %d watches (%d new or changed) in %v\n",
		r.Dataset, r.Movies, r.Users, r.Watches, r.Changed, r.Took.Round(10*time.Millisecond))
	if len(r.Removed) > 0 {
		fmt.Fprintf(w, "it took the place of %s\n", strings.Join(r.Removed, ", "))
	}
	if r.Duplicates > 0 {
		fmt.Fprintf(w, "%d films were rated twice by the same person; the newest rating counts\n", r.Duplicates)
	}
	if r.Skipped > 0 {
		fmt.Fprintf(w, "%d bad rows were skipped, the first of them:\n", r.Skipped)
		for _, row := range r.BadRows {
			fmt.Fprintln(w, " ", row)
		}
	}
}
