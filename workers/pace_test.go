package workers

import (
	"testing"
	"time"
)

func TestRestAfter(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		requests, results int
		want              time.Duration
	}{
		"late results alone":                {0, 3, 0},
		"a lone person's first":             {1, 1, 0},
		"a lone person's five":              {1, 5, 0},
		"two people's":                      {2, 2, longestRest / 7},
		"a crowd's":                         {8, 19, longestRest},
		"a larger crowd's":                  {30, 90, longestRest},
		"as many as are worth their commit": {40, 100, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := restAfter(c.requests, c.results); got != c.want {
				t.Errorf("rests for %v, not %v", got, c.want)
			}
		})
	}
}
