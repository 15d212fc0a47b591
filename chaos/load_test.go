package chaos

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// flooded asks three times as much as Webflix can answer, for a minute: it refuses what is too much, says when to come back, does not
// grow, and from five seconds after the last of these requests on answers everybody in full.
func flooded() *fault {
	const length = time.Minute
	var roles []*process
	return &fault{
		name: "three times the sustainable load for 60 s", long: 1, alone: true, deadline: time.Second, late: 5 * time.Second, shown: 4 * time.Second,
		setup: func(d *deployment) {
			aggregator, worker := d.start("aggregator"), d.worker(others(""))
			api := d.serve("--limit-in-flight", "500")
			d.replicas.set(api.url)
			d.ready()
			roles = []*process{aggregator, worker, api}
		},
		strike: func(d *deployment) {
			rate := d.sustainable()
			watching, stop := context.WithCancel(d.t.Context())
			var watch sync.WaitGroup
			for _, p := range roles {
				watch.Go(func() {
					most := p.watchMemory(watching)
					d.t.Logf("webflix %s took %d MB at most", p.args[0], most>>20)
					if most > 512<<20 {
						d.t.Errorf("webflix %s grew to %d MB", p.args[0], most>>20)
					}
				})
			}
			asked, drained := d.flood(3*rate, length, time.Second)
			d.pause(5 * time.Second)
			d.calm(4, 5*time.Second)
			drained()
			offered := float64(asked) / length.Seconds()
			d.t.Logf("%.0f requests a second are answered, %.0f were asked; %v", rate, offered, d.seen)
			if offered < 2.7*rate {
				d.t.Errorf("only %.0f requests a second were asked, which is not three times as many as the %.0f that are answered", offered, rate)
			}
			stop()
			watch.Wait()
		},
		check: func(d *deployment) {
			if d.seen.refused["OverloadedError"] == 0 {
				d.t.Error("nobody was told to come back later")
			}
		},
	}
}

// sustainable returns how many requests are answered a second when a crowd asks as fast as it is answered.
func (d *deployment) sustainable() float64 {
	const long = 5 * time.Second
	count := func() int {
		d.seen.mu.Lock()
		defer d.seen.mu.Unlock()
		return len(d.seen.finals)
	}
	finish := d.crowd(48, time.Second)
	d.pause(time.Second)
	before := count()
	d.pause(long)
	answered := count() - before
	finish()
	return float64(answered) / long.Seconds()
}

// calm lets some people ask, each again when answered, for so long, and fails the test unless everybody is answered in full.
func (d *deployment) calm(people int, long time.Duration) {
	d.t.Helper()
	asking, cancel := context.WithTimeout(d.t.Context(), long)
	defer cancel()
	var all sync.WaitGroup
	var answered atomic.Int64
	for i := range people {
		all.Go(func() {
			c := &client{d: d, replicas: d.replicas}
			defer c.close()
			for n := i; asking.Err() == nil; n += people {
				s := c.ask(d.t.Context(), d.people[n%len(d.people)], time.Second, nil)
				d.seen.add(s)
				if f := s.final(); f == nil || f.Coverage.Percent < 99.9 {
					d.t.Errorf("five seconds after the flood: %v", s)
				}
				answered.Add(1)
			}
		})
	}
	all.Wait()
	d.t.Logf("five seconds after the flood %d people asked %d times", people, answered.Load())
}

// flood asks at a rate, whatever the answers, and returns how often it asked, and what waits for the last answers. Who waits for an
// answer does not ask again.
func (d *deployment) flood(rate float64, long, deadline time.Duration) (asked int, drained func()) {
	const most = 4000 // people
	ctx, cancel := context.WithTimeout(d.t.Context(), long+30*time.Second)
	idle := make(chan *client, most)
	var all sync.WaitGroup
	people, turnedAway := 0, 0
	begun := time.Now()
	for n := 0; time.Since(begun) < long; n++ {
		pause(ctx, time.Until(begun.Add(time.Duration(float64(n)/rate*float64(time.Second)))))
		var c *client
		select {
		case c = <-idle:
		default:
			if people == most {
				turnedAway++
				continue
			}
			people++
			c = &client{d: d, replicas: d.replicas}
		}
		asked++
		all.Go(func() {
			d.seen.add(c.ask(ctx, d.people[n%len(d.people)], deadline, nil))
			idle <- c
		})
	}
	d.t.Logf("%d people asked; %d times there was nobody left to ask", people, turnedAway)
	return asked, func() {
		defer cancel()
		all.Wait()
		close(idle)
		for c := range idle {
			if c.conn != nil {
				c.conn.Drop()
			}
		}
	}
}

// watchMemory returns the most memory that a process has taken until ctx ends, in bytes.
func (p *process) watchMemory(ctx context.Context) int64 {
	for ctx.Err() == nil {
		pause(ctx, time.Second)
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		p.d.t.Logf("this system does not say how much memory webflix %s takes: %v", p.args[0], err)
		return 0
	}
	for l := range strings.Lines(string(status)) {
		if text, found := strings.CutPrefix(l, "VmHWM:"); found {
			kilobytes, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(text), " kB"), 10, 64)
			return kilobytes << 10
		}
	}
	return 0
}
