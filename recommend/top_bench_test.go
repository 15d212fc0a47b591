package recommend

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// BenchmarkTop selects the best films of 4,000 and 60,000, when their scores are in no order, and when they are in the worst one:
// each is better than all before it.
func BenchmarkTop(b *testing.B) {
	for _, films := range []int{4_000, 60_000} {
		random := rand.New(rand.NewPCG(1, 1))
		scores := make([]float32, films)
		for i := range scores {
			scores[i] = random.Float32()
		}
		rising := slices.Sorted(slices.Values(scores))
		for _, order := range []struct {
			name string
			raw  []float32
		}{{"any", scores}, {"rising", rising}} {
			b.Run(fmt.Sprintf("%s/films=%d", order.name, films), func(b *testing.B) {
				s := &sheet{raw: order.raw}
				b.ReportAllocs()
				for b.Loop() {
					s.top(CandidateLimit)
				}
			})
		}
	}
}

// BenchmarkDot multiplies what community knows of a person with what it knows of a film.
func BenchmarkDot(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 1))
	person, film := make([]float32, communitySize), make([]float32, communitySize)
	for i := range person {
		person[i], film[i] = random.Float32(), random.Float32()
	}
	for b.Loop() {
		dot(person, film)
	}
}

// BenchmarkTallyDiverse ranks the results of five criteria so that films come first that are unlike those above them.
func BenchmarkTallyDiverse(b *testing.B) {
	catalog, err := NewCatalog(Generate(World{Seed: 1, Films: 4_000, People: 2_000, Ratings: 200_000}))
	if err != nil {
		b.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 1))
	var results []Result
	var blend Blend
	for _, name := range []string{"sittings", "next", "community", "genres", "era"} {
		blend = append(blend, Weight{name, 1})
		r := done(name, 0)
		for i, place := range random.Perm(catalog.Len())[:CandidateLimit] {
			r.Candidates = append(r.Candidates, Candidate{Movie: catalog.ids[place], Score: float32(CandidateLimit-i) / CandidateLimit})
		}
		results = append(results, r)
	}
	s := standing(DefaultFirst, blend...)
	s.Spec.Diversity = 0.5
	b.ReportAllocs()
	for b.Loop() {
		TallyDiverse(s, results, catalog)
	}
}
