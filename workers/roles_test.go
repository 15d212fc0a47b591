package workers_test

import (
	"errors"
	"math"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"webflix/queue"
	"webflix/recommend"
	"webflix/workers"
)

const ms = time.Millisecond

func TestRankingGrowsUntilItIsFinal(t *testing.T) {
	t.Parallel()
	t.Run("roles apart", func(t *testing.T) {
		t.Parallel()
		rankingGrows(t, func(t *testing.T, criteria ...criterion) *pipeline { t.Helper(); return start(t, nil, criteria...) })
	})
	t.Run("roles together", func(t *testing.T) {
		t.Parallel()
		rankingGrows(t, startTogether)
	})
}

func rankingGrows(t *testing.T, start func(t *testing.T, criteria ...criterion) *pipeline) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := start(t,
			criterion{name: "genres", weight: 1},
			criterion{name: "history", weight: 2, delay: 100 * ms},
			criterion{name: "community", weight: 1, delay: 300 * ms})
		seen := follow(t, p.Recommender, wish(7, time.Second))

		if len(seen) != 3 {
			t.Fatalf("one update a criterion is wanted, got %v", describe(seen))
		}
		for i, want := range []struct {
			at      time.Duration
			percent float64
		}{{0, 25}, {100 * ms, 75}, {300 * ms, 100}} {
			within(t, "an update", seen[i].at, want.at, 5*ms)
			if seen[i].Coverage.Percent != want.percent || len(seen[i].Picks) != 3 || len(seen[i].Degraded) != 0 {
				t.Errorf("update %d covers %v %% with %d picks, degraded %v", i, seen[i].Coverage.Percent, len(seen[i].Picks), seen[i].Degraded)
			}
		}
		if seen[0].Picks[0].Score == 0 || len(last(seen).Picks[0].Shares) != 3 {
			t.Errorf("the final's reasons are %+v", last(seen).Picks[0])
		}
	})
}

// What is shown before the ledger has it is right, is shown once, and whatever the ledger says takes its place.
func TestFirstPartialDoesNotWaitForTheLedger(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := startTogether(t, criterion{name: "genres", weight: 1, delay: 10 * ms}, criterion{name: "history", weight: 1, delay: 400 * ms})
		began := time.Now()
		updates, err := p.Recommend(t.Context(), wish(7, 10*time.Second))
		if err != nil {
			t.Fatal(err)
		}
		p.ledger.setAway(true)
		time.AfterFunc(2*time.Second, func() { p.ledger.setAway(false) })
		seen := collect(t, updates, began)
		if len(seen) != 2 {
			t.Fatalf("a partial ranking and the final are wanted, got %v", describe(seen))
		}
		within(t, "the first partial", seen[0].at, 10*ms, 5*ms)
		within(t, "the final", seen[1].at, 2*time.Second, 1500*ms)
		if seen[0].Coverage.Percent != 50 || seen[1].Coverage.Percent != 100 {
			t.Errorf("the updates are %v", describe(seen))
		}
		mixesNothing(t, seen[0].Update)
		checkOwn(t, seen[1].Update)
	})
}

// Who has been shown something gets the final by one merge of what comes about together.
func TestResultsWaitAMomentForOneAnother(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := startTogether(t,
			criterion{name: "genres", weight: 1}, criterion{name: "next", weight: 1, delay: 1 * ms},
			criterion{name: "community", weight: 1, delay: 2 * ms}, criterion{name: "history", weight: 1, delay: 3 * ms})
		seen := follow(t, p.Recommender, wish(7, time.Second))
		within(t, "the first partial", seen[0].at, 0, 0)
		within(t, "the final", last(seen).at, 3*ms, 0)
		if p.ledger.merges != 1 {
			t.Errorf("results of one request took %d merges", p.ledger.merges)
		}
	})
}

// After a crowd's results an aggregator rests, so that its next merge is worth a commit, unless results come together anyway.
func TestRestAfterACrowd(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		start func(t *testing.T, criteria ...criterion) *pipeline
		final time.Duration // of who asks at once after the crowd
	}{
		"roles apart": {func(t *testing.T, criteria ...criterion) *pipeline { //nolint:thelper // it starts
			return start(t, nil, criteria...)
		}, 8 * ms},
		"roles together": {startTogether, 5 * ms},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := c.start(t, criterion{name: "genres", weight: 1, delay: 5 * ms})
				var crowd sync.WaitGroup
				ask := func(user int64) { crowd.Go(func() { follow(t, p.Recommender, wish(user, time.Second)) }) }
				ask(1)
				time.Sleep(3 * ms)
				for user := range int64(20) { // ten in each of two lanes
					ask(user + 2)
				}
				time.Sleep(ms)
				p.ledger.setAway(true) // so that the first one's result is tried again, and the others' wait for one merge
				time.Sleep(30 * ms)
				p.ledger.setAway(false)
				crowd.Wait()
				within(t, "the next final", last(follow(t, p.Recommender, wish(30, time.Second))).at, c.final, 0)
			})
		})
	}
}

// Scoring goes on while the ledger writes a request to disk; nobody is told of the request before.
func TestTasksLeaveWhileTheLedgerIsSynced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := startTogether(t, criterion{name: "genres", weight: 1, delay: 10 * ms}, criterion{name: "history", weight: 1, delay: 150 * ms})
		p.ledger.setSync(func() error { time.Sleep(50 * ms); return nil })
		began := time.Now()
		updates, err := p.Recommend(t.Context(), wish(7, time.Second))
		if err != nil {
			t.Fatal(err)
		}
		within(t, "the acceptance", time.Since(began), 50*ms, 5*ms)
		seen := collect(t, updates, began)
		if len(seen) != 2 || seen[0].Coverage.Percent != 50 {
			t.Fatalf("a partial ranking and the final are wanted, got %v", describe(seen))
		}
		within(t, "the first partial", seen[0].at, 50*ms, 5*ms)
		within(t, "the final", seen[1].at, 150*ms, 5*ms)
	})
}

func TestPartialRankingsOnlyForThoseWhoWantThem(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := startTogether(t, criterion{name: "genres", weight: 1}, criterion{name: "history", weight: 1, delay: 100 * ms})
		req := wish(7, time.Second)
		req.Spec.AllowPartial = false
		if seen := follow(t, p.Recommender, req); len(seen) != 1 {
			t.Errorf("got %v, want the final alone", describe(seen))
		}
	})
}

func TestModelOfANewerVersionHasCriteriaThatNobodyKnowsYet(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := start(t, nil, criterion{name: "genres", weight: 1}, criterion{name: "history", weight: 2})
		p.blend = append(slices.Clone(p.blend), recommend.Weight{Criterion: "tomorrow", Weight: 3})
		final := last(follow(t, p.Recommender, wish(7, time.Second)))
		if final.Coverage.Percent != 100 || len(final.Criteria) != 2 || len(final.Degraded) != 0 {
			t.Errorf("the final is %v", describe([]moment{final}))
		}
	})
}

func TestReplicaListensOnceItHasItsQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := start(t, nil, criterion{name: "genres", weight: 1})
		live := workers.NewLive(p.ledger, nil, p.broker, p.topology, p.clock, "b", quiet())
		if live.Listening() {
			t.Error("it listens before it has begun")
		}
		p.run(live.Run)
		synctest.Wait()
		if !live.Listening() {
			t.Error("it does not listen")
		}
	})
}

func TestTurtleDoesNotHoldUpTheFinal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := start(t, nil,
			criterion{name: "genres", weight: 3},
			criterion{name: "history", weight: 1, delay: 3 * time.Second})
		seen := follow(t, p.Recommender, wish(7, time.Second))

		final := last(seen)
		within(t, "the final", final.at, time.Second, 20*ms)
		if final.Coverage.Percent != 75 || final.Coverage.TimedOut != 1 || !slices.Equal(final.Degraded, []recommend.Degradation{recommend.DegradedDeadline}) {
			t.Errorf("the final says %+v, degraded %v", final.Coverage, final.Degraded)
		}
		time.Sleep(4 * time.Second)
		ranked := read(t, p.Recommender, final.Request)
		now := ranked.Newest
		if late := p.ledger.answers(final.Request)["history"]; !late.Late {
			t.Error("the turtle's answer was not counted as a late one")
		}
		if now.Sequence != final.Sequence || !slices.EqualFunc(now.Picks, final.Picks, samePick) || len(ranked.Answers) != 1 {
			t.Errorf("a late answer changed the ranking from %+v to %+v", final.Picks, now.Picks)
		}
		if p.finals.Load() != 1 || p.late.Load() != 1 {
			t.Errorf("one request was counted as %d finals and %d late results", p.finals.Load(), p.late.Load())
		}
	})
}

func TestExpiredTaskIsNotScored(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := start(t, nil, criterion{name: "genres", weight: 1}, criterion{name: "history", weight: 1, absent: true})
		follow(t, p.Recommender, wish(7, 200*ms))
		p.work(criterion{name: "history", score: func(*recommend.Task) (recommend.Scored, error) {
			t.Error("a task that nobody waits for any more was scored")
			return recommend.Scored{}, nil
		}})
		synctest.Wait()
	})
}

func TestFailedCriterionClosesBeforeTheDeadline(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]scorer{
		"error": func(*recommend.Task) (recommend.Scored, error) { return recommend.Scored{}, errors.New("no such film") },
		"panic": func(*recommend.Task) (recommend.Scored, error) { panic("no such film") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tries := 0
				p := start(t, nil, criterion{name: "genres", weight: 3}, criterion{
					name: "history", weight: 1,
					score: func(task *recommend.Task) (recommend.Scored, error) { tries++; return fail(task) },
				})
				final := last(follow(t, p.Recommender, wish(7, 5*time.Second)))

				if final.at > time.Second {
					t.Errorf("the final comes after %v: it waited for the deadline", final.at)
				}
				if status(final.Update, "history") != recommend.StatusRejected || final.Coverage.Rejected != 1 || final.Coverage.Percent != 75 ||
					!slices.Contains(final.Degraded, recommend.DegradedRejected) {
					t.Errorf("the final says %+v, degraded %v", final.Coverage, final.Degraded)
				}
				if tries != 4 || p.again.Load() != 3 {
					t.Errorf("the task was tried %d times, want the delivery limit and once more; %d redeliveries were counted", tries, p.again.Load())
				}
				letters := p.dead(t)
				if len(letters) != 1 || letters[0].Queue != p.topology.Task("history").Name || letters[0].Deliveries != 4 {
					t.Fatalf("dead letters are %+v", letters)
				}
			})
		})
	}
}

func TestCriterionThatFailsOnceIsTriedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		p := start(t, nil, criterion{name: "genres", weight: 1, score: func(task *recommend.Task) (recommend.Scored, error) {
			if tries++; tries == 1 {
				panic("the first try")
			}
			return own(task)
		}})
		final := last(follow(t, p.Recommender, wish(7, time.Second)))
		if final.Coverage.Percent != 100 || len(p.dead(t)) != 0 {
			t.Errorf("the final covers %v %%, dead letters: %v", final.Coverage.Percent, p.dead(t))
		}
	})
}

func TestPoisonIsDeadLetteredAndNothingStops(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := start(t, nil, criterion{name: "genres", weight: 1})
		task, result := p.topology.Task("genres").Bind, p.topology.Result().Bind
		foreign := queue.EncodeTask(&recommend.Task{Criterion: "history", Deadline: time.Now().Add(time.Hour)})
		poison := []queue.Message{
			{To: task, Type: queue.TypeTask, Body: []byte("garbage")},
			{To: task, Type: "task/9", Body: foreign},
			{To: task, Type: queue.TypeResult, Body: foreign},
			{To: task, Type: queue.TypeTask, Body: foreign},
			{To: task, Type: queue.TypeTask, Body: make([]byte, 1<<20)},
			{To: result, Type: queue.TypeResult, Body: []byte{1, 2, 3}},
			{To: result, Type: "result/9", Body: nil},
			{To: result, Type: queue.TypeBundle, Body: []byte{200}},
			{To: result, Body: []byte("garbage")},
		}
		if err := p.broker.Publish(t.Context(), poison...); err != nil {
			t.Fatal(err)
		}
		final := last(follow(t, p.Recommender, wish(7, time.Second)))
		if final.Coverage.Percent != 100 {
			t.Errorf("after the poison a final covers %v %%", final.Coverage.Percent)
		}
		synctest.Wait()
		letters := p.dead(t)
		if len(letters) != len(poison) {
			t.Fatalf("%d of %d poison messages were dead-lettered: %+v", len(letters), len(poison), letters)
		}
		for _, l := range letters {
			if l.Reason == "" || l.Deliveries != 1 {
				t.Errorf("a dead letter of type %q after %d deliveries has reason %q", l.Type, l.Deliveries, l.Reason)
			}
		}
	})
}

func TestLadderAnswersWhenNoCriterionDoes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := start(t, nil, criterion{name: "genres", weight: 1})
		p.ledger.popular = []recommend.Film{{Movie: recommend.Movie{ID: 501}}, {Movie: recommend.Movie{ID: 502}}}
		p.ledger.seen[71] = true // since the ranking that the ladder takes over
		known := last(follow(t, p.Recommender, wish(7, time.Second)))

		p.Kinds = append(p.Kinds, recommend.CriterionInfo{Name: "stopped"})
		p.blend = recommend.Blend{{Criterion: "stopped", Weight: 1}}
		for _, c := range []struct {
			user   int64
			degree recommend.Degradation
			films  []int32
		}{
			{7, recommend.DegradedLastKnown, without(films(known.Update), 71)},
			{8, recommend.DegradedPopular, []int32{501, 502}},
		} {
			final := last(follow(t, p.Recommender, wish(c.user, time.Second)))
			within(t, "the final", final.at, time.Second, 20*ms)
			if !slices.Equal(films(final.Update), c.films) || !slices.Contains(final.Degraded, c.degree) || final.Coverage.Percent != 0 {
				t.Errorf("person %d gets %v, degraded %v; want %v, %v", c.user, films(final.Update), final.Degraded, c.films, c.degree)
			}
		}
	})
}

func TestLadderPassesOverWhatItCannotRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := start(t, nil, criterion{name: "genres", weight: 1})
		p.ledger.popular = []recommend.Film{{Movie: recommend.Movie{ID: 501}}}
		last(follow(t, p.Recommender, wish(7, time.Second)))
		p.ledger.spoil()
		p.Kinds = append(p.Kinds, recommend.CriterionInfo{Name: "stopped"})
		p.blend = recommend.Blend{{Criterion: "stopped", Weight: 1}}
		final := last(follow(t, p.Recommender, wish(7, time.Second)))
		if !slices.Equal(films(final.Update), []int32{501}) || !slices.Contains(final.Degraded, recommend.DegradedPopular) {
			t.Errorf("got %v, degraded %v", films(final.Update), final.Degraded)
		}
	})
}

func TestTooLittleCoverageIsAnsweredFromTheLadder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := start(t, nil, criterion{name: "genres", weight: 1}, criterion{name: "history", weight: 3, absent: true})
		p.ledger.popular = []recommend.Film{{Movie: recommend.Movie{ID: 501}}}
		req := wish(7, time.Second)
		req.Spec.MinCoverage = 50
		final := last(follow(t, p.Recommender, req))
		if !slices.Equal(films(final.Update), []int32{501}) || final.Coverage.Percent != 25 || !slices.Contains(final.Degraded, recommend.DegradedPopular) {
			t.Errorf("got %v with %v %%, degraded %v", films(final.Update), final.Coverage.Percent, final.Degraded)
		}
	})
}

func films(u *recommend.Update) []int32 {
	var ids []int32
	for _, p := range u.Picks {
		ids = append(ids, p.Movie)
	}
	return ids
}

func without(ids []int32, id int32) []int32 {
	return slices.DeleteFunc(ids, func(other int32) bool { return other == id })
}

// samePick reports whether two picks are the same, bit for bit.
func samePick(a, b recommend.Pick) bool {
	return a.Movie == b.Movie && math.Float64bits(a.Score) == math.Float64bits(b.Score) &&
		slices.EqualFunc(a.Shares, b.Shares, func(a, b recommend.Share) bool {
			return a.Criterion == b.Criterion && math.Float64bits(a.Score) == math.Float64bits(b.Score)
		})
}

// dead returns the dead letters.
func (p *pipeline) dead(t *testing.T) []queue.DeadLetter {
	t.Helper()
	letters, err := p.memory.ListDead(t.Context(), p.topology.Dead().Name, 100)
	if err != nil {
		t.Fatal(err)
	}
	return letters
}

func TestLadderThatFailsForOneServesTheOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := start(t, nil, criterion{name: "genres", weight: 1, absent: true})
		p.ledger.popular = []recommend.Film{{Movie: recommend.Movie{ID: 501}}}
		p.ledger.unlucky = 13
		if _, err := p.Start(t.Context(), wish(13, 100*ms)); err != nil {
			t.Fatal(err)
		}
		final := last(follow(t, p.Recommender, wish(7, 100*ms)))
		within(t, "the final", final.at, 100*ms, 60*ms)
	})
}
