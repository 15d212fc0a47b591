package db_test

import (
	"testing"
	"time"

	"webflix/db"
	"webflix/db/dbtest"
	"webflix/recommend"
)

// BenchmarkLedger accepts requests, eight at a time, and merges the answers of five criteria to them in three batches, as an
// aggregator under load does.
func BenchmarkLedger(b *testing.B) {
	const together, payload = 8, 3500
	d := dbtest.Open(b)
	if _, err := d.Maintain(b.Context(), time.Hour*24*7); err != nil {
		b.Fatal(err)
	}
	criteria := []string{"sittings", "next", "community", "genres", "era"}
	spec := recommend.Spec{First: recommend.DefaultFirst, Deadline: 10 * time.Second, AllowPartial: true}
	for _, c := range criteria {
		spec.Blend = append(spec.Blend, recommend.Weight{Criterion: c, Weight: 1})
	}
	var reqs []*recommend.Request
	requests := 0
	b.ReportAllocs()
	for b.Loop() {
		reqs = reqs[:0]
		for range together {
			reqs = append(reqs, &recommend.Request{User: 7, Replica: "a", Spec: spec})
		}
		if err := d.Accept(b.Context(), reqs); err != nil {
			b.Fatal(err)
		}
		for _, part := range [][]string{criteria[:1], criteria[1:3], criteria[3:]} {
			mergeAll(b, d, reqs, part, payload)
		}
		requests += together
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(requests), "µs/request")
}

func mergeAll(b *testing.B, d *db.DB, reqs []*recommend.Request, criteria []string, payload int) {
	b.Helper()
	var answers []recommend.Answer
	for _, r := range reqs {
		for _, c := range criteria {
			answers = append(answers, recommend.Answer{Request: r.ID, Criterion: c, Scored: true, Payload: make([]byte, payload)})
		}
	}
	if _, err := d.Merge(b.Context(), answers); err != nil {
		b.Fatal(err)
	}
}
