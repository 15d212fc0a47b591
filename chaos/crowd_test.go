package chaos

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"webflix/bench"
)

const (
	updateFields = `{ __typename
		... on RecommendationUpdate { requestId sequence isFinal tookMs coverage { percent } degraded picks { rank score movie { id } } }
		... on UserError { message } }`
	recommendQuery = `subscription ($input: RecommendInput!) { recommend(input: $input) ` + updateFields + ` }`
	attachQuery    = `subscription ($id: ID!) { recommendationUpdates(id: $id) ` + updateFields + ` }`
)

// update is an event of a subscription, as a client sees it.
type update struct {
	Typename  string `json:"__typename"`
	RequestID string
	Sequence  int64
	IsFinal   bool
	TookMs    float64
	Coverage  struct{ Percent float64 }
	Degraded  []string
	Picks     []struct {
		Rank  int
		Score float64
		Movie struct{ ID string }
	}
	Message string
}

var errLost = errors.New("the final never came")

// client is somebody with a connection to a replica, and another one when that is gone.
type client struct {
	d        *deployment
	replicas *replicas
	conn     *bench.Client
}

// replicas are the URLs that clients know.
type replicas struct {
	mu   sync.Mutex
	urls []string
	next int
}

func (r *replicas) set(urls ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.urls = urls
}

func (r *replicas) pick() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.next++
	return r.urls[r.next%len(r.urls)]
}

// connect keeps trying until ctx ends.
func (c *client) connect(ctx context.Context) error {
	for {
		attempt, cancel := context.WithTimeout(ctx, 5*time.Second)
		conn, err := bench.Dial(attempt, c.replicas.pick(), c.d.token)
		cancel()
		if err == nil {
			c.conn = conn
			return nil
		}
		if pause(ctx, 50*time.Millisecond); ctx.Err() != nil {
			return errors.Join(ctx.Err(), err)
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// story is what a client saw of one request.
type story struct {
	id       string // "" when the request was refused, or the connection was lost before the first update
	refused  string // the kind of refusal
	updates  []update
	err      error
	attached int
}

func (s *story) final() *update {
	if n := len(s.updates); n > 0 && s.updates[n-1].IsFinal {
		return &s.updates[n-1]
	}
	return nil
}

// ask makes a request and follows it, over as many connections as it takes, until the final, a refusal, or until ctx ends.
// seen is called with each update.
func (c *client) ask(ctx context.Context, user int64, deadline time.Duration, seen func(*update)) *story {
	s := &story{}
	query, variables, field := recommendQuery, map[string]any{"input": map[string]any{
		"user": fmt.Sprintf("user:%d", user), "first": 10, "deadlineMs": deadline.Milliseconds(),
	}}, "recommend"
	for {
		if c.conn == nil {
			if s.err = c.connect(ctx); s.err != nil {
				return s
			}
		}
		err := c.follow(ctx, s, query, variables, field, seen)
		switch {
		case err == nil:
			return s
		case !errors.Is(err, bench.ErrConnection):
			s.err = err
			return s
		}
		c.conn.Drop()
		c.conn = nil
		if s.id == "" {
			s.err = err // whether it was accepted only the ledger knows
			return s
		}
		s.attached++
		query, variables, field = attachQuery, map[string]any{"id": s.id}, "recommendationUpdates"
	}
}

// follow reads one subscription to its end.
func (c *client) follow(ctx context.Context, s *story, query string, variables any, field string, seen func(*update)) error {
	events, err := c.conn.Subscribe(ctx, query, variables)
	if err != nil {
		return err
	}
	for e := range events {
		if e.Err != nil {
			return e.Err
		}
		var data map[string]update
		if err := json.Unmarshal(e.Data, &data); err != nil {
			return fmt.Errorf("read an event: %w", err)
		}
		u := data[field]
		if u.Typename != "RecommendationUpdate" {
			if s.id != "" {
				continue // a replica that cannot attach at this moment says so and ends the stream
			}
			s.refused = u.Typename
			continue
		}
		s.id = u.RequestID
		s.updates = append(s.updates, u)
		if seen != nil {
			seen(&u)
		}
	}
	if s.final() != nil || s.refused != "" {
		return nil
	}
	if ctx.Err() != nil {
		return errLost
	}
	return fmt.Errorf("%w: the stream ended without a final", bench.ErrConnection)
}

// tally counts what a crowd saw. It is safe for concurrent use.
type tally struct {
	mu         sync.Mutex
	finals     int
	partial    int // finals that cover less than all
	refused    int
	unknown    int // connections lost before the first update
	lost       int
	duplicated int
	disorder   int // updates out of sequence, or after the final
	attached   int
	errors     map[string]int
}

func (n *tally) add(s *story) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.attached += s.attached
	sequence, finals := int64(-1), 0
	for i, u := range s.updates {
		repeated := i > 0 && u.Sequence == sequence && s.attached > 0 // the newest one again, on another replica
		if u.Sequence <= sequence && !repeated || finals > 0 {
			n.disorder++
		}
		sequence = u.Sequence
		if u.IsFinal {
			finals++
		}
	}
	switch {
	case finals > 1:
		n.duplicated++
	case finals == 1:
		n.finals++
		if s.final().Coverage.Percent < 99.9 {
			n.partial++
		}
	case s.refused != "":
		n.refused++
	case s.id == "" && errors.Is(s.err, bench.ErrConnection):
		n.unknown++
	case s.id == "" && s.err != nil:
		if n.errors == nil {
			n.errors = map[string]int{}
		}
		n.errors[s.err.Error()]++
	default:
		n.lost++
	}
}

func (n *tally) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return fmt.Sprintf("%d finals (%d partial), %d refused, %d cut off before the first update, %d attached elsewhere, %d lost, %d duplicated, %d out of order, errors %v",
		n.finals, n.partial, n.refused, n.unknown, n.attached, n.lost, n.duplicated, n.disorder, n.errors)
}

// crowd lets clients ask, each again when answered, until the test calls the function that it returns; that waits for the
// last answers.
func (d *deployment) crowd(r *replicas, clients int, deadline time.Duration) (finish func() *tally) {
	asking, stop := context.WithCancel(d.t.Context())
	patience, end := context.WithCancel(d.t.Context())
	var all sync.WaitGroup
	seen := &tally{}
	for i := range clients {
		all.Go(func() {
			c := &client{d: d, replicas: r}
			for n := 0; asking.Err() == nil; n++ {
				s := c.ask(patience, d.people[(i+n*clients)%len(d.people)], deadline, nil)
				seen.add(s)
				if s.final() == nil {
					pause(asking, 50*time.Millisecond)
				}
			}
			if c.conn != nil {
				_ = c.conn.Close()
			}
		})
	}
	return func() *tally {
		stop()
		giveUp := time.AfterFunc(30*time.Second, end)
		all.Wait()
		giveUp.Stop()
		end()
		return seen
	}
}

// audit is what the ledger holds of a case, seen without Webflix.
type audit struct {
	Requests int
	Finals   int
	Scores   int     // answers that count
	Latest   float64 // ms from a deadline to its final, at most
	P999     float64 `db:"p999"`
}

// audit waits until every request is final and returns what the ledger holds.
func (d *deployment) audit(patience time.Duration) audit {
	d.t.Helper()
	var a audit
	ctx, cancel := context.WithTimeout(d.t.Context(), patience)
	defer cancel()
	read := func() bool {
		err := d.store.GetContext(d.t.Context(), &a, `
			SELECT count(*) AS requests, count(final_at) AS finals,
			       (SELECT count(*) FROM scores WHERE NOT late) AS scores,
			       coalesce(max(extract(epoch FROM final_at - deadline)) * 1000, 0) AS latest,
			       coalesce(percentile_disc(0.999) WITHIN GROUP (ORDER BY extract(epoch FROM final_at - deadline)) * 1000, 0) AS p999
			FROM requests`)
		return err == nil && a.Finals == a.Requests
	}
	for !read() && ctx.Err() == nil {
		pause(ctx, 50*time.Millisecond)
	}
	return a
}

// judge fails the test unless every accepted request ended in exactly one final, and adds the case's line to the report.
func (d *deployment) judge(what string, times int, seen *tally) {
	d.t.Helper()
	a := d.audit(20 * time.Second)
	seen.mu.Lock()
	lost := max(seen.lost, a.Requests-a.Finals)
	row := line{
		Case: what, Times: times, Requests: a.Requests, Finals: seen.finals, Partial: seen.partial, Refused: seen.refused,
		Lost: lost, Duplicated: seen.duplicated, Disorder: seen.disorder, Attached: seen.attached, LatestMs: a.Latest,
	}
	unexpected := len(seen.errors)
	seen.mu.Unlock()
	d.t.Logf("%s, %d times: clients saw %v; the ledger has %+v", what, times, seen, a)
	report.add(row)
	if lost > 0 || row.Duplicated > 0 || row.Disorder > 0 || unexpected > 0 {
		d.t.Errorf("%s: clients saw %v; the ledger has %d requests and %d finals", what, seen, a.Requests, a.Finals)
	}
	if seen.finals == 0 {
		d.t.Errorf("%s: nobody got an answer", what)
	}
}

func describe(s *story) string {
	var parts []string
	for _, u := range s.updates {
		parts = append(parts, fmt.Sprintf("sequence %d final %v coverage %.0f degraded %v", u.Sequence, u.IsFinal, u.Coverage.Percent, u.Degraded))
	}
	return fmt.Sprintf("refused %q, error %v: %s", s.refused, s.err, strings.Join(parts, "; "))
}

// one asks once on a replica.
func (d *deployment) one(t *testing.T, r *replicas, deadline time.Duration, seen func(*update)) *story {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	c := &client{d: d, replicas: r}
	s := c.ask(ctx, d.people[0], deadline, seen)
	if c.conn != nil {
		_ = c.conn.Close()
	}
	return s
}
