package workers_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"webflix/queue"
	"webflix/recommend"
	"webflix/workers"
)

// tampered is a broker on which every publication passes through hands that may drop, repeat and reorder messages.
type tampered struct {
	queue.Broker
	hands func([]queue.Message) []queue.Message
}

func (b tampered) Publish(ctx context.Context, msgs ...queue.Message) error {
	return b.Broker.Publish(ctx, b.hands(slices.Clone(msgs))...)
}

func tamper(hands func([]queue.Message) []queue.Message) func(queue.Broker) queue.Broker {
	return func(b queue.Broker) queue.Broker { return tampered{b, hands} }
}

// drop drops messages of a type while lost is true.
func drop(kind string, lost *atomic.Bool) func(queue.Broker) queue.Broker {
	return tamper(func(msgs []queue.Message) []queue.Message {
		return slices.DeleteFunc(msgs, func(m queue.Message) bool { return m.Type == kind && lost.Load() })
	})
}

func TestRelaySendsLostTasksAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var lost atomic.Bool
		lost.Store(true)
		p := start(t, drop(queue.TypeTask, &lost), criterion{name: "genres", weight: 1}, criterion{name: "history", weight: 1})
		time.AfterFunc(400*ms, func() { lost.Store(false) })
		final := last(follow(t, p.Recommender, wish(7, 2*time.Second)))
		within(t, "the final", final.at, 500*ms, 150*ms)
		if final.Coverage.Percent != 100 {
			t.Errorf("the final covers %v %%", final.Coverage.Percent)
		}
	})
}

func TestRelayDoesNotDoubleABacklog(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var sent atomic.Int32
		count := tamper(func(msgs []queue.Message) []queue.Message {
			for _, m := range msgs {
				if m.Type == queue.TypeTask {
					sent.Add(1)
				}
			}
			return msgs
		})
		p := start(t, count, criterion{name: "genres", weight: 1, delay: 300 * ms}) // four at a time
		const crowd = 60
		finals := make(chan moment)
		for i := range int64(crowd) {
			go func() { finals <- last(follow(t, p.Recommender, wish(i+1, 10*time.Second))) }()
		}
		for range crowd {
			if final := <-finals; final.Coverage.Percent != 100 {
				t.Errorf("a final covers %v %%", final.Coverage.Percent)
			}
		}
		// What a worker holds is no backlog, and may be sent again; twice, when it finds the queue empty twice.
		if most := int32(crowd + 2*workers.InHand); sent.Load() > most {
			t.Errorf("%d requests were sent as %d tasks", crowd, sent.Load())
		}
	})
}

func TestLostUpdateDoesNotHideTheFinal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var lost atomic.Bool
		lost.Store(true)
		p := start(t, drop(queue.TypeUpdate, &lost), criterion{name: "genres", weight: 1})
		final := last(follow(t, p.Recommender, wish(7, time.Second)))
		within(t, "the final", final.at, time.Second, 100*ms)
		if final.Coverage.Percent != 100 {
			t.Errorf("the final covers %v %%", final.Coverage.Percent)
		}
	})
}

// TestDisorderDoesNotChangeTheTotal repeats and shuffles tasks, results and updates; an oracle sums each request's scores once.
func TestDisorderDoesNotChangeTheTotal(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			var last []queue.Message
			disorder := func(msgs []queue.Message) []queue.Message {
				for _, m := range slices.Concat(msgs, last) {
					if random.IntN(3) == 0 {
						msgs = append(msgs, m)
					}
				}
				last = slices.Clone(msgs)
				random.Shuffle(len(msgs), func(i, j int) { msgs[i], msgs[j] = msgs[j], msgs[i] })
				return msgs
			}
			uneven := func(task *recommend.Task) (recommend.Scored, error) {
				out := recommend.Scored{Floor: -0.1}
				draw := rand.New(rand.NewPCG(uint64(task.User), uint64(len(task.Criterion))))
				for i := range int32(40) {
					out.Candidates = append(out.Candidates, recommend.Candidate{Movie: 1 + i*3%41, Score: draw.Float32()})
				}
				return out, nil
			}
			var serial serialized
			p := start(t, func(b queue.Broker) queue.Broker { return serial.wrap(tampered{b, disorder}) },
				criterion{name: "genres", weight: 0.3, score: uneven},
				criterion{name: "history", weight: 0.7, score: uneven, delay: 5 * ms},
				criterion{name: "popularity", weight: 0.11, score: uneven, delay: 3 * ms})
			for user := int64(1); user <= 5; user++ {
				req := wish(user, time.Second)
				req.Spec.First = 30
				got := follow(t, p.Recommender, req)
				standing := read(t, p.Recommender, got[0].Request).Standing
				want := recommend.Tally(standing, oracle(t, uneven, p.blend, user))
				final := got[len(got)-1]
				if !slices.EqualFunc(final.Picks, want.Picks, samePick) || final.Coverage.Percent != 100 {
					t.Errorf("seed %d: person %d gets %+v, want %+v", seed, user, final.Picks, want.Picks)
				}
			}
		})
	}
}

// oracle scores a person by every criterion of the blend, once each, with scores rounded as messages carry them.
func oracle(t *testing.T, score scorer, blend recommend.Blend, user int64) []recommend.Result {
	t.Helper()
	var results []recommend.Result
	for _, w := range blend {
		scored, err := score(&recommend.Task{User: user, Criterion: w.Criterion})
		if err != nil {
			t.Fatal(err)
		}
		result, err := queue.DecodeResult(queue.EncodeResult(&recommend.Result{
			Criterion: w.Criterion, Status: recommend.StatusDone, Candidates: scored.Candidates, Floor: scored.Floor,
		}))
		if err != nil {
			t.Fatal(err)
		}
		results = append(results, *result)
	}
	return results
}

// serialized lets one publication through at a time, so that hands may keep what they have seen.
type serialized struct{ turn chan struct{} }

func (s *serialized) wrap(b queue.Broker) queue.Broker {
	s.turn = make(chan struct{}, 1)
	return serialBroker{b, s.turn}
}

type serialBroker struct {
	queue.Broker
	turn chan struct{}
}

func (b serialBroker) Publish(ctx context.Context, msgs ...queue.Message) error {
	b.turn <- struct{}{}
	defer func() { <-b.turn }()
	return b.Broker.Publish(ctx, msgs...)
}

func TestSlowFollowerGetsTheNewestAndTheFinal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := start(t, nil,
			criterion{name: "genres", weight: 1}, criterion{name: "history", weight: 1, delay: 100 * ms},
			criterion{name: "community", weight: 1, delay: 200 * ms}, criterion{name: "popularity", weight: 1, delay: 400 * ms})
		updates, err := p.Recommend(t.Context(), wish(7, time.Second))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(300 * ms)
		if newest := <-updates; newest.Coverage.Succeeded != 3 || newest.Final {
			t.Errorf("after 300 ms the unread update covers %d criteria, want the newest with 3", newest.Coverage.Succeeded)
		}
		time.Sleep(time.Second)
		if final := <-updates; !final.Final {
			t.Errorf("after the end the unread update is %+v, want the final", final)
		}
		if u, more := <-updates; more {
			t.Errorf("after the final comes %+v", u)
		}
	})
}

func TestPartialsAreCoalesced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var criteria []criterion
		for i, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
			criteria = append(criteria, criterion{name: name, weight: 1, delay: time.Duration(15*i) * ms})
		}
		criteria = append(criteria, criterion{name: "last", weight: 1, delay: 120 * ms})
		p := start(t, nil, criteria...)
		seen := follow(t, p.Recommender, wish(7, time.Second))
		if len(seen) != 4 { // at 0, 50 and 100 ms, and the final without a pause
			t.Fatalf("got %v", describe(seen))
		}
		for i := 1; i < len(seen)-1; i++ {
			if gap := seen[i].at - seen[i-1].at; gap < 50*ms {
				t.Errorf("two partial rankings come %v after one another", gap)
			}
		}
		within(t, "the final", last(seen).at, 120*ms, 5*ms)
	})
}

func TestAttachFromAnotherReplica(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := start(t, nil, criterion{name: "genres", weight: 1}, criterion{name: "history", weight: 1, delay: 400 * ms})
		left, leave := context.WithCancel(t.Context())
		updates, err := p.Recommend(left, wish(7, time.Second))
		if err != nil {
			t.Fatal(err)
		}
		first := <-updates
		leave()
		if u, more := <-updates; more {
			t.Errorf("who has left gets %+v", u)
		}

		other := p.replica("b")
		start := time.Now()
		again, err := other.Attach(t.Context(), first.Request)
		if err != nil {
			t.Fatal(err)
		}
		seen := collect(t, again, start)
		if seen[0].at != 0 || seen[0].Sequence != first.Sequence || seen[0].Final {
			t.Errorf("the first update on the other replica is %v, want the newest at once", describe(seen))
		}
		within(t, "the final", last(seen).at, 400*ms, 5*ms)

		late, err := p.Attach(t.Context(), first.Request)
		if err != nil {
			t.Fatal(err)
		}
		if seen := collect(t, late, start); len(seen) != 1 || p.Live.Following() != 0 {
			t.Errorf("who attaches after the end gets %v", describe(seen))
		}
		if _, err := other.Attach(t.Context(), recommend.RequestID{9}); err == nil {
			t.Error("a request that there is not can be attached to")
		}
	})
}

func TestResultsWaitForALedgerThatIsAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := start(t, nil, criterion{name: "genres", weight: 1, delay: 50 * ms})
		updates, err := p.Recommend(t.Context(), wish(7, 10*time.Second))
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		p.ledger.setAway(true)
		time.AfterFunc(4*time.Second, func() { p.ledger.setAway(false) })
		final := last(collect(t, updates, began))
		within(t, "the final", final.at, 4*time.Second, 1500*ms)
		if final.Coverage.Percent != 100 || len(p.dead(t)) != 0 {
			t.Errorf("the final covers %v %%; dead letters: %v", final.Coverage.Percent, p.dead(t))
		}
	})
}

// unreachable is a broker that takes no messages of one type for the first 700 ms.
type unreachable struct {
	queue.Broker
	kind string
	away *atomic.Bool
	says error
}

func (b unreachable) Publish(ctx context.Context, msgs ...queue.Message) error {
	if msgs[0].Type == b.kind && b.away.Load() {
		return b.says
	}
	return b.Broker.Publish(ctx, msgs...)
}

func unreachableFor(kind string, says error) func(queue.Broker) queue.Broker {
	var away atomic.Bool
	away.Store(true)
	time.AfterFunc(700*ms, func() { away.Store(false) })
	return func(b queue.Broker) queue.Broker { return unreachable{b, kind, &away, says} }
}

// After an outage tasks may come before anything may go, and in an alarm they come though nothing may: they are not to blame for it.
func TestTasksWaitForAWayToAnswer(t *testing.T) {
	t.Parallel()
	for _, says := range []error{queue.ErrUnavailable, queue.ErrBusy} {
		synctest.Test(t, func(t *testing.T) {
			p := start(t, unreachableFor(queue.TypeResult, says), criterion{name: "genres", weight: 1})
			final := last(follow(t, p.Recommender, wish(7, time.Second)))
			within(t, "the final", final.at, 700*ms, 50*ms)
			if final.Coverage.Percent != 100 || len(p.dead(t)) != 0 {
				t.Errorf("%v: the final covers %v %%; dead letters: %v", says, final.Coverage.Percent, p.dead(t))
			}
		})
	}
}

// What the ledger will not take is set aside, and holds up nobody's ranking.
func TestRefusedResultHoldsUpNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := start(t, nil, criterion{name: "genres", weight: 1, delay: 20 * ms}, criterion{name: "history", weight: 1, delay: 20 * ms})
		p.ledger.refuses = "cursed"
		poison := queue.Message{To: p.topology.Result().Bind, Published: p.clock.Now()}
		poison.SetResult(&recommend.Result{Request: recommend.RequestID{1}, Criterion: "cursed", Status: recommend.StatusDone}, queue.PackScores(&recommend.Scored{}))
		time.AfterFunc(20*ms, func() { _ = p.broker.Publish(context.WithoutCancel(t.Context()), poison) })
		final := last(follow(t, p.Recommender, wish(7, time.Second)))
		within(t, "the final", final.at, 20*ms, 100*ms)
		if final.Coverage.Percent != 100 {
			t.Errorf("the final covers %v %%", final.Coverage.Percent)
		}
		synctest.Wait()
		if dead := p.dead(t); len(dead) != 1 {
			t.Errorf("the dead letters are %v", dead)
		}
	})
}

func TestFinalsAreSentAgainAfterAnOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := start(t, unreachableFor(queue.TypeUpdate, queue.ErrUnavailable), criterion{name: "genres", weight: 1})
		final := last(follow(t, p.Recommender, wish(7, 5*time.Second)))
		within(t, "the final", final.at, 700*ms, 50*ms)
	})
}

// What cannot be read becomes a dead letter; what shared a message with it counts.
func TestBundleWithGarbage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := start(t, nil, criterion{name: "genres", weight: 1, absent: true})
		standing, err := p.Start(t.Context(), wish(7, time.Second))
		if err != nil {
			t.Fatal(err)
		}
		result := queue.EncodeResult(&recommend.Result{
			Request: standing.ID, Criterion: "genres", Status: recommend.StatusDone, Candidates: []recommend.Candidate{{Movie: 71, Score: 1}},
		})
		bundle := queue.Bundle([]queue.Message{
			{To: p.topology.Result().Bind, Type: queue.TypeResult, Body: []byte("garbage")},
			{Type: queue.TypeResult, CorrelationID: standing.ID.String(), Body: result},
		})
		if err := p.broker.Publish(t.Context(), bundle); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		read, err := p.Read(t.Context(), []recommend.RequestID{standing.ID})
		if err != nil || len(read) != 1 || !read[0].Newest.Final || len(read[0].Newest.Picks) != 1 {
			t.Errorf("the request stands so: %+v, %v", read, err)
		}
		if letters := p.dead(t); len(letters) != 1 || letters[0].Type != queue.TypeBundle {
			t.Errorf("the dead letters are %+v", letters)
		}
	})
}

func TestRequestsAreRefusedWhileNothingCanTakeThem(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := start(t, nil, criterion{name: "genres", weight: 1})
		p.ledger.setAway(true)
		if _, err := p.Recommend(t.Context(), wish(7, time.Second)); !isUnavailable(err) {
			t.Errorf("without a ledger: %v", err)
		}
		p.ledger.setAway(false)
		if _, err := p.Recommend(t.Context(), wish(0, time.Second)); err == nil || isUnavailable(err) {
			t.Errorf("for nobody: %v", err)
		}
	})
}

// Who is told nothing of a request may lose it; its tasks, which have left, do no harm.
func TestLedgerLosesWhatItHasNotSynced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := startTogether(t, criterion{name: "genres", weight: 1}, criterion{name: "history", weight: 1, delay: 10 * ms})
		p.ledger.setSync(func() error { p.ledger.lose(); return errAway })
		if _, err := p.Recommend(t.Context(), wish(7, time.Second)); !isUnavailable(err) {
			t.Errorf("a request that the ledger lost: %v", err)
		}
		time.Sleep(20 * ms)
		if n := p.Live.Following(); n != 0 {
			t.Errorf("%d requests are followed that nobody was told of", n)
		}
		p.ledger.setSync(nil)
		final := last(follow(t, p.Recommender, wish(7, time.Second)))
		if final.Coverage.Percent != 100 || len(p.dead(t)) != 0 {
			t.Errorf("the next one's final covers %v %%; dead letters: %v", final.Coverage.Percent, p.dead(t))
		}
	})
}

func isUnavailable(err error) bool {
	e, ok := err.(*recommend.UnavailableError) //nolint:errorlint // the resolvers see it as it is
	return ok && e.RetryAfter > 0
}

func TestCrowdMixesNoScores(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := start(t, nil, criterion{name: "genres", weight: 1}, criterion{name: "history", weight: 1, delay: ms})
		p.run(p.aggregator().Run) // a second one
		p.work(criterion{name: "genres", delay: 2 * ms})
		for wave := range 4 {
			finals := make(chan moment)
			for i := range 100 {
				go func() { finals <- last(follow(t, p.Recommender, wish(int64(wave*100+i+1), 5*time.Second))) }()
			}
			for range 100 {
				checkOwn(t, (<-finals).Update)
			}
		}
	})
}

// In one process people who ask again get remembered scores, which no message was read for: those of one request after another, and of
// requests at the same time, are the same memory.
func TestCrowdInOneProcessMixesNoScores(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := startTogether(t, criterion{name: "genres", weight: 1, known: true}, criterion{name: "history", weight: 1, delay: ms, known: true})
		const people, each = 40, 3
		for range 2 {
			finals := make(chan moment)
			for i := range people * each {
				go func() { finals <- last(follow(t, p.Recommender, wish(int64(i%people+1), 5*time.Second))) }()
			}
			for range people * each {
				checkOwn(t, (<-finals).Update)
			}
		}
		if known := int(p.known.Load()); known < people*each*2 {
			t.Errorf("the scores of %d tasks were remembered, of %d", known, 2*2*people*each)
		}
	})
}

// checkOwn fails the test unless the final has the person's own films, by every criterion.
func checkOwn(t *testing.T, u *recommend.Update) {
	t.Helper()
	if u.Coverage.Percent != 100 || len(u.Picks) != 3 {
		t.Errorf("person %d: the final covers %v %% and has %d films", u.User, u.Coverage.Percent, len(u.Picks))
	}
	mixesNothing(t, u)
}

// mixesNothing fails the test when the ranking has another person's film.
func mixesNothing(t *testing.T, u *recommend.Update) {
	t.Helper()
	for _, pick := range u.Picks {
		if int64(pick.Movie)/10 != u.User {
			t.Errorf("person %d gets film %d of another", u.User, pick.Movie)
		}
	}
}

// models is a model store whose active version a test sets.
type models struct{ version atomic.Int64 }

func (m *models) ActiveModel(context.Context) (int64, recommend.Blend, error) {
	return m.version.Load(), recommend.Blend{{Criterion: "genres", Weight: 1}}, nil
}

func (m *models) ModelParts(context.Context, int64, []string) (map[string][]byte, error) {
	return map[string][]byte{}, nil
}

// versioned is a criterion that scores with its model's version.
type versioned float32

func (v versioned) Score(recommend.Task) (recommend.Scored, error) {
	return recommend.Scored{Candidates: []recommend.Candidate{{Movie: 1, Score: float32(v)}}}, nil
}

func TestNewModelIsNotMixedWithTheOldOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &models{}
		store.version.Store(1)
		scorers := &workers.Scorers{Store: store, Log: quiet(), Open: func(version int64, _ map[string][]byte) (map[string]recommend.Criterion, error) {
			return map[string]recommend.Criterion{"genres": versioned(version)}, nil
		}}
		if err := scorers.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- scorers.Run(ctx) }()
		store.version.Store(2)
		time.Sleep(1100 * ms)
		for _, c := range []struct {
			asked, used int64
			degraded    recommend.Degradation
		}{{1, 1, ""}, {2, 2, ""}, {3, 2, recommend.DegradedStaleModel}, {0, 2, ""}} {
			scored, used, err := scorers.Of("genres").Score(&recommend.Task{Model: c.asked})
			if err != nil || used != c.used || scored.Degraded != c.degraded || scored.Candidates[0].Score != float32(c.used) {
				t.Errorf("asked for model %d: used %d, scored %+v, %v", c.asked, used, scored, err)
			}
		}
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
