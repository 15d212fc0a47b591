package queue

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestRingIsAQueueWithTwoEnds(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	var r ring[int]
	var model []int
	for i := range 100_000 {
		switch random.IntN(5) {
		case 0, 1:
			r.pushBack(i)
			model = append(model, i)
		case 2:
			r.pushFront(i)
			model = slices.Insert(model, 0, i)
		default:
			if len(model) == 0 {
				continue
			}
			if got := r.popFront(); got != model[0] {
				t.Fatalf("step %d: got %d, want %d", i, got, model[0])
			}
			model = model[1:]
		}
		if r.len() != len(model) || len(model) > 0 && (r.front() != model[0] || r.at(len(model)-1) != model[len(model)-1]) {
			t.Fatalf("step %d: the ring is out of step", i)
		}
	}
}
