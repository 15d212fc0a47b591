package queue

import (
	"math/rand/v2"
	"testing"
)

// Whatever the order in which deliveries are settled, the broker hears of each exactly once, and never of one too early.
func TestReceiptsCoverWhatIsSettledAndNothingElse(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 1))
		const n = 60
		outstanding := make(map[uint64]bool) // at the broker
		for tag := uint64(1); tag <= n; tag++ {
			outstanding[tag] = true
		}
		ready := make(map[uint64]bool)
		r := newReceipts()
		order := random.Perm(n)
		for len(order) > 0 {
			size := min(1+random.IntN(5), len(order))
			var handled, others []uint64
			for _, i := range order[:size] {
				tag := uint64(i + 1)
				ready[tag] = true
				if random.IntN(4) == 0 {
					others = append(others, tag)
					delete(outstanding, tag) // it was rejected first
				} else {
					handled = append(handled, tag)
				}
			}
			order = order[size:]
			upTo, alone := r.add(handled, others)
			if upTo > 0 && !outstanding[upTo] {
				t.Fatalf("seed %d: delivery %d is acknowledged, but is not outstanding", seed, upTo)
			}
			for tag := range outstanding {
				if tag <= upTo {
					if !ready[tag] {
						t.Fatalf("seed %d: delivery %d is acknowledged before it is settled", seed, tag)
					}
					delete(outstanding, tag)
				}
			}
			for _, tag := range alone {
				if !outstanding[tag] || !ready[tag] {
					t.Fatalf("seed %d: delivery %d is acknowledged out of turn", seed, tag)
				}
				delete(outstanding, tag)
			}
			for tag := range outstanding {
				if ready[tag] {
					t.Fatalf("seed %d: delivery %d is settled, but not acknowledged", seed, tag)
				}
			}
		}
		if len(r.settled) > 0 {
			t.Errorf("seed %d: %d receipts are kept for nothing", seed, len(r.settled))
		}
	}
}

func TestReceiptsOfARunAreOne(t *testing.T) {
	t.Parallel()
	r := newReceipts()
	if upTo, alone := r.add([]uint64{2, 3}, nil); upTo != 0 || len(alone) != 2 {
		t.Errorf("got %d and %v, want each alone while 1 is open", upTo, alone)
	}
	if upTo, alone := r.add([]uint64{5, 4, 1}, []uint64{6}); upTo != 5 || len(alone) != 0 {
		t.Errorf("got %d and %v, want one acknowledgement up to 5", upTo, alone)
	}
}
