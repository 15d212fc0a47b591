package queue

import (
	"testing"
	"time"
)

func TestTopologyNamesEveryQueue(t *testing.T) {
	t.Parallel()
	names := Topology{Prefix: "blue."}
	for _, c := range []struct {
		queue                Queue
		name, exchange, dead string
		durable, keepDead    bool
		ttl                  time.Duration
		limit, length        int
	}{
		{names.Task("genres"), "blue.task.genres", "blue.webflix.task/genres", "blue.webflix.dead/dead", true, false, 10 * time.Second, 3, 20_000},
		{names.Result(), "blue.result", "blue.webflix.result/result", "blue.webflix.dead/dead", true, true, 0, 20, 100_000},
		{names.Live("r1"), "blue.live.r1", "blue.webflix.live/r1", "/", false, false, 0, 0, 10_000},
		{names.Dead(), "blue.dead", "blue.webflix.dead/dead", "/", true, false, 7 * 24 * time.Hour, 0, 10_000},
	} {
		q := c.queue
		if q.Name != c.name || q.Bind.String() != c.exchange || q.DeadLetter.String() != c.dead || q.Durable != c.durable ||
			q.KeepDead != c.keepDead || q.TTL != c.ttl || q.DeliveryLimit != c.limit || q.MaxLength != c.length {
			t.Errorf("%s is %+v", c.name, q)
		}
	}
	if (Topology{}).Result().Name != "result" {
		t.Error("without a prefix the names are not the deployment's own")
	}
}
