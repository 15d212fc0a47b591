package workers

import (
	"testing"
	"time"
)

func TestPace(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		results  int
		every    time.Duration
		from, to time.Duration
	}{
		"a lone person's five":         {5, time.Second, 0, 0},
		"fifty people a second":        {1, 4 * time.Millisecond, 0, 0},
		"more than can be merged":      {200, 20 * time.Millisecond, 0, 0},
		"as many as through RabbitMQ":  {60, 20 * time.Millisecond, paceRest, paceRest},
		"in between":                   {8, 10 * time.Millisecond, paceRest / 4, 3 * paceRest / 4},
		"one at a time, out of breath": {1, time.Millisecond / 2, paceRest, paceRest},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var p pace
			now := time.Unix(1, 0)
			var long time.Duration
			for range 5000 {
				now = now.Add(c.every)
				long = p.after(c.results, now)
			}
			if long < c.from || long > c.to {
				t.Errorf("rests for %v, not %v to %v", long, c.from, c.to)
			}
		})
	}
}
