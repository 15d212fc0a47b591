package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"webflix/recommend"
)

// chapter is one measurement of docs/relevance.md.
type chapter struct {
	title, said string
	likings     bool // only ratings that speak for a film, as published protocols do
	split       string
	validate    string
	chart       string // file; "": none
	trial       recommend.Trial
}

func chapters() []chapter {
	all := []float64{0.1, 0.2, 0.3, 0.5, 0.7}
	return []chapter{
		{
			title: "Films left out at random", likings: true, split: "random:0.8", validate: "random:0.85", chart: "relevance.svg",
			said: "A fifth of what each person liked is held back. It flatters everyone: neighbours in time of a film that is held" +
				" back are known. \"Without\" leaves one criterion out of the learned blend, \"alone\" asks no other. Weights are learned on" +
				" another part than the one measured here, so a criterion may have a weight and add nothing to these lists.",
			trial: recommend.Trial{Ablation: true},
		},
		{
			title: "What a varied list costs", likings: true, split: "random:0.8", validate: "random:0.85",
			said:  "The same people; the ranking is chosen from its best films so that genres vary (maximal marginal relevance).",
			trial: recommend.Trial{Diversity: all},
		},
		{
			title: "People of whom little is known", likings: true, split: "random:0.8", validate: "random:0.85",
			said:  "The same people, their histories cut to the newest films; all else that they saw stays out of the lists.",
			trial: recommend.Trial{ColdStart: []int{0, 1, 3, 5, 10}},
		},
		{
			title: "What each person likes next", likings: true, split: "last:0.2",
			said:  "Each person's last fifth is held back.",
			trial: recommend.Trial{Ablation: true},
		},
		{
			title: "What comes after a date", likings: true, split: "time:0.8",
			said: "The last fifth of all likings, by time, is held back. Some people are then new (\"no history\"). The others are asked" +
				" for at the moment when the known part ends, some of them years before they come back.",
			trial: recommend.Trial{Ablation: true},
		},
		{
			title: "What comes after a date, with every rating known", split: "time:0.8",
			said:  "As above, of all ratings: what people saw and did not like stays out of their lists, as it does in requests.",
			trial: recommend.Trial{Ablation: true},
		},
	}
}

// relevanceReportCommand returns the command that writes docs/relevance.md.
func relevanceReportCommand(getenv func(string) string) *cobra.Command {
	var dir string
	var seed uint64
	cmd := command(getenv, "report", "Measure the relevance by every protocol and write relevance.md, with a chart",
		func(ctx context.Context, p *process) error { return p.relevanceReport(ctx, dir, seed) },
		(*Config).storeFlags, func(_ *Config, f *pflag.FlagSet) {
			f.StringVar(&dir, "dir", "docs", "folder that relevance.md and its chart are written to")
			f.Uint64Var(&seed, "seed", 1, "of the splits, of training and of the intervals")
		})
	cmd.Long = `Report evaluates on the histories in the database by each protocol of docs/relevance.md, and writes that file anew.`
	return cmd
}

func (p *process) relevanceReport(ctx context.Context, dir string, seed uint64) error {
	data, err := p.db.Dataset(ctx)
	if err != nil {
		return err
	}
	var likings []recommend.Rating
	for _, r := range data.Ratings {
		if r.Liked() {
			likings = append(likings, r)
		}
	}
	bar := newProgress(p.err)
	defer bar.end()
	return writeFile(filepath.Join(dir, "relevance.md"), func(w io.Writer) error {
		var text strings.Builder
		fmt.Fprintf(&text, relevanceHead, len(data.Movies), len(data.Ratings), len(likings))
		models := map[string]*recommend.Model{} // by protocol: several chapters look at one model
		for _, c := range chapters() {
			split, err := recommend.ParseSplit(c.split)
			if err != nil {
				return err
			}
			if c.trial.Validate, err = validation(c.validate, c.split); err != nil {
				return err
			}
			c.trial.Seed = seed
			c.trial.Progress = func(stage string, done, total int) { bar.show(c.title+": "+stage, int64(done), int64(total)) }
			c.trial.Stop = func() bool { return ctx.Err() != nil }
			ratings := data.Ratings
			if c.likings {
				ratings = likings
			}
			train, test := split.Cut(ratings, seed)
			known := &recommend.Dataset{Movies: data.Movies, Ratings: train}
			key := fmt.Sprint(c.likings, c.split)
			if models[key] == nil {
				if models[key], err = recommend.Train(known, c.trial.Options); err != nil {
					return fmt.Errorf("%s: %w", c.title, err)
				}
			}
			report, err := recommend.EvaluateModel(models[key], known, test, c.trial)
			if err != nil {
				return fmt.Errorf("%s: %w", c.title, err)
			}
			fmt.Fprintf(&text, "\n## %s\n\n%s\n\nSplit `%s`; the blend was learned by splitting the training part again, by `%s`: %s\n\n```\n",
				c.title, c.said, c.split, c.trial.Validate, strings.TrimSpace(blendText(report.Blend)))
			if err := report.WriteTable(&text); err != nil {
				return err
			}
			text.WriteString("```\n")
			if c.chart != "" {
				if err := writeFile(filepath.Join(dir, c.chart), report.WriteSVG); err != nil {
					return err
				}
				fmt.Fprintf(&text, "\n![nDCG with intervals](%s)\n", c.chart)
			}
		}
		_, err := io.WriteString(w, text.String())
		return err
	})
}

const relevanceHead = `# Relevance

` + "`webflix evaluate report`" + ` wrote this file from the histories in its database: %d films, %d ratings, %d of them likings (rated 3.5 or
better; of MovieLens 1M that is 4 and 5). To repeat it, download [MovieLens 1M](https://grouplens.org/datasets/movielens/1m/), and:

` + "```" + `
webflix import --no-train ml-1m.zip
webflix evaluate report
` + "```" + `

Every list has 10 films, ranked among all that the person has not seen, through the criteria, candidates and sums that requests
go through. nDCG has the ideal list cut at 10; a held-back liking counts 1, all else 0. Intervals are 95 %% bootstrap intervals over
people. Recall and precision are at 10. Hits is the share of people with at least one held-back film in the list. Novelty is the mean
surprise of a film in bits: -log2 of the share of people who like it. Diversity is one minus the mean likeness of genres between two films
of a list. Coverage is the number of different films in all lists; it has nothing to do with the ` + "`coverage`" + ` of a ranking, which is a
share of the blend. Variants and weights are chosen inside the part to train on. The constants in the code (sizes, penalties, half-lives) were chosen on
parts held back of MovieLens 1M's own training parts, so figures on other data may be lower.
`
