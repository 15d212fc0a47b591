package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"webflix/db"
	"webflix/recommend"
)

const (
	oldestPostgres = 15
	poolSize       = 16              // connections that a process may open
	mostSkew       = 5 * time.Second // of this machine's clock
	oldModel       = 7 * 24 * time.Hour
	mostUnknown    = 0.05 // share of the films that the model may not know
)

// database looks at PostgreSQL, and reports whether its tables can be looked at, too.
func (x *examination) database(ctx context.Context) bool {
	const check = "postgres"
	if x.DatabaseURL != "" {
		x.url = x.DatabaseURL
	}
	if x.url == "" {
		return false // of our own, and not running
	}
	ctx, cancel := context.WithTimeout(ctx, doctorPatience)
	defer cancel()
	var err error
	if x.db, err = db.Open(ctx, x.url, db.Named("webflix doctor"), db.MaxConns(2)); err != nil {
		x.find(fault, check, err.Error(), "without its database nothing works", databaseFix(err))
		return false
	}
	in, err := x.db.Inspect(ctx)
	if err != nil {
		x.find(fault, check, err.Error(), "its figures cannot be read", "look at the server's log")
		return false
	}
	if in.Number < oldestPostgres*10_000 {
		x.find(fault, check+".version", "it is PostgreSQL "+in.Version, fmt.Sprintf("%d is the oldest that works", oldestPostgres), "pg_upgrade to 17")
	} else {
		x.ok(check+".version", "PostgreSQL %s, %d MiB in the database", in.Version, in.Bytes>>20)
	}
	if !in.Trigrams {
		x.find(fault, check+".pg_trgm", "the extension pg_trgm is neither installed nor can be", "the search for titles needs it",
			"install the package postgresql-contrib, or as its administrator: CREATE EXTENSION pg_trgm")
	}
	if free := in.MaxConnections - in.Connections; free < poolSize {
		x.find(warning, check+".connections", fmt.Sprintf("%d of %d connections are taken", in.Connections, in.MaxConnections),
			fmt.Sprintf("each process of ours opens up to %d", poolSize), "ALTER SYSTEM SET max_connections = 200; then restart the server")
	} else {
		x.ok(check+".connections", "%d of %d connections are free", free, in.MaxConnections)
	}
	x.skew(ctx)
	return x.schema(ctx, in.Schema)
}

// databaseFix says what mends a connection that failed.
func databaseFix(err error) string {
	text := err.Error()
	switch {
	case strings.Contains(text, "refused"), strings.Contains(text, "no such host"), strings.Contains(text, "timeout"):
		return "start it, or put its address into DATABASE_URL: pg_isready -d \"$DATABASE_URL\""
	case strings.Contains(text, "does not exist"):
		return `createdb webflix, or the right name in DATABASE_URL: psql -l`
	case strings.Contains(text, "password"), strings.Contains(text, "pg_hba"):
		return "the right user and password in DATABASE_URL, and a line for them in pg_hba.conf"
	default:
		return "look at DATABASE_URL: psql \"$DATABASE_URL\""
	}
}

// skew compares the clocks. A difference breaks nothing: all deadlines are by the database's.
func (x *examination) skew(ctx context.Context) {
	if err := x.clock.Sync(ctx, x.db); err != nil {
		x.find(fault, "postgres.clock", err.Error(), "deadlines are by the database's clock", "look at the server's log")
		return
	}
	off := x.clock.Until(time.Now()).Round(time.Millisecond)
	if off.Abs() > mostSkew {
		x.find(warning, "postgres.clock", "this machine's clock is "+off.String()+" from the database's",
			"deadlines hold all the same, but tokens begin and end by this clock, and logs are hard to compare", "timedatectl set-ntp true")
		return
	}
	x.ok("postgres.clock", "this machine's clock is %v from the database's", off)
}

func (x *examination) schema(ctx context.Context, s db.Schema) bool {
	const check = "postgres.schema"
	switch {
	case s.Applied == 0:
		x.find(warning, check, "the tables are not there yet", "the first start of any role makes them", "webflix prepare")
		return false
	case s.Pending():
		x.find(warning, check, fmt.Sprintf("migration %d is the newest in the database, %d the newest of this program", s.Applied, s.Newest),
			"this program is newer than what prepared the database", "webflix prepare")
		return false
	case s.Applied > s.Newest:
		x.find(warning, check, fmt.Sprintf("migration %d is the newest in the database, %d the newest of this program", s.Applied, s.Newest),
			"a newer Webflix migrated it; one version back works beside it, an older one may not", "roll this program forward")
	default:
		x.ok(check, "migration %d is applied, the newest there is", s.Applied)
	}
	x.ledger(ctx)
	return true
}

func (x *examination) ledger(ctx context.Context) {
	l, err := x.db.Ledger(ctx)
	if err != nil {
		x.find(fault, "postgres.ledger", err.Error(), "requests are accepted by the ledger", "look at the server's log")
		return
	}
	if l.Ahead == 0 || l.Stray > 0 {
		x.find(warning, "postgres.ledger", fmt.Sprintf("partitions exist for %d days, and %d requests lie outside them", l.Ahead, l.Stray),
			"an aggregator makes them every hour; nothing is lost without, but old requests are not dropped", "webflix aggregator")
	} else {
		x.ok("postgres.ledger", "partitions exist for today and %d days ahead", l.Ahead-1)
	}
	b, err := x.db.Backlog(ctx)
	if err != nil {
		x.find(fault, "postgres.ledger", err.Error(), "requests are accepted by the ledger", "look at the server's log")
		return
	}
	if b.Overdue > time.Second {
		x.find(fault, "pipeline.overdue", "a request is "+b.Overdue.Round(time.Second).String()+" past its deadline", "no aggregator closes requests",
			"webflix aggregator")
	}
	for criterion, age := range b.Oldest {
		if age > recommend.DefaultDeadline/2 {
			x.find(warning, "pipeline.age", fmt.Sprintf("a task of %s has waited for %v", criterion, age.Round(time.Millisecond)), "its workers are too few, or away",
				"webflix worker --criteria "+criterion)
		}
	}
}

// model looks at what scores.
func (x *examination) model(ctx context.Context) {
	const check = "model"
	ctx, cancel := context.WithTimeout(ctx, doctorPatience)
	defer cancel()
	models, err := x.db.Models(ctx)
	if err != nil {
		x.find(fault, check, err.Error(), "workers read their model from the database", "look at the server's log")
		return
	}
	var active *recommend.ModelInfo
	for i := range models {
		if models[i].Active {
			active = &models[i]
		}
	}
	if active == nil {
		x.find(fault, check, "there is no model", "workers wait for one, and everybody gets what is popular", "webflix train")
		return
	}
	stored, err := x.activeModel(ctx)
	if err == nil {
		_, err = stored.Open(recommend.CriterionNames()...)
	}
	if err != nil {
		x.find(fault, check, fmt.Sprintf("model %d cannot be opened: %v", active.Version, err), "another version of Webflix trained it", "webflix train --force")
		return
	}
	if age := time.Since(active.TrainedAt); age > oldModel {
		x.find(warning, check+".age", fmt.Sprintf("model %d was trained %s ago", active.Version, since(active.TrainedAt)),
			"it knows nothing of what people watched since; the nightly training may have failed", "webflix train")
	} else {
		x.ok(check, "model %d, trained %s ago, opens", active.Version, since(active.TrainedAt))
	}
	x.catalogue(ctx, stored)
}

// catalogue looks whether the model knows the films that there are.
func (x *examination) catalogue(ctx context.Context, stored *recommend.Model) {
	known, err := stored.Catalog()
	if err != nil {
		x.find(fault, "model.films", err.Error(), "", "webflix train --force")
		return
	}
	films, err := x.db.MovieIDs(ctx)
	if err != nil {
		x.find(fault, "model.films", err.Error(), "", "look at the server's log")
		return
	}
	unknown := 0
	for _, film := range films {
		if _, ok := known.Movie(film); !ok {
			unknown++
		}
	}
	if float64(unknown) > mostUnknown*float64(len(films)) {
		x.find(warning, "model.films", fmt.Sprintf("the model does not know %d of %d films", unknown, len(films)), "they came after the training, and are never recommended",
			"webflix train")
		return
	}
	x.ok("model.films", "the model knows %d of %d films", len(films)-unknown, len(films))
}
