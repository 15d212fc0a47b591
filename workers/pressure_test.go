package workers_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"webflix/recommend"
	"webflix/workers"
)

// Requests are refused when no criterion keeps up, and not while one does.
func TestDeepQueuesRefuseRequests(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := start(t, nil, criterion{name: "genres", weight: 1, absent: true}, criterion{name: "history", weight: 1, absent: true})
		pressure := &workers.Pressure{Broker: p.broker, Blends: p, Depth: 3, Log: quiet()}
		p.run(pressure.Run)
		p.Dispatcher.Pressure = pressure
		for range 4 {
			if _, err := p.Start(t.Context(), wish(7, 9*time.Second)); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Second) // of the bubble
		_, err := p.Start(t.Context(), wish(7, time.Second))
		refused := (*recommend.UnavailableError)(nil)
		if !errors.As(err, &refused) || !refused.Overloaded || refused.RetryAfter <= 0 {
			t.Fatalf("with every queue too deep: %v", err)
		}
		p.work(criterion{name: "genres"})
		time.Sleep(time.Second)
		if _, err := p.Start(t.Context(), wish(7, time.Second)); err != nil {
			t.Errorf("with one criterion that keeps up: %v", err)
		}
	})
}
