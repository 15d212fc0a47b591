package workers

import (
	"testing"
	"testing/synctest"
	"time"

	"webflix/recommend"
)

// A request may fall due while the sweeper is busy with others: it is looked for again at once, and forgotten only then.
func TestAlarmsRingForWhatFellDueMeanwhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const otherwise = 50 * time.Millisecond
		a := newAlarms(&Clock{})
		began := time.Now()
		a.set(recommend.RequestID{1}, began.Add(10*time.Millisecond))
		a.set(recommend.RequestID{2}, began.Add(30*time.Millisecond))
		if left := a.next(began, otherwise); left != 10*time.Millisecond+slack {
			t.Errorf("the first alarm rings in %v", left)
		}
		time.Sleep(20 * time.Millisecond) // a sweep that began then takes so long
		if left := a.next(began, otherwise); left != 0 {
			t.Errorf("the alarm that passed meanwhile rings in %v", left)
		}
		if left := a.next(time.Now(), otherwise); left != 10*time.Millisecond+slack {
			t.Errorf("the next alarm rings in %v", left)
		}
		a.drop(recommend.RequestID{2})
		if left := a.next(time.Now(), otherwise); left != otherwise {
			t.Errorf("without an alarm the sweeper waits %v", left)
		}
	})
}
