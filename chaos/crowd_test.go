package chaos

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"webflix/bench"
	"webflix/recommend"
)

const (
	updateFields = `{ __typename
		... on RecommendationUpdate { requestId sequence isFinal tookMs coverage { percent } degraded criteria { criterion status } picks { rank score movie { id } } }
		... on OverloadedError { message retryAfterMs } ... on UnavailableError { message retryAfterMs } ... on UserError { message } }`
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
	Criteria  []struct{ Criterion, Status string }
	Picks     []struct {
		Rank  int
		Score float64
		Movie struct{ ID string }
	}
	Message      string
	RetryAfterMs int
}

// missing returns the criteria that have not answered.
func (u *update) missing() (names []string) {
	for _, c := range u.Criteria {
		if c.Status != "DONE" {
			names = append(names, c.Criterion)
		}
	}
	return names
}

// explained reports whether a ranking that covers less than all says why, and which criteria it goes without.
func (u *update) explained() bool {
	why := slices.ContainsFunc(u.Degraded, func(d string) bool { return d != "COLD_START" && d != "STALE_MODEL" })
	return why && len(u.missing()) > 0
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

func (c *client) close() {
	if c.conn != nil {
		_ = c.conn.Close()
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
	id       string        // "" when the request was refused, or the connection was lost before the first update
	refusal  *update       // when it was refused
	took     time.Duration // until it was refused
	updates  []update
	err      error
	attached int
	reunion  time.Duration // from the last time that the client attached to the next update
	late     time.Duration // from the deadline to the final's arrival here
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
	defer func() { s.late = time.Since(accepted(s.id).Add(deadline)) }()
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
		if s.attached > 0 {
			pause(ctx, 50*time.Millisecond)
		}
		s.attached++
		query, variables, field = attachQuery, map[string]any{"id": s.id}, "recommendationUpdates"
	}
}

// accepted returns when the database accepted a request. Its clock is ours.
func accepted(id string) time.Time {
	parsed, err := recommend.ParseRequestID(strings.TrimPrefix(id, "request:"))
	if err != nil {
		return time.Now()
	}
	return parsed.Time()
}

// follow reads one subscription to its end.
func (c *client) follow(ctx context.Context, s *story, query string, variables any, field string, seen func(*update)) error {
	begun := time.Now()
	events, err := c.conn.Subscribe(ctx, query, variables)
	if err != nil {
		return err
	}
	for first := true; ; first = false {
		e, more := <-events
		if !more {
			break
		}
		if e.Err != nil && strings.Contains(e.Err.Error(), `"UNAVAILABLE"`) { // the request goes on
			return fmt.Errorf("%w: %w", bench.ErrConnection, e.Err)
		}
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
			s.refusal, s.took = &u, time.Since(begun)
			continue
		}
		if first && s.attached > 0 {
			s.reunion = time.Since(begun)
		}
		s.id = u.RequestID
		s.updates = append(s.updates, u)
		if seen != nil {
			seen(&u)
		}
	}
	if s.final() != nil || s.refusal != nil {
		return nil
	}
	if ctx.Err() != nil {
		return errLost
	}
	return fmt.Errorf("%w: the stream ended without a final", bench.ErrConnection)
}

// crowd lets clients ask, each again when answered, until the test calls the function that it returns; that waits for the
// last answers.
func (d *deployment) crowd(clients int, deadline time.Duration) (finish func()) {
	asking, stop := context.WithCancel(d.t.Context())
	patience, end := context.WithCancel(d.t.Context())
	var all sync.WaitGroup
	for i := range clients {
		all.Go(func() {
			c := &client{d: d, replicas: d.replicas}
			failed := false
			for n := 0; asking.Err() == nil; n++ {
				s := c.ask(patience, d.people[(i+n*clients)%len(d.people)], deadline, nil)
				d.seen.add(s)
				if s.final() == nil {
					if failed {
						d.seen.failAgain()
					}
					pause(asking, 50*time.Millisecond)
				}
				failed = s.final() == nil
			}
			c.close()
		})
	}
	return func() {
		stop()
		giveUp := time.AfterFunc(30*time.Second, end)
		all.Wait()
		giveUp.Stop()
		end()
		d.passersby.Wait()
	}
}

// strangers lets somebody new ask 20 times a second for so long. A crowd may be waiting for its answers throughout a short fault, and
// then nobody in it is told that something is away.
func (d *deployment) strangers(long time.Duration) {
	d.t.Helper()
	for range long / (50 * time.Millisecond) {
		d.passersby.Go(func() { d.seen.add(d.one(d.replicas, 3*time.Second, nil)) })
		d.pause(50 * time.Millisecond)
	}
}

// one asks once.
func (d *deployment) one(r *replicas, deadline time.Duration, seen func(*update)) *story {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), 30*time.Second)
	defer cancel()
	c := &client{d: d, replicas: r}
	defer c.close()
	return c.ask(ctx, d.people[0], deadline, seen)
}

func (s *story) String() string {
	var parts []string
	for _, u := range s.updates {
		parts = append(parts, fmt.Sprintf("sequence %d final %v coverage %.0f degraded %v", u.Sequence, u.IsFinal, u.Coverage.Percent, u.Degraded))
	}
	return fmt.Sprintf("refusal %v, error %v: %s", s.refusal, s.err, strings.Join(parts, "; "))
}
