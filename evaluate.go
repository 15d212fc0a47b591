package main

import (
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"webflix/recommend"
)

// trialOptions say what to evaluate, and how to show it.
type trialOptions struct {
	train, test string // files; "": the database
	split       string
	json        bool
	svg         string // file
	ablation    bool
	cold        []int
	validate    string
	trial       recommend.Trial
}

func evaluateCommand(getenv func(string) string) *cobra.Command {
	o := &trialOptions{}
	cmd := storelessCommand(getenv, "evaluate", "Measure how good the recommendations are", func(ctx context.Context, p *process) error {
		return p.evaluate(ctx, o)
	}, (*Config).storeFlags, func(_ *Config, f *pflag.FlagSet) { o.flags(f) })
	cmd.Long = `Evaluate trains on one part of the data and measures how well the other part is ranked, through the criteria, the
candidates and the sums that requests go through: nDCG, recall, precision, MAP, MRR, hit rate, coverage, novelty and
diversity, with 95 % bootstrap intervals, for the blend, for each criterion alone and with each left out.

The data are two files of user, film and Unix time, separated by tabs (.gz is read too), or the database with a split.`
	cmd.Example = `  webflix evaluate --split last:0.2
  webflix evaluate --train train.tsv.gz --test test.tsv.gz --svg report.svg`
	cmd.AddCommand(relevanceReportCommand(getenv))
	return cmd
}

func (o *trialOptions) flags(f *pflag.FlagSet) {
	f.StringVar(&o.train, "train", "", "file to train on; empty: the database")
	f.StringVar(&o.test, "test", "", "file to test on")
	f.StringVar(&o.split, "split", "", "how to split: random:0.8, time:0.8 (of all watches), last:0.2 (of each person's)")
	f.BoolVar(&o.json, "json", false, "print the report as JSON")
	f.StringVar(&o.svg, "svg", "", "write a chart to this file, too")
	f.BoolVar(&o.ablation, "ablation", true, "measure each criterion alone and left out, too")
	f.IntSliceVar(&o.cold, "cold", nil, "measure people cut to histories of these lengths, too, such as 0,1,3,5,10")
	f.StringVar(&o.validate, "validate", "", "how training holds data back to learn the blend from; empty: like --split, and random:0.85 for files")
	f.IntVar(&o.trial.K, "k", 10, "length of the lists")
	f.Float64SliceVar(&o.trial.Diversity, "diversity", nil, "measure varied lists, too, such as 0.1,0.3,0.5: what it costs in nDCG, and gains in diversity")
	f.Uint64Var(&o.trial.Seed, "seed", 1, "of the split, of training and of the intervals")
}

// evaluate measures and prints.
func (p *process) evaluate(ctx context.Context, o *trialOptions) error {
	if len(o.cold) > 0 && slices.Min(o.cold) < 0 {
		return usagef("--cold: a history has no fewer than 0 films")
	}
	data, test, err := p.trialData(ctx, o)
	if err != nil {
		return err
	}
	bar := newProgress(p.err)
	defer bar.end()
	o.trial.Ablation, o.trial.ColdStart = o.ablation, o.cold
	if o.trial.Validate, err = validation(o.validate, o.split); err != nil {
		return err
	}
	o.trial.Progress = func(stage string, done, total int) { bar.show(stage, int64(done), int64(total)) }
	o.trial.Stop = func() bool { return ctx.Err() != nil }
	report, err := recommend.Evaluate(data, test, o.trial)
	bar.end()
	if errors.Is(err, recommend.ErrStopped) {
		return fmt.Errorf("evaluate: %w", ctx.Err())
	}
	if err != nil {
		return fmt.Errorf("evaluate: %w", err)
	}
	if o.svg != "" {
		if err := writeFile(o.svg, report.WriteSVG); err != nil {
			return err
		}
	}
	if o.json {
		e := json.NewEncoder(p.out)
		e.SetIndent("", "  ")
		return e.Encode(report)
	}
	return report.WriteTable(p.out)
}

// validation reads how training holds data back. What it learns is worth most when it is learned on what it is then used
// for, so what is not said follows the split; and data in files were split at random, as published ones are. Holding back
// less than a fifth leaves a training part that is more like the whole.
func validation(said, split string) (recommend.Split, error) {
	if said == "" {
		said = cmp.Or(split, "random:0.85")
	}
	v, err := recommend.ParseSplit(said)
	if err != nil {
		return recommend.Split{}, &usageError{fmt.Errorf("--validate: %w", err)}
	}
	return v, nil
}

// trialData returns what to train on and what to test on.
func (p *process) trialData(ctx context.Context, o *trialOptions) (*recommend.Dataset, []recommend.Rating, error) {
	if o.test != "" && (o.train == "" || o.split != "") {
		return nil, nil, usagef("--test goes with --train, and without --split")
	}
	data, err := p.trainingData(ctx, o.train)
	if err != nil {
		return nil, nil, err
	}
	if o.test != "" {
		test, err := readInteractions(o.test)
		if err != nil {
			return nil, nil, err
		}
		return data, test.Ratings, nil
	}
	if o.split == "" {
		o.split = "last:0.2"
	}
	split, err := recommend.ParseSplit(o.split)
	if err != nil {
		return nil, nil, &usageError{err}
	}
	var test []recommend.Rating
	data.Ratings, test = split.Cut(data.Ratings, o.trial.Seed)
	return data, test, nil
}

// trainingData reads a file of interactions, or the database when there is none.
func (p *process) trainingData(ctx context.Context, file string) (*recommend.Dataset, error) {
	if file != "" {
		return readInteractions(file)
	}
	if err := p.openStore(ctx); err != nil {
		return nil, err
	}
	return p.db.Dataset(ctx)
}

func readInteractions(file string) (*recommend.Dataset, error) {
	f, err := os.Open(file) //nolint:gosec // the user names it
	if err != nil {
		return nil, usagef("read interactions: %w", err)
	}
	defer func() { _ = f.Close() }() // it was only read
	var r io.Reader = f
	if strings.HasSuffix(file, ".gz") {
		unzipped, err := gzip.NewReader(f)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", file, err)
		}
		r = unzipped
	}
	data, err := recommend.ReadInteractions(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return data, nil
}

// writeFile writes a file whole or not at all: beside its place first, then there.
func writeFile(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".webflix-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	err = errors.Join(write(f), f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, errors.Join(err, os.Remove(f.Name())))
	}
	return nil
}
