package chaos

import (
	"context"
	"slices"
	"strings"
	"syscall"
	"time"
)

// brokerKilled ends RabbitMQ as a power cut does.
func brokerKilled() *fault {
	var worst time.Duration
	var sent *numbers
	return &fault{
		name: "RabbitMQ killed", short: 1, long: 6, breaksBroker: true, timed: true,
		setup: func(d *deployment) {
			d.oneOfEach()
			sent = d.number()
		},
		strike: func(d *deployment) {
			d.pause(time.Second)
			d.kills.Add(1)
			d.broker.end(syscall.SIGKILL)
			d.strangers(500 * time.Millisecond)
			d.broker.restart(d.t)
			worst = max(worst, d.whole(5*time.Second))
		},
		check: func(d *deployment) {
			refused(d)
			d.kept("P6", "requests answered in full after RabbitMQ takes connections again, at most", worst, 2*time.Second)
			sent.kept(d)
		},
	}
}

// refused fails the test unless people were told that something is away.
func refused(d *deployment) {
	if d.seen.told() == 0 {
		d.t.Error("nobody was told")
	}
}

// brokerRestarted stops RabbitMQ as an administrator does.
func brokerRestarted() *fault {
	return &fault{
		name: "RabbitMQ restarted", long: 3, breaksBroker: true,
		strike: func(d *deployment) {
			d.pause(time.Second)
			d.broker.end(syscall.SIGTERM)
			d.strangers(500 * time.Millisecond)
			d.broker.restart(d.t)
			d.whole(10 * time.Second)
		},
		check: refused,
	}
}

// alarmed makes RabbitMQ take no messages for ten seconds.
func alarmed(name string, on, off []string) *fault {
	var api *process
	idle := 0
	return &fault{
		name: name, long: 2, breaksBroker: true, timed: true,
		setup: func(d *deployment) {
			_, _, api = d.oneOfEach()
			idle = api.goroutines()
		},
		strike: func(d *deployment) {
			d.pause(time.Second)
			d.broker.ctl(d.t, on...)
			d.pause(10 * time.Second)
			d.broker.ctl(d.t, off...)
			d.whole(10 * time.Second)
		},
		check: func(d *deployment) {
			if d.seen.refused["OverloadedError"] == 0 {
				d.t.Errorf("nobody was told to come back later: %v", d.seen)
			}
			q, err := d.channel().QueueDeclarePassive(d.topology.Dead().Name, true, false, false, false, nil)
			d.t.Logf("%d dead letters, %v", q.Messages, err)
			d.kept("P7", name+": refusals, 99 of 100 within", most(99, d.seen.refusals), 200*time.Millisecond)
			ctx, cancel := context.WithTimeout(d.t.Context(), 3*time.Second)
			defer cancel()
			eventually(ctx, d.t, "nothing hangs in the API", func() bool { return api.goroutines() < idle+20 })
		},
	}
}

func memoryAlarm() *fault {
	return alarmed("RabbitMQ short of memory for 10 s",
		[]string{"set_vm_memory_high_watermark", "0.00001"}, []string{"set_vm_memory_high_watermark", "0.4"})
}

func diskAlarm() *fault {
	return alarmed("RabbitMQ short of disk for 10 s",
		[]string{"set_disk_free_limit", "1000000GB"}, []string{"set_disk_free_limit", "10MB"})
}

// taskQueueDeleted deletes a criterion's queue while it is in use: finals that are not complete go without this criterion.
func taskQueueDeleted() *fault {
	return &fault{
		name: "task queue deleted", short: 1, long: 10,
		strike: func(d *deployment) {
			if _, err := d.channel().QueueDelete(d.topology.Task("history").Name, false, false, false); err != nil {
				d.t.Fatal(err)
			}
			d.whole(10 * time.Second)
			d.pause(time.Second)
		},
		check: func(d *deployment) {
			for id, f := range d.seen.finals {
				if missing := f.missing(); f.Coverage.Percent < 99.9 && !slices.Contains(missing, "history") {
					d.t.Errorf("%s goes without %v, and it was the queue of history that was deleted", id, missing)
				}
			}
		},
	}
}

// brokerRefuses changes the password under running processes, and starts others that cannot get in: with a virtual host that there
// is not, with TLS where there is none, and to a server whose certificate nobody vouches for. They say why, wait, and work as soon as
// they are let in.
func brokerRefuses() *fault {
	return &fault{
		name: "wrong password, virtual host, TLS", long: 2, breaksBroker: true,
		strike: func(d *deployment) {
			address := "127.0.0.1:" + portOf(freeAddress(d.t))
			elsewhere := d.broker.url + "nowhere"
			lost := d.startWith([]string{"AMQP_URL=" + elsewhere}, "worker", "--operations-listen", address)
			secret := d.startWith([]string{"AMQP_URL=amqps" + strings.TrimPrefix(d.broker.url, "amqp")}, "worker")
			wary, talked := d.impostor()
			d.broker.ctl(d.t, "change_password", "guest", "other")
			d.broker.ctl(d.t, "close_all_connections", "for the test")
			d.strangers(2 * time.Second)
			for _, p := range []*process{lost, secret, wary} {
				d.says(p, "No connection to RabbitMQ")
			}
			d.says(wary, "certificate signed by unknown authority")
			if talked() {
				d.t.Error("a worker talks to a server whose certificate nobody vouches for")
			}
			d.says(lost, "check user, password and virtual host")
			if isReady(d.t.Context(), address) {
				d.t.Error("a worker without a broker says that it is ready")
			}
			d.broker.ctl(d.t, "change_password", "guest", "guest")
			d.whole(10 * time.Second)
			d.broker.ctl(d.t, "add_vhost", "nowhere")
			d.broker.ctl(d.t, "set_permissions", "-p", "nowhere", "guest", ".*", ".*", ".*")
			ctx, cancel := context.WithTimeout(d.t.Context(), 20*time.Second)
			defer cancel()
			eventually(ctx, d.t, "the worker that was let in works", func() bool { return isReady(ctx, address) })
			d.broker.ctl(d.t, "delete_vhost", "nowhere")
			lost.end()
			secret.end()
			wary.end()
		},
		check: refused,
	}
}

// says waits until a process complains, and fails the test when it has ended.
func (d *deployment) says(p *process, what string) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), 10*time.Second)
	defer cancel()
	eventually(ctx, d.t, "webflix "+p.args[0]+" says: "+what, func() bool { return strings.Contains(p.output.String(), what) })
	select {
	case <-p.ended:
		d.t.Errorf("webflix %s has ended:\n%s", p.args[0], p.output.tail())
	default:
	}
}
