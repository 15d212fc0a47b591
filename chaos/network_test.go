package chaos

import (
	"context"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// partitioned cuts one role after another off from RabbitMQ, without either side being told: what was sent comes when the partition
// heals. The second time that a role is cut off, it is for so long that its heartbeats find out.
func partitioned() *fault {
	roles := []string{"worker", "aggregator", "serve"}
	ways, addresses := map[string]*proxy{}, map[string]string{}
	next := 0
	return &fault{
		name: "half-open partition, then healed", long: 6, clients: 16,
		setup: func(d *deployment) {
			env := map[string][]string{}
			for _, role := range roles {
				ways[role] = newProxy(d.t, d.broker.address())
				env[role] = []string{"AMQP_URL=" + ways[role].through(d.broker.url)}
				addresses[role] = freeAddress(d.t)
			}
			d.startWith(env["aggregator"], "aggregator", "--operations-listen", addresses["aggregator"])
			d.startWith(env["worker"], "worker", "--operations-listen", addresses["worker"])
			api := d.serveWith(env["serve"])
			addresses["serve"] = api.address()
			d.replicas.set(api.url)
			d.ready()
		},
		strike: func(d *deployment) {
			role, again := roles[next%len(roles)], next >= len(roles)
			next++
			begun := time.Now()
			heal := ways[role].toxic("partition", "{}")
			length := 8 * time.Second
			if again {
				length = 25 * time.Second
				d.notReady(role, addresses[role], begun)
			}
			d.pause(time.Until(begun.Add(length)))
			heal()
			d.whole(15 * time.Second)
			d.pause(time.Second)
		},
	}
}

// notReady waits until a process says that it is not ready: ten seconds after its connection died, and some for a slow machine.
func (d *deployment) notReady(role, address string, since time.Time) {
	d.t.Helper()
	ctx, cancel := context.WithDeadline(d.t.Context(), since.Add(15*time.Second))
	defer cancel()
	eventually(ctx, d.t, "webflix "+role+" finds out that its connection is dead", func() bool {
		return !isReady(d.t.Context(), address)
	})
	d.t.Logf("webflix %s found out %v after its connection was dead", role, time.Since(since).Round(100*time.Millisecond))
}

// connectionsReset resets every connection to RabbitMQ, every second.
func connectionsReset() *fault {
	var way *tap
	return &fault{
		name: "connections reset every second", short: 3, long: 150,
		setup: func(d *deployment) {
			var url string
			way, url = newTap(d.t, d.broker)
			d.env = append(d.env, "AMQP_URL="+url)
			d.oneOfEach()
		},
		strike: func(d *deployment) {
			way.reset()
			d.pause(time.Second)
		},
		check: complete,
	}
}

// slowNetwork makes a round trip to RabbitMQ take 200 ± 100 ms, in small pieces.
func slowNetwork() *fault {
	var way *proxy
	return &fault{
		name: "network slow by 200 ± 100 ms, packets sliced", long: 5, clients: 32, deadline: 5 * time.Second,
		setup: func(d *deployment) {
			way = newProxy(d.t, d.broker.address())
			d.env = append(d.env, "AMQP_URL="+way.through(d.broker.url))
			d.oneOfEach()
		},
		strike: func(d *deployment) {
			whole := way.toxic("slicer", `{"average_size": 512, "size_variation": 256, "delay": 10}`)
			quick := way.toxic("latency", `{"latency": 100, "jitter": 50}`)
			d.pause(8 * time.Second)
			quick()
			whole()
			d.whole(10 * time.Second)
		},
		check: complete,
	}
}

// duplicated sends a copy of one message in twenty after it, and lets tasks and results overtake one another.
func duplicated() *fault {
	return &fault{
		name: "5 % duplicates, and reordering", short: 1, long: 60,
		setup: func(d *deployment) {
			_, _, api := d.oneOfEach()
			d.shuffle(api)
		},
		strike: func(d *deployment) { d.pause(2 * time.Second) },
		check: func(d *deployment) {
			d.t.Logf("%d messages came twice", d.copies.Load())
			if d.copies.Load() == 0 {
				d.t.Error("no message came twice")
			}
			complete(d)
		},
	}
}

// clocksOff sets the clock of a worker an hour ahead and that of an API replica an hour behind.
func clocksOff() *fault {
	return &fault{
		name: "clocks off by an hour", long: 40,
		setup: func(d *deployment) {
			right := d.path
			d.path = skewable(d)
			d.startWith([]string{skewVariable + "=3600"}, "worker")
			d.replicas.set(d.serveWith([]string{skewVariable + "=-3600"}).url)
			d.path = right
			d.start("aggregator")
			d.ready()
		},
		strike: func(d *deployment) { d.pause(3 * time.Second) },
		check:  complete,
	}
}

// skewVariable holds the seconds by which the clock of a process is wrong, if it was built by skewable.
const skewVariable = "CHAOS_CLOCK_SKEW"

// skewable builds webflix with another package time, whose Now goes wrong by as much as a variable says. Timers go right.
func skewable(d *deployment) string {
	d.t.Helper()
	root, err := exec.CommandContext(d.t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		d.t.Fatal(err)
	}
	return d.buildWith(filepath.Join(strings.TrimSpace(string(root)), "src", "time", "time.go"), map[string]string{
		"import (\n": "import (\n\t\"syscall\"\n",
		"func Now() Time {\n\tsec, nsec, mono := runtimeNow()\n": `
var skew = func() (seconds int64) {
	text, _ := syscall.Getenv("` + skewVariable + `")
	sign := int64(1)
	for _, c := range []byte(text) {
		if c == '-' {
			sign = -1
		} else {
			seconds = 10*seconds + int64(c-'0')
		}
	}
	return sign * seconds
}()

func Now() Time {
	sec, nsec, mono := runtimeNow()
	sec += skew
`,
	})
}
