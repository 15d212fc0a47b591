package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"
)

const startQuery = `mutation ($input: RecommendInput!) { requestRecommendations(input: $input) { ... on Recommendation { id } } }`

// starters lets people start requests that nobody follows, each another one as soon as the last was accepted, until the test calls the
// function that it returns. What is killed then has accepted some of them a moment ago.
func (d *deployment) starters(people int) (finish func()) {
	asking, stop := context.WithCancel(d.t.Context())
	var all sync.WaitGroup
	for i := range people {
		all.Go(func() {
			c := &client{d: d, replicas: d.replicas}
			for asking.Err() == nil {
				if !c.start(asking, d.people[i]) {
					pause(asking, 50*time.Millisecond)
				}
				pause(asking, 10*time.Millisecond)
			}
			c.close()
		})
	}
	return func() {
		stop()
		all.Wait()
	}
}

// start starts a request, and reports whether it was told that it is accepted.
func (c *client) start(ctx context.Context, user int64) bool {
	if c.conn == nil && c.connect(ctx) != nil {
		return false
	}
	events, err := c.conn.Subscribe(ctx, startQuery, map[string]any{"input": map[string]any{
		"user": fmt.Sprintf("user:%d", user), "deadlineMs": 3000,
	}})
	if err != nil {
		c.conn.Drop()
		c.conn = nil
		return false
	}
	accepted := false
	for e := range events {
		var data struct{ RequestRecommendations struct{ ID string } }
		if e.Err == nil && json.Unmarshal(e.Data, &data) == nil && data.RequestRecommendations.ID != "" {
			c.d.seen.know(data.RequestRecommendations.ID)
			accepted = true
		}
	}
	return accepted
}
