package workers_test

import (
	"math/rand/v2"
	"testing"

	"webflix/queue"
	"webflix/recommend"
	"webflix/workers"
)

// BenchmarkRanking assembles a ranking from the answers of five criteria, as the ledger keeps them.
func BenchmarkRanking(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 1))
	s := &recommend.Standing{Request: recommend.Request{User: 7, Spec: recommend.Spec{First: recommend.DefaultFirst, AllowPartial: true}}}
	for _, c := range []string{"sittings", "next", "community", "genres", "era"} {
		result := recommend.Result{Criterion: c, Status: recommend.StatusDone}
		for _, movie := range random.Perm(4000)[:recommend.CandidateLimit] {
			result.Candidates = append(result.Candidates, recommend.Candidate{Movie: int32(movie), Score: random.Float32()})
		}
		s.Spec.Blend = append(s.Spec.Blend, recommend.Weight{Criterion: c, Weight: 1})
		s.Answers = append(s.Answers, recommend.Answer{Criterion: c, Scored: true, Payload: queue.EncodeResult(&result)})
	}
	b.ReportAllocs()
	for b.Loop() {
		if u, err := workers.Ranking(s, nil); err != nil || len(u.Picks) != recommend.DefaultFirst {
			b.Fatal(len(u.Picks), err)
		}
	}
}
