package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"webflix/recommend"
)

// healthTimeout is how long a process may take to say how it is.
const healthTimeout = 3 * time.Second

// healthCommand asks a running process how it is: for containers, whose image has nothing else that could.
func healthCommand(getenv func(string) string) *cobra.Command {
	var address string
	cmd := storelessCommand(getenv, "health", "Ask a running Webflix on this machine whether it is ready", func(ctx context.Context, p *process) error {
		return p.askHealth(ctx, address)
	}, func(_ *Config, f *pflag.FlagSet) {
		f.StringVar(&address, "address", "127.0.0.1:8080", "where it listens, or where its --operations-listen is")
	}, (*Config).logFlags)
	cmd.Long = `Health asks a running process of any role for /readyz, prints the answer, and ends with 0 when the process is ready.`
	return cmd
}

func (p *process) askHealth(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/readyz", http.NoBody)
	if err != nil {
		return usagef("--address: %w", err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("ask %s whether it is ready: %w", address, err)
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 4<<10))
	if err != nil {
		return fmt.Errorf("ask %s whether it is ready: %w", address, err)
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s is not ready: %s", address, strings.ReplaceAll(strings.TrimSpace(string(answer)), "\n", "; "))
	}
	fmt.Fprint(p.out, string(answer))
	return nil
}

const (
	readyTimeout = time.Second
	// modelPatience is how long a process may take over a new model before it counts as one that cannot open it.
	modelPatience = time.Minute
)

// ready answers 200 when this process can do its work, else 503 with what is missing. A note is of what works and wants looking at.
func (p *process) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
	defer cancel()
	missing, notes := p.condition(ctx)
	if len(missing) > 0 {
		w.WriteHeader(http.StatusServiceUnavailable)
	} else {
		fmt.Fprintln(w, "ready")
	}
	for _, what := range missing {
		fmt.Fprintln(w, "missing:", what.told)
	}
	for _, what := range notes {
		fmt.Fprintln(w, "note:", what)
	}
}

// What a process can lack, as webflix_missing names it.
const (
	lackBroker     = "broker"
	lackDatabase   = "database"
	lackMigrations = "migrations"
	lackModel      = "model"
)

// lack is what a process cannot do its work without: which thing, and how a person is told.
type lack struct{ of, told string }

// condition says what this process lacks to do its work, and what it does without for now.
func (p *process) condition(ctx context.Context) (missing []lack, notes []string) {
	if err := p.broker.Ready(); err != nil {
		p.log.Debug("not ready", "err", err)
		missing = append(missing, lack{lackBroker, "the message broker"})
	} else if p.live != nil && !p.live.Listening() {
		missing = append(missing, lack{lackBroker, "its queue for updates, which is being made"})
	}
	away := lack{lackDatabase, "the database"}
	schema, err := p.db.Schema(ctx)
	if err != nil {
		p.log.Debug("not ready", "err", err)
		return append(missing, away), nil
	}
	if schema.Pending() { // another database than the one that we migrated: restored, or failed over
		told := fmt.Sprintf("migrations %d to %d of the database: run webflix prepare", schema.Applied+1, schema.Newest)
		return append(missing, lack{lackMigrations, told}), nil
	}
	version, trained, err := p.db.ModelTrained(ctx)
	switch {
	case errors.Is(err, recommend.ErrNotFound):
		missing = append(missing, lack{lackModel, "a trained model: run webflix train"})
	case err != nil:
		p.log.Debug("not ready", "err", err)
		missing = append(missing, away)
	case p.scoring != nil && p.scoring.Opened() == 0:
		missing = append(missing, lack{lackModel, "its model, which is being opened"})
	case p.scoring != nil && p.scoring.Opened() != version && p.clock.Now().Sub(trained) > modelPatience:
		told := fmt.Sprintf("model %d, which it cannot open: it scores with model %d", version, p.scoring.Opened())
		missing = append(missing, lack{lackModel, told})
	case p.clock.Now().Sub(trained) > oldModel:
		notes = append(notes, fmt.Sprintf("model %d was trained %s ago: nothing has trained since", version, since(trained)))
	}
	return missing, notes
}
