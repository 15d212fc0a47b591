package queue

import (
	"testing"
	"time"
)

func TestRateIsThatOfTheLastFewSeconds(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var r rate
	for i := range 100 { // ten a second, for ten seconds
		r.add(1, begin.Add(time.Duration(i)*100*time.Millisecond))
	}
	for after, want := range map[time.Duration]float64{
		9900 * time.Millisecond: 10,
		12 * time.Second:        5.4,
		time.Minute:             0,
	} {
		of := r
		if got := of.perSecond(begin.Add(after)); got != want {
			t.Errorf("after %v: %v a second, want %v", after, got, want)
		}
	}
}
