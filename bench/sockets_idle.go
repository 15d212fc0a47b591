package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"webflix/recommend"
)

// Subscriptions wait until the deadline of the first request that they wait for, and no longer. As many begin as can in time.
const (
	attaching  = 6500 * time.Millisecond // the rest is for looking at them
	waitMargin = 2 * time.Second         // from a look to the deadline: a busy server takes a while to tell its figures
	together   = 100                     // subscriptions that wait for the same request
)

const (
	heldQuery = `mutation ($input: RecommendInput!) { requestRecommendations(input: $input) { __typename
	... on Recommendation { id } ... on UserError { message } } }`
	waitQuery = `subscription ($id: ID!) { recommendationUpdates(id: $id) { __typename
	... on RecommendationUpdate { isFinal } ... on UserError { message } } }`
)

// idle measures subscriptions that wait: they have had a first update, and the next is the final, at the deadline. It leaves the
// step out, and says why, when the server answers before.
func (r *socketsRun) idle(ctx context.Context) error {
	people, err := peopleOf(ctx, r.clients[0], 1)
	if err != nil {
		return err
	}
	begun := time.Now()
	var (
		more     atomic.Bool // than a first update has come
		attached atomic.Int64
		waiting  sync.WaitGroup
		attach   errgroup.Group
		request  string
	)
	attach.SetLimit(dialling)
	for i, c := range r.clients {
		if time.Since(begun) > attaching || more.Load() {
			break
		}
		if i%together == 0 {
			if request, err = r.hold(ctx, people[0]); err != nil {
				break
			}
		}
		id := request
		attach.Go(func() error {
			events, final, err := r.wait(ctx, c, id)
			if err != nil {
				return err
			}
			if attached.Add(1); final {
				more.Store(true)
			}
			waiting.Go(func() {
				for range events {
					r.messages.Add(1)
					more.Store(true)
				}
			})
			return nil
		})
	}
	err = errors.Join(err, attach.Wait())
	left := recommend.MaxDeadline - waitMargin - time.Since(begun)
	if err == nil && !more.Load() {
		err = r.step(ctx, idleOnes, int(attached.Load()), min(r.Hold, max(time.Second, left)))
	}
	if err != nil {
		return err
	}
	if last := len(r.report.Steps) - 1; more.Load() {
		r.report.Left = fmt.Sprintf("updates came too soon, and the server must be late with %s (WEBFLIX_SLOW=%s=1m)", r.Held, r.Held)
		if r.report.Steps[last].Name == idleOnes {
			r.report.Steps = r.report.Steps[:last]
		}
	}
	waiting.Wait() // until their finals have come
	return nil
}

// hold starts a request that stays open until the longest deadline, and returns its id.
func (r *socketsRun) hold(ctx context.Context, user string) (string, error) {
	events, err := r.clients[0].Subscribe(ctx, heldQuery, map[string]any{"input": map[string]any{
		"user": user, "deadlineMs": recommend.MaxDeadline.Milliseconds(), "weights": []any{map[string]any{"criterion": r.Held, "weight": 1}},
	}})
	if err != nil {
		return "", err
	}
	e := <-events
	if e.Err != nil {
		return "", e.Err
	}
	var data struct {
		RequestRecommendations struct{ ID, Message string }
	}
	if err := json.Unmarshal(e.Data, &data); err != nil {
		return "", fmt.Errorf("read the request: %w", err)
	}
	if data.RequestRecommendations.ID == "" {
		return "", errors.New(data.RequestRecommendations.Message)
	}
	return data.RequestRecommendations.ID, nil
}

// wait attaches to a request, and returns what comes after its first update.
func (r *socketsRun) wait(ctx context.Context, c *Client, id string) (events <-chan Event, final bool, err error) {
	if events, err = c.Subscribe(ctx, waitQuery, map[string]any{"id": id}); err != nil {
		return nil, false, err
	}
	first, ok := <-events
	if !ok {
		return nil, false, errors.New("a request has no update")
	}
	r.messages.Add(1)
	if first.Err != nil {
		return nil, false, first.Err
	}
	var data struct {
		RecommendationUpdates struct {
			Typename string `json:"__typename"`
			IsFinal  bool
			Message  string
		}
	}
	if err := json.Unmarshal(first.Data, &data); err != nil {
		return nil, false, fmt.Errorf("read an update: %w", err)
	}
	if u := data.RecommendationUpdates; u.Typename != "RecommendationUpdate" {
		return nil, false, fmt.Errorf("%s: %s", u.Typename, u.Message)
	}
	return events, data.RecommendationUpdates.IsFinal, nil
}
