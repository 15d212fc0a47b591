package recommend

import (
	"fmt"
	"math"
	"slices"
)

// Weight is a criterion's say in a blend.
type Weight struct {
	Criterion string  `json:"criterion"`
	Weight    float64 `json:"weight"` // at least 0; only the ratio between weights matters for the order
}

// Blend lists the criteria that a request asks, with their weights. Its order is the order in which scores are summed, so
// that the same scores always give the same total, bit for bit.
type Blend []Weight

// Total returns the sum of the weights.
func (b Blend) Total() float64 {
	var sum float64
	for _, w := range b {
		sum += w.Weight
	}
	return sum
}

// Find returns the criterion's place in the blend, or -1.
func (b Blend) Find(criterion string) int {
	return slices.IndexFunc(b, func(w Weight) bool { return w.Criterion == criterion })
}

// Check reports what is wrong with the blend: it is empty, names a criterion twice, has a weight that is not a finite
// number of at least 0, or no weight above 0.
func (b Blend) Check() error {
	for i, w := range b {
		if b[:i].Find(w.Criterion) >= 0 {
			return fmt.Errorf("criterion %q is named twice", w.Criterion)
		}
		if math.IsNaN(w.Weight) || math.IsInf(w.Weight, 0) || w.Weight < 0 {
			return fmt.Errorf("the weight of criterion %q is %v; it must be at least 0", w.Criterion, w.Weight)
		}
	}
	if total := b.Total(); total <= 0 || math.IsInf(total, 0) {
		return fmt.Errorf("the weights of the criteria sum to %v; at least one must be above 0", total)
	}
	return nil
}

// A stranger's popularity has coldSay times the say of the whole learned blend besides its own, and with coldWatches watches about a
// third of that: from few films the other criteria see little, yet make some films stand out far. Histories that
// were cut short want it louder for longer, but people who have watched no more than that do not.
const (
	coldWatches = 6.0
	coldSay     = 0.7
	leastSay    = 1e-6 // of the whole blend; a criterion with less is not worth asking
)

// SettledWatches is how many films somebody has watched for whom the blend is everybody's: what popularity would have more of has
// fallen to a hundred thousandth of the whole.
const SettledWatches = 20

// For returns the learned blend as it suits a person who has seen so many films: popularity has the more say the less is
// known of them, and criteria without a say are not asked.
func (b Blend) For(watches int) Blend {
	out := make(Blend, 0, len(b))
	for _, w := range b {
		if w.Criterion == "popularity" && watches < SettledWatches {
			known := float64(watches) / coldWatches
			w.Weight += b.Total() * coldSay * math.Exp(-known*known)
		}
		if w.Weight > b.Total()*leastSay {
			out = append(out, w)
		}
	}
	return out
}
