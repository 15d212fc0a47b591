package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"webflix/recommend"
)

// trainOptions say how to train.
type trainOptions struct {
	seed   uint64
	force  bool // publish even a model that is worse than the active one
	keep   int  // versions that stay
	margin float64
}

const (
	keepModels  = 5
	worseMargin = 0.02 // of nDCG, relative: less is noise between two samples of the same people
)

func trainCommand(getenv func(string) string) *cobra.Command {
	var o trainOptions
	cmd := command(getenv, "train", "Fit every model to the data and publish it", func(ctx context.Context, p *process) error {
		return p.train(ctx, o)
	}, (*Config).storeFlags)
	cmd.Long = `Train reads the films and histories, fits every criterion's model, learns their weights on a part of the data that
the models have not seen, and publishes all of it as one new version. Running workers pick it up by themselves. A model
that is worse than the active one by more than --margin is not published unless --force is given.`
	cmd.Flags().Uint64Var(&o.seed, "seed", 1, "the same seed on the same data makes the same model")
	cmd.Flags().BoolVar(&o.force, "force", false, "publish the model even when it is worse than the active one")
	cmd.Flags().IntVar(&o.keep, "keep", keepModels, "versions to keep")
	cmd.Flags().Float64Var(&o.margin, "margin", worseMargin, "how much worse in nDCG@10 a new model may be, relative to the active one")
	return cmd
}

// train fits and publishes a model.
func (p *process) train(ctx context.Context, o trainOptions) error {
	if o.keep == 0 {
		o.keep = keepModels
	}
	if o.keep < 0 || o.margin < 0 {
		return usagef("--keep is at least 1, --margin at least 0")
	}
	start := time.Now()
	bar := newProgress(p.err)
	defer bar.end()
	bar.show("reading the histories", 0, 0)
	data, err := p.db.Dataset(ctx)
	if err != nil {
		return err
	}
	if len(data.Ratings) == 0 {
		return errors.New("train: there is nothing to learn from yet: webflix import a data set, or webflix prepare for the built-in catalogue")
	}
	model, err := recommend.Train(data, recommend.Options{
		Seed: o.seed,
		Progress: func(stage string, done, total int) {
			bar.show("training "+stage, int64(done), int64(total))
		},
		Stop: func() bool { return ctx.Err() != nil },
	})
	if err != nil {
		if errors.Is(err, recommend.ErrStopped) {
			return fmt.Errorf("train: %w", ctx.Err())
		}
		return fmt.Errorf("train: %w", err)
	}
	if err := p.compare(ctx, model, o); err != nil {
		return err
	}
	version, err := p.db.Publish(ctx, model, o.keep)
	if err != nil {
		return err
	}
	bar.end()
	fmt.Fprintf(p.out, "model %d of %d films and %d watches, trained in %v\n", version, len(data.Movies), len(data.Ratings),
		time.Since(start).Round(10*time.Millisecond))
	return nil
}

// headlineMetric is the figure by which a new model is held against the active one.
const headlineMetric = "ndcg@10"

// compare refuses a model that is worse than the active one by more than the margin.
func (p *process) compare(ctx context.Context, m *recommend.Model, o trainOptions) error {
	models, err := p.db.Models(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(models, func(m recommend.ModelInfo) bool { return m.Active })
	if i < 0 || o.force {
		return nil
	}
	before, now := models[i].Metrics[headlineMetric], m.Metrics[headlineMetric]
	if now < before*(1-o.margin) {
		return fmt.Errorf("the new model's %s is %.4f, model %d has %.4f: model %d stays (publish it anyway with --force)",
			headlineMetric, now, models[i].Version, before, models[i].Version)
	}
	return nil
}

func modelsCommand(getenv func(string) string) *cobra.Command {
	return command(getenv, "models", "List the trained models", func(ctx context.Context, p *process) error {
		models, err := p.db.Models(ctx)
		if err != nil {
			return err
		}
		if len(models) == 0 {
			fmt.Fprintln(p.err, "There is no model yet: run webflix train.")
			return nil
		}
		w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "VERSION\tACTIVE\tTRAINED\tMiB\tBLEND\tMETRICS")
		for _, m := range models {
			active := ""
			if m.Active {
				active = "yes"
			}
			fmt.Fprintf(w, "%d\t%s\t%s\t%.1f\t%s\t%s\n", m.Version, active, m.TrainedAt.Format(time.DateTime),
				float64(m.Bytes)/(1<<20), blendText(m.Blend), metricsText(m.Metrics))
		}
		return w.Flush()
	}, (*Config).storeFlags)
}

func blendText(b recommend.Blend) string {
	text := ""
	for _, w := range b {
		text += fmt.Sprintf("%s %.2f ", w.Criterion, w.Weight)
	}
	return text
}

func metricsText(metrics map[string]float64) string {
	text := ""
	for _, name := range slices.Sorted(maps.Keys(metrics)) {
		text += fmt.Sprintf("%s %.4f ", name, metrics[name])
	}
	return text
}
