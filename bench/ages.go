package bench

import (
	"context"
	"encoding/json"
	"strings"
	"time"
)

// lookEvery is between two looks at the queues while they are measured: a look asks the broker for each of them.
const lookEvery = time.Second

const agesQuery = `{ pipeline { queues { name oldestMs } } }`

// watchAges looks at the queues until the function that it returns is called, which says how old the oldest task or result was that
// was ever seen, in milliseconds; nil when the server does not tell, since the token is no administrator's.
func watchAges(ctx context.Context, c *Client) (stop func() *float64) {
	ctx, cancel := context.WithCancel(ctx)
	oldest := make(chan *float64, 1)
	go func() {
		var most *float64
		for ctx.Err() == nil {
			if age, err := oldestAge(ctx, c); err == nil && age != nil && (most == nil || *age > *most) {
				most = age
			}
			rest(ctx, lookEvery)
		}
		oldest <- most
	}()
	return func() *float64 {
		cancel()
		return <-oldest
	}
}

// oldestAge returns the age of the oldest task or result, nil when the server does not tell.
func oldestAge(ctx context.Context, c *Client) (*float64, error) {
	events, err := c.Subscribe(ctx, agesQuery, nil)
	if err != nil {
		return nil, err
	}
	e, ok := <-events
	if !ok || e.Err != nil {
		return nil, e.Err
	}
	var data struct {
		Pipeline *struct {
			Queues []struct {
				Name     string
				OldestMs *float64
			}
		}
	}
	if err := json.Unmarshal(e.Data, &data); err != nil || data.Pipeline == nil {
		return nil, err
	}
	var oldest *float64
	for _, q := range data.Pipeline.Queues {
		if strings.HasSuffix(q.Name, "dead") || q.OldestMs == nil {
			continue
		}
		if oldest == nil || *q.OldestMs > *oldest {
			oldest = q.OldestMs
		}
	}
	return oldest, nil
}
