package recommend

import "testing"

// A stranger gets what is popular, and criteria without a say are not asked.
func TestBlendSuitsThePerson(t *testing.T) {
	t.Parallel()
	learned := Blend{{"history", 1}, {"next", 0}, {"popularity", 0}}
	say := func(watches int) float64 {
		b := learned.For(watches)
		if b.Find("next") >= 0 {
			t.Errorf("with %d watches a criterion of weight 0 is asked", watches)
		}
		at := b.Find("popularity")
		if at < 0 {
			return 0
		}
		return b[at].Weight / b.Total()
	}
	if stranger, few, many := say(0), say(3), say(10); stranger <= few || few <= many || many == 0 {
		t.Errorf("popularity has a say of %v, %v and %v with 0, 3 and 10 watches", stranger, few, many)
	}
	if many := say(135); many != 0 { // as the only answer it would have to be scaled up beyond all numbers
		t.Errorf("popularity is asked for a say of %v", many)
	}
	if learned[2].Weight != 0 {
		t.Error("the learned blend was changed")
	}
}
