package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// Freshness says how to measure how soon a running server's rankings know of what a person has just watched. The
// server lets anybody sign in as anyone.
type Freshness struct {
	URL      string // ws://host:port/graphql
	Token    string
	Users    int
	Requests int
}

// FreshnessReport is what Freshness showed: the times from the answer of recordWatch to the final ranking of a subscription
// that is started then.
type FreshnessReport struct {
	URL      string    `json:"url"`
	When     string    `json:"when"`
	Requests int       `json:"requests"`
	Stale    int       `json:"stale"` // finals that still recommend the film
	Record   Quantiles `json:"recordWatch"`
	Final    Quantiles `json:"final"`
}

// Run measures. Each person watches the film that was recommended to them first, is asked for again, and has not watched it
// after all: nothing stays in the database.
func (f *Freshness) Run(ctx context.Context) (*FreshnessReport, error) {
	client, err := Dial(ctx, f.URL, f.Token)
	if err != nil {
		return nil, fmt.Errorf("%w (start the server first; --url says where it is)", err)
	}
	defer func() { _ = client.Close() }()
	people, err := peopleOf(ctx, client, f.Users)
	if err != nil {
		return nil, err
	}
	watchers := make([]*Client, len(people))
	for i, user := range people {
		token, err := signIn(ctx, client, user)
		if err != nil {
			return nil, err
		}
		if watchers[i], err = Dial(ctx, f.URL, token); err != nil {
			return nil, err
		}
		defer func() { _ = watchers[i].Close() }()
	}
	report := &FreshnessReport{URL: f.URL, When: time.Now().UTC().Format("2006-01-02 15:04 MST"), Requests: f.Requests}
	var records, finals []time.Duration
	for i := range f.Requests {
		user, client := people[i%len(people)], watchers[i%len(people)]
		_, first, err := finalOf(ctx, client, user)
		if err != nil {
			return nil, err
		}
		if first == "" {
			continue
		}
		input := map[string]any{"user": user, "movie": first}
		start := time.Now()
		if err := mutate(ctx, client, `mutation ($input: RecordWatchInput!) { done: recordWatch(input: $input) { __typename } }`, input); err != nil {
			return nil, err
		}
		recorded := time.Now()
		movies, _, err := finalOf(ctx, client, user)
		if err != nil {
			return nil, err
		}
		finals = append(finals, time.Since(recorded))
		records = append(records, recorded.Sub(start))
		if movies[first] {
			report.Stale++
		}
		if err := mutate(ctx, client, `mutation ($input: RemoveWatchInput!) { done: removeWatch(input: $input) { __typename } }`, input); err != nil {
			return nil, err
		}
	}
	report.Record, report.Final = quantiles(records), quantiles(finals)
	return report, nil
}

// finalOf asks for a person and returns the films of the final ranking, and the first of them.
func finalOf(ctx context.Context, c *Client, user string) (movies map[string]bool, first string, err error) {
	events, err := c.Subscribe(ctx, loadQuery, map[string]any{"input": map[string]any{"user": user}})
	if err != nil {
		return nil, "", err
	}
	for e := range events {
		if e.Err != nil {
			return nil, "", e.Err
		}
		var data struct {
			Recommend struct {
				Typename string `json:"__typename"`
				IsFinal  bool
				Picks    []struct{ Movie struct{ ID string } }
			}
		}
		if err := json.Unmarshal(e.Data, &data); err != nil {
			return nil, "", fmt.Errorf("read an update: %w", err)
		}
		if data.Recommend.Typename != "RecommendationUpdate" {
			return nil, "", fmt.Errorf("ask for %s: %s", user, data.Recommend.Typename)
		}
		if !data.Recommend.IsFinal {
			continue
		}
		movies = map[string]bool{}
		for _, p := range data.Recommend.Picks {
			movies[p.Movie.ID] = true
		}
		if len(data.Recommend.Picks) > 0 {
			first = data.Recommend.Picks[0].Movie.ID
		}
	}
	if movies == nil {
		return nil, "", errors.New("no final")
	}
	return movies, first, nil
}

// signIn returns a person's token.
func signIn(ctx context.Context, c *Client, user string) (string, error) {
	events, err := c.Subscribe(ctx, `mutation ($input: SignInInput!) { signIn(input: $input) { __typename ... on SignInPayload { token } } }`,
		map[string]any{"input": map[string]any{"user": user}})
	if err != nil {
		return "", err
	}
	e := <-events
	if e.Err != nil {
		return "", fmt.Errorf("sign in (start the server with --dev-sign-in): %w", e.Err)
	}
	var data struct{ SignIn struct{ Token string } }
	if err := json.Unmarshal(e.Data, &data); err != nil || data.SignIn.Token == "" {
		return "", fmt.Errorf("sign in (start the server with --dev-sign-in): %s", e.Data)
	}
	return data.SignIn.Token, nil
}

// mutate runs a mutation of one field, done, that must succeed.
func mutate(ctx context.Context, c *Client, query string, input map[string]any) error {
	events, err := c.Subscribe(ctx, query, map[string]any{"input": input})
	if err != nil {
		return err
	}
	e := <-events
	if e.Err != nil {
		return e.Err
	}
	var data struct {
		Done struct {
			Typename string `json:"__typename"`
		}
	}
	if err := json.Unmarshal(e.Data, &data); err != nil {
		return fmt.Errorf("read an answer: %w", err)
	}
	if strings.HasSuffix(data.Done.Typename, "Error") {
		return fmt.Errorf("change a history: %s", data.Done.Typename)
	}
	return nil
}

// Print writes the report as a table for people.
func (r *FreshnessReport) Print(out io.Writer) error {
	fmt.Fprintf(out, "%s, %s. %d times a person watches a film and is asked for again at once.\n\n", r.URL, r.When, r.Requests)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "ms: p50\tp95\tp99\tmax\t ")
	for _, row := range []struct {
		what string
		q    Quantiles
	}{{"recordWatch", r.Record}, {"from its answer to the next final", r.Final}} {
		fmt.Fprintf(w, "%.1f\t%.1f\t%.1f\t%.1f\t %s\n", row.q.P50, row.q.P95, row.q.P99, row.q.Max, row.what)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "\n%d of these finals still had the film.\n", r.Stale)
	return err
}

// SVG draws the report.
func (r *FreshnessReport) SVG() string {
	return barChart("From a watch to the ranking that knows of it", "Bars: p50, lines: to p99.", "ms", []bar{
		{label: "recordWatch", solid: r.Record.P50, more: r.Record.P99, second: true},
		{label: "from its answer to the next final", solid: r.Final.P50, more: r.Final.P99},
	})
}
