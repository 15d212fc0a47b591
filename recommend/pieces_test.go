package recommend

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestPiecesKeepTheWeightiestInOrder(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		evidence := make([]Evidence, random.IntN(12))
		for i := range evidence {
			evidence[i] = Evidence{Movie: int32(i), Share: float32(random.IntN(6) - 2)} // equal ones and none at all among them
		}
		want := slices.DeleteFunc(slices.Clone(evidence), func(e Evidence) bool { return e.Share <= 0 })
		slices.SortStableFunc(want, func(a, b Evidence) int { return cmp.Compare(b.Share, a.Share) })
		want = want[:min(len(want), evidenceKept)]
		var p pieces
		p.reset(2)
		for _, e := range evidence {
			p.add(1, e)
		}
		if got := p.of(1, 1); !slices.Equal(got, want) {
			t.Fatalf("of %v are kept %v, want %v", evidence, got, want)
		}
	}
}
