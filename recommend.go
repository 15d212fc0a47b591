package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"webflix/recommend"
)

// listOptions say whose list to make, and where to.
type listOptions struct {
	user      int64
	all       bool
	out       string // file; "": stdout
	train     string // file; "": the database and its active model
	first     int
	diversity float64
	seed      uint64
	validate  string
}

func recommendCommand(getenv func(string) string) *cobra.Command {
	o := &listOptions{}
	cmd := storelessCommand(getenv, "recommend", "Rank films for a person, or for everyone", func(ctx context.Context, p *process) error {
		switch {
		case o.all == (o.user != 0):
			return usagef("give --user ID or --all")
		case o.first < 1:
			return usagef("--first is %d; ask for at least one film", o.first)
		case o.all:
			return p.recommendAll(ctx, o)
		default:
			return p.recommendOne(ctx, o)
		}
	}, (*Config).storeFlags, func(_ *Config, f *pflag.FlagSet) { o.flags(f) })
	cmd.Long = `Recommend prints a person's ranked list with its reasons, or writes everyone's: user, film, rank and score, separated
by tabs. It ranks through the criteria, the candidates and the sums that requests go through, without the queues.`
	cmd.Example = `  webflix recommend --user 10000007
  webflix recommend --all --out lists.tsv
  webflix recommend --train train.tsv.gz --all --out lists.tsv`
	return cmd
}

func (o *listOptions) flags(f *pflag.FlagSet) {
	f.Int64Var(&o.user, "user", 0, "the person's number")
	f.BoolVar(&o.all, "all", false, "rank for everyone")
	f.StringVar(&o.out, "out", "", "file for everyone's lists; empty: standard output")
	f.StringVar(&o.train, "train", "", "train on this file of user, film and Unix time instead of reading the database")
	f.IntVar(&o.first, "first", 10, "films in a list")
	f.Float64Var(&o.diversity, "diversity", 0, "how varied the list is, 0 to 1")
	f.StringVar(&o.validate, "validate", "", "with --train, how training holds data back to learn the blend from; empty: random:0.85; with time:0.8, everyone asks at the end of the data")
	f.Uint64Var(&o.seed, "seed", 1, "of the training")
}

// ranker returns what ranks, and whose histories there are.
func (p *process) ranker(ctx context.Context, o *listOptions) (*recommend.Ranker, *recommend.Histories, error) {
	data, err := p.trainingData(ctx, o.train)
	if err != nil {
		return nil, nil, err
	}
	var model *recommend.Model
	if o.train != "" {
		validate, err := validation(o.validate, "")
		if err != nil {
			return nil, nil, err
		}
		bar := newProgress(p.err)
		defer bar.end()
		model, err = recommend.Train(data, recommend.Options{
			Seed:     o.seed,
			Validate: validate,
			Progress: func(stage string, done, total int) { bar.show("training "+stage, int64(done), int64(total)) },
			Stop:     func() bool { return ctx.Err() != nil },
		})
		if errors.Is(err, recommend.ErrStopped) {
			err = ctx.Err()
		}
		if err != nil {
			return nil, nil, err
		}
	} else {
		model, err = p.activeModel(ctx)
	}
	if err != nil {
		return nil, nil, err
	}
	ranker, err := recommend.NewRanker(model)
	if err != nil {
		return nil, nil, err
	}
	histories := recommend.NewHistories(data.Ratings)
	if strings.HasPrefix(o.validate, "time:") {
		histories.AskAtTheEnd()
	}
	return ranker, histories, nil
}

// activeModel reads the active model whole.
func (p *process) activeModel(ctx context.Context) (*recommend.Model, error) {
	version, blend, err := p.db.ActiveModel(ctx)
	if errors.Is(err, recommend.ErrNotFound) {
		return nil, errors.New("there is no model yet: run webflix train")
	}
	if err != nil {
		return nil, err
	}
	parts, err := p.db.ModelParts(ctx, version, recommend.PartsOf(recommend.CriterionNames()...))
	if err != nil {
		return nil, err
	}
	return &recommend.Model{Version: version, Blend: blend, Parts: parts}, nil
}

func (p *process) recommendAll(ctx context.Context, o *listOptions) error {
	ranker, histories, err := p.ranker(ctx, o)
	if err != nil {
		return err
	}
	bar := newProgress(p.err)
	defer bar.end()
	users := histories.Users()
	done := 0
	write := func(to io.Writer) error {
		w := bufio.NewWriter(to)
		fmt.Fprintln(w, "user\titem\trank\tscore")
		spec := recommend.Spec{First: o.first, Diversity: o.diversity}
		err := recommend.RankAll(ranker, histories, users, spec, 0, func(user int64, picks []recommend.Pick) error {
			for i, pick := range picks {
				fmt.Fprintf(w, "%d\t%d\t%d\t%s\n", user, pick.Movie, i+1, strconv.FormatFloat(pick.Score, 'g', 6, 64))
			}
			done++
			bar.show("ranking", int64(done), int64(len(users)))
			return ctx.Err()
		})
		return errors.Join(err, w.Flush())
	}
	if o.out == "" {
		return write(p.out)
	}
	if err := writeFile(o.out, write); err != nil {
		return err
	}
	bar.end()
	fmt.Fprintf(p.err, "wrote the lists of %d people to %s\n", len(users), o.out)
	return nil
}

func (p *process) recommendOne(ctx context.Context, o *listOptions) error {
	ranker, histories, err := p.ranker(ctx, o)
	if err != nil {
		return err
	}
	task := histories.Task(o.user)
	if p.db != nil {
		users, err := p.db.Users(ctx, []int64{o.user})
		if err != nil {
			return err
		}
		if len(users) == 0 {
			return usagef("there is no user %d", o.user)
		}
		fmt.Fprintf(p.out, "%s watched %d films, most lately %s\n\n", users[0].Name, len(task.History)+len(task.Exclude),
			titles(ranker.Catalog, task.History))
		if task.Exclude, err = p.excluded(ctx, o.user, task.Exclude); err != nil {
			return err
		}
	}
	update, err := ranker.Rank(task, recommend.Spec{First: o.first, Diversity: o.diversity})
	if err != nil {
		return err
	}
	for i, pick := range update.Picks {
		movie, _ := ranker.Catalog.Movie(pick.Movie)
		fmt.Fprintf(p.out, "%3d. %s  %s\n", i+1, named(movie), strings.Join(movie.Genres, ", "))
		fmt.Fprintf(p.out, "     %.2f =%s\n", pick.Score, sharesText(pick.Shares))
		for _, reason := range recommend.Explain(pick, ranker.Catalog.Title) {
			if reason.Text != "" {
				fmt.Fprintf(p.out, "     %s\n", reason.Text)
			}
		}
	}
	return nil
}

// excluded adds what the person dismissed to the films not to rank.
func (p *process) excluded(ctx context.Context, user int64, films []int32) ([]int32, error) {
	dismissed, err := p.db.Dismissed(ctx, []int64{user}, 10_000)
	return append(films, dismissed[user]...), err
}

func named(m recommend.Movie) string {
	if m.Title == "" {
		return fmt.Sprintf("film %d", m.ID)
	}
	if m.Year == 0 {
		return m.Title
	}
	return fmt.Sprintf("%s (%d)", m.Title, m.Year)
}

// titles names the newest few films of a history.
func titles(c *recommend.Catalog, history []recommend.Watch) string {
	var names []string
	for _, w := range history[:min(5, len(history))] {
		movie, _ := c.Movie(w.Movie)
		names = append(names, named(movie))
	}
	return strings.Join(names, ", ")
}

func sharesText(shares []recommend.Share) string {
	text := ""
	for _, s := range shares {
		text += fmt.Sprintf(" %+.2f %s", s.Score, s.Criterion)
	}
	return text
}
