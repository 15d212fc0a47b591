package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/lib/pq"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"webflix/bench"
	"webflix/db"
	"webflix/queue"
	"webflix/recommend"
)

func growthCommand(getenv func(string) string) *cobra.Command {
	g := defaultGrowth()
	var output benchOutput
	flags := func(f *pflag.FlagSet) {
		f.IntSliceVar(&g.People, "people", g.People, "people in an invented data set, each in turn")
		f.IntSliceVar(&g.Films, "films", g.Films, "films in an invented data set, each in turn")
		f.IntSliceVar(&g.Criteria, "criteria", g.Criteria, "criteria asked of the data at hand, each in turn")
		f.IntSliceVar(&g.Workers, "workers", g.Workers, "processes that score, each in turn; through RabbitMQ only")
		f.IntVar(&g.Ratings, "ratings", g.Ratings, "ratings of an invented person, on average")
		f.IntVar(&g.Concurrent, "concurrent", g.Concurrent, "requests under way at any time")
		f.DurationVar(&g.Duration, "duration", g.Duration, "of each run")
		f.IntVar(&g.Runs, "runs", g.Runs, "runs of each step, for medians")
		output.flags(f)
	}
	cmd := measurement(getenv, "growth", "Measure how a request's cost grows with people, films, criteria and workers", flags,
		func(ctx context.Context, s *bench.Setup) error {
			if g.Runs < 1 {
				return usagef("--runs must be 1 or more")
			}
			g.World = worlds(s)
			r, err := g.Run(ctx, s)
			if err != nil {
				return err
			}
			return output.write(s.Out, r)
		})
	cmd.Long = "Growth invents data sets, and imports and trains each in a database of its own on the same server, which it drops afterwards."
	return cmd
}

func defaultGrowth() *bench.Growth {
	return &bench.Growth{
		People: []int{1_000, 10_000, 100_000}, Films: []int{4_000, 20_000, 60_000}, Criteria: []int{2, 4, 8}, Workers: []int{1, 2, 4},
		Ratings: 20, Films0: 4_000, People0: 10_000, Concurrent: 64, Duration: 3 * time.Second, Runs: 3, Deadline: 10 * time.Second,
	}
}

// worlds returns what opens a measurement on an invented data set, on the same servers as another one.
func worlds(of *bench.Setup) func(context.Context, recommend.World) (*bench.Setup, func() error, error) {
	return func(ctx context.Context, w recommend.World) (s *bench.Setup, end func() error, err error) {
		name := "webflix_growth_" + strings.ToLower(rand.Text()[:8])
		u, err := url.Parse(of.DatabaseURL)
		if err != nil || u.Host == "" {
			return nil, nil, errors.New("the database's URL must look like postgres://host/name")
		}
		u.Path = "/" + name
		if _, err := of.DB.ExecContext(ctx, "CREATE DATABASE "+pq.QuoteIdentifier(name)); err != nil {
			return nil, nil, fmt.Errorf("make a database: %w", err)
		}
		var store *db.DB
		s = &bench.Setup{
			Broker: of.Broker, AMQPURL: of.AMQPURL, DatabaseURL: u.String(), Out: of.Out, Log: of.Log,
			Topology: queue.Topology{Prefix: of.Topology.Prefix + strings.ToLower(rand.Text()[:4]) + "."},
		}
		end = func() error {
			var errs []error
			if store != nil {
				errs = append(errs, s.Close(), store.Close())
			}
			_, err := of.DB.ExecContext(context.WithoutCancel(ctx), "DROP DATABASE "+pq.QuoteIdentifier(name)+" WITH (FORCE)")
			return errors.Join(append(errs, err)...)
		}
		if store, err = db.Open(ctx, s.DatabaseURL); err == nil {
			s.DB = store
			err = settle(ctx, store, w)
		}
		if err == nil {
			err = s.Open(ctx)
		}
		if err != nil {
			return nil, nil, errors.Join(err, end())
		}
		return s, end, nil
	}
}

// settle fills a new database with an invented data set and a model of it.
func settle(ctx context.Context, store *db.DB, w recommend.World) (err error) {
	if err := store.Migrate(ctx); err != nil {
		return err
	}
	data := recommend.Generate(w)
	dir, err := os.MkdirTemp("", "webflix-growth")
	if err != nil {
		return fmt.Errorf("write the data set: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	dir = filepath.Join(dir, "invented")
	if err := writeDataset(dir, data); err != nil {
		return fmt.Errorf("write the data set: %w", err)
	}
	if _, err := store.Import(ctx, dir, db.ImportOptions{}); err != nil {
		return err
	}
	model, err := recommend.Train(data, recommend.Options{Seed: 1, Stop: func() bool { return ctx.Err() != nil }})
	if err != nil {
		return err
	}
	_, err = store.Publish(ctx, model, 1)
	return err
}

// writeDataset writes a folder as GroupLens lays it out.
func writeDataset(dir string, data *recommend.Dataset) error {
	if err := os.Mkdir(dir, 0o755); err != nil { //nolint:gosec // invented data
		return err
	}
	movies, err := os.Create(filepath.Join(dir, "movies.csv"))
	if err != nil {
		return err
	}
	out := bufio.NewWriter(movies)
	fmt.Fprintln(out, "movieId,title,genres")
	for _, m := range data.Movies {
		fmt.Fprintf(out, "%d,%q,%s\n", m.ID, fmt.Sprintf("%s (%d)", m.Title, m.Year), strings.Join(m.Genres, "|"))
	}
	if err := errors.Join(out.Flush(), movies.Close()); err != nil {
		return err
	}
	ratings, err := os.Create(filepath.Join(dir, "ratings.csv"))
	if err != nil {
		return err
	}
	out = bufio.NewWriter(ratings)
	fmt.Fprintln(out, "userId,movieId,rating,timestamp")
	for _, r := range data.Ratings {
		fmt.Fprintf(out, "%d,%d,%g,%d\n", r.User, r.Movie, r.Rating, r.At)
	}
	return errors.Join(out.Flush(), ratings.Close())
}
