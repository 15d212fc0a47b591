package chaos

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"webflix/db"
	"webflix/queue"
	"webflix/recommend"
)

// audit is what the ledger holds of a case, seen without Webflix.
type audit struct {
	Requests int
	Finals   int
	Latest   float64 // ms from a deadline to its final, at most
}

// audit waits until every request is final and returns what the ledger holds.
func (d *deployment) audit(patience time.Duration) audit {
	d.t.Helper()
	var a audit
	ctx, cancel := context.WithTimeout(d.t.Context(), patience)
	defer cancel()
	for ctx.Err() == nil {
		d.query(func(store *db.DB) error {
			return store.GetContext(d.t.Context(), &a, `
				SELECT count(*) AS requests, count(final_at) AS finals,
				       coalesce(max(extract(epoch FROM final_at - deadline)) * 1000, 0) AS latest
				FROM requests`)
		})
		if a.Finals == a.Requests {
			break
		}
		pause(ctx, 100*time.Millisecond)
	}
	return a
}

// row is an answer of the ledger that counts, with its request. A request without any has one row, without a criterion.
type row struct {
	ID        string
	Spec      []byte
	Sequence  int64
	Final     bool
	Criterion sql.NullString
	Payload   []byte
}

// verdict is what the ledger says to what the clients saw.
type verdict struct {
	missing int    // requests that clients were told of and the ledger does not have
	wrong   int    // finals that are not the ledger's
	first   string // describes the first of them
}

func (v *verdict) note(format string, args ...any) {
	if v.first == "" {
		v.first = fmt.Sprintf(format, args...)
	}
}

// compare holds what the clients saw against the ledger. There is no exception for who saw a partial ranking, not even when PostgreSQL
// was killed: tasks leave before the disk has their request (decision 24), but its id is told to nobody before the disk has it.
func (d *deployment) compare() (v verdict) {
	d.t.Helper()
	unheard := maps.Clone(d.seen.known)
	d.eachRequest(func(of []row) {
		id := "request:" + of[0].ID
		delete(unheard, id)
		saw := d.seen.finals[id]
		if saw == nil {
			return // nobody followed it to the end
		}
		if err := same(saw, of); err != nil {
			v.wrong++
			v.note("%s: %v", id, err)
		}
	})
	for id := range unheard {
		v.missing++
		v.note("%s: the ledger does not have it", id)
	}
	return v
}

// same returns how a final that a client saw is not, bit for bit, what the ledger's rows give.
func same(saw *update, of []row) error {
	if r := of[0]; !r.Final || r.Sequence != saw.Sequence {
		return fmt.Errorf("the client saw final %d, the ledger is at %d, final %v", saw.Sequence, r.Sequence, r.Final)
	}
	want, err := oracle(of)
	if err == nil && !slices.Equal(want, picksOf(saw)) {
		err = fmt.Errorf("the client saw %v, the rows give %v", picksOf(saw), want)
	}
	return err
}

// eachRequest calls do with each request's rows.
func (d *deployment) eachRequest(do func(of []row)) {
	d.t.Helper()
	d.query(func(store *db.DB) error {
		rows, err := store.QueryxContext(d.t.Context(), `
			SELECT r.id, r.spec, r.sequence, r.final_at IS NOT NULL AS final, s.criterion, s.payload
			FROM requests r LEFT JOIN scores s ON s.request_id = r.id AND NOT s.late ORDER BY r.id`)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		var of []row // one request's
		for rows.Next() {
			var r row
			if err := rows.StructScan(&r); err != nil {
				return err
			}
			if len(of) > 0 && of[0].ID != r.ID {
				do(of)
				of = of[:0]
			}
			of = append(of, r)
		}
		if len(of) > 0 {
			do(of)
		}
		return rows.Err()
	})
}

// pick is a ranked film.
type pick struct {
	movie string
	score float64
}

func picksOf(u *update) []pick {
	picks := make([]pick, len(u.Picks))
	for i, p := range u.Picks {
		picks[i] = pick{p.Movie.ID, p.Score}
	}
	return picks
}

// oracle makes a request's ranking of its answers the plain way: each criterion's weight is scaled up to make good for those that
// have not answered, and each film has the sum of its scores, where a criterion's floor stands for a film that it did not rank. It
// shares the wire format with Webflix, and none of the arithmetic.
func oracle(answers []row) ([]pick, error) {
	var spec recommend.Spec
	if err := json.Unmarshal(answers[0].Spec, &spec); err != nil {
		return nil, err
	}
	results := map[string]*recommend.Result{}
	for _, a := range answers {
		if !a.Criterion.Valid {
			break // it has none
		}
		r, err := queue.DecodeResult(a.Payload)
		if err != nil {
			return nil, err
		}
		if results[a.Criterion.String] != nil {
			return nil, fmt.Errorf("two answers of %s", a.Criterion.String)
		}
		if r.Status == recommend.StatusDone {
			results[a.Criterion.String] = r
		}
	}
	var all, answered float64
	for _, w := range spec.Blend {
		all += w.Weight
		if results[w.Criterion] != nil {
			answered += w.Weight
		}
	}
	blend := spec.Blend
	if answered == 0 { // the ladder's answer is the only one
		blend = recommend.Blend{{Criterion: recommend.LadderLastKnown, Weight: 1}, {Criterion: recommend.LadderPopular, Weight: 1}}
		all, answered = 1, 1
	}
	scores := map[int32]float64{}
	for _, w := range blend { // every film that anyone ranked
		if r := results[w.Criterion]; r != nil && w.Weight > 0 {
			for _, c := range r.Candidates {
				scores[c.Movie] = 0
			}
		}
	}
	for _, w := range blend {
		r := results[w.Criterion]
		if r == nil || w.Weight == 0 {
			continue
		}
		ranked := map[int32]float32{}
		for _, c := range r.Candidates {
			ranked[c.Movie] = c.Score
		}
		for movie := range scores {
			score, ok := ranked[movie]
			if !ok {
				score = r.Floor
			}
			scores[movie] += w.Weight * (all / answered) * float64(score)
		}
	}
	type film struct {
		movie int32
		score float64
	}
	films := make([]film, 0, len(scores))
	for movie, score := range scores {
		films = append(films, film{movie, score})
	}
	slices.SortFunc(films, func(a, b film) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.movie, b.movie))
	})
	picks := make([]pick, min(len(films), spec.First))
	for i := range picks {
		picks[i] = pick{fmt.Sprintf("movie:%d", films[i].movie), films[i].score}
	}
	return picks, nil
}
