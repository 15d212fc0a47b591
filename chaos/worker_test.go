package chaos

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"slices"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// workerKilledInMidTask kills a worker of a slow criterion, its hands full of tasks; another takes them over.
func workerKilledInMidTask() *fault {
	var victim *process
	slow := func(d *deployment) *process { return d.worker("history", "--slow", "history=200ms", "--parallel", "8") }
	return &fault{
		name: "worker killed in mid-task", short: 2, long: 20, deadline: 5 * time.Second,
		setup: func(d *deployment) {
			d.start("aggregator")
			d.worker(others("history"))
			d.replicas.set(d.serve().url)
			victim = slow(d)
			d.ready()
		},
		strike: func(d *deployment) {
			heir := slow(d)
			d.consumed(d.topology.Task("history").Name, 2)
			d.pause(300 * time.Millisecond)
			victim.kill()
			victim = heir
		},
		check: complete,
	}
}

// complete fails the test unless every final covers every criterion.
func complete(d *deployment) {
	if d.seen.partial > 0 {
		d.t.Errorf("%d finals went without a criterion", d.seen.partial)
	}
}

// criterionStopped runs no worker of one criterion for a while.
func criterionStopped() *fault {
	var worker *process
	return &fault{
		name: "one criterion stopped altogether", long: 3, deadline: 400 * time.Millisecond,
		setup: func(d *deployment) {
			d.start("aggregator")
			d.worker(others("community"))
			worker = d.worker("community")
			d.replicas.set(d.serve().url)
			d.ready()
		},
		strike: func(d *deployment) {
			worker.kill()
			d.pause(5 * time.Second)
			s := d.one(d.replicas, 400*time.Millisecond, nil)
			if f := s.final(); f == nil || f.Coverage.Percent > 99.9 || len(f.Picks) == 0 || len(f.Degraded) == 0 {
				d.t.Errorf("without one criterion: %v", s)
			}
			worker = d.worker("community")
			d.ready()
			d.whole(20 * time.Second)
		},
	}
}

// workerKilledBeforeItsAck kills a worker whose result the broker has confirmed, when it is about to acknowledge the task: another
// one scores the task again, and the result counts once.
func workerKilledBeforeItsAck() *fault {
	return &fault{
		name: "worker killed between its result's confirmation and its acknowledgement", short: 2, long: 20, deadline: 5 * time.Second,
		strike: func(d *deployment) {
			trap, url := newTap(d.t, d.broker)
			victim := d.startWith([]string{"AMQP_URL=" + url}, "worker", "--criteria", "history")
			d.consumed(d.topology.Task("history").Name, 2)
			d.caught(trap, method.acks, victim)
		},
		check: complete,
	}
}

// caught kills the victim at the first method that the trap wants.
func (d *deployment) caught(trap *tap, wants func(method) bool, victim *process) {
	d.t.Helper()
	caught := make(chan struct{})
	trap.spring(wants, func() {
		victim.kill()
		close(caught)
	})
	select {
	case <-caught:
	case <-time.After(30 * time.Second):
		d.t.Fatalf("webflix %s never came to the point where it is to be killed", victim.args[0])
	}
}

// scorerPanics lets one criterion panic over one person in ten. Their tasks are tried four times and become dead letters; their finals
// say so and do not wait for the deadline; nobody else notices.
func scorerPanics() *fault {
	var digit int64
	return &fault{
		name: "criterion panics over one person in ten", long: 20, timed: true,
		setup: func(d *deployment) {
			digit = (d.people[0] + 1) % 10
			file, err := filepath.Abs("../workers/worker.go")
			if err != nil {
				d.t.Fatal(err)
			}
			d.start("aggregator")
			d.worker(others("history"))
			sound := d.path
			d.path = d.buildWith(file, map[string]string{
				"\treturn w.Scorer.Score(task)\n": fmt.Sprintf("\tif task.User%%10 == %d {\n\t\tpanic(\"a fault\")\n\t}\n\treturn w.Scorer.Score(task)\n", digit),
			})
			d.worker("history")
			d.path = sound
			d.replicas.set(d.serve().url)
			d.ready()
		},
		strike: func(d *deployment) { d.pause(time.Second) },
		check: func(d *deployment) {
			rejected := 0
			for _, f := range d.seen.finals {
				if slices.Contains(f.Degraded, "REJECTED") {
					rejected++
				} else if f.Coverage.Percent < 99.9 && !slices.Contains(f.Degraded, "DEADLINE") {
					d.t.Errorf("a final covers %v %% and does not say why: %v", f.Coverage.Percent, f.Degraded)
				}
			}
			if rejected == 0 || rejected > len(d.seen.finals)/5 {
				d.t.Errorf("%d of %d finals went without the criterion that panics", rejected, len(d.seen.finals))
			}
			d.dead(rejected)
			d.kept("P5", "a task that is poison: tried four times, dead-lettered, and its request final, 99 of 100 within",
				most(99, d.seen.rejected()), time.Second)
		},
	}
}

// dead waits until there are at least so many dead letters.
func (d *deployment) dead(want int) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), 10*time.Second)
	defer cancel()
	ch := d.channel()
	eventually(ctx, d.t, fmt.Sprintf("there are %d dead letters", want), func() bool {
		q, err := ch.QueueDeclarePassive(d.topology.Dead().Name, true, false, false, false, nil)
		return err == nil && q.Messages >= want
	})
}

// poison puts messages on the queues that nobody can handle: they are dead-lettered, and nothing stops.
func poison() *fault {
	var ch *amqp.Channel
	sent := 0
	return &fault{
		name: "poison messages, and garbage on the port", short: 5, long: 100,
		setup: func(d *deployment) {
			d.oneOfEach()
			ch = d.channel()
		},
		strike: func(d *deployment) {
			task, result := d.topology.Task("history").Bind, d.topology.Result().Bind
			for _, p := range []amqp.Publishing{
				{Type: "task/1", Body: []byte("garbage")},
				{Type: "task/99", Body: make([]byte, 1<<20)},
				{Body: nil, Headers: amqp.Table{"x-webflix-published": "yesterday", "traceparent": int64(7)}},
				{Type: "result/1", Body: []byte{0xff, 0xff, 0xff, 0xff, 0xff}},
				{Type: "result/2", Body: append([]byte{0xf2}, bytes.Repeat([]byte{0xff}, 100)...)},
				{Type: "result/2", CorrelationId: fmt.Sprint(sent), Headers: amqp.Table{"large": string(make([]byte, 100_000))}},
			} {
				for _, to := range []struct{ exchange, key string }{{task.Exchange, task.Key}, {result.Exchange, result.Key}} {
					if err := ch.PublishWithContext(d.t.Context(), to.exchange, to.key, false, false, p); err != nil {
						d.t.Fatal(err)
					}
					sent++
				}
			}
			d.disturb()
			d.pause(100 * time.Millisecond)
		},
		check: func(d *deployment) {
			d.dead(sent)
			complete(d)
		},
	}
}

// disturb sends the broker a header that is larger than a frame may be, for which it ends the connection, and what is no AMQP at all,
// which it answers with the protocol that it speaks.
func (d *deployment) disturb() {
	d.t.Helper()
	conn, err := amqp.Dial(d.broker.url)
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = conn.Close() }() // the broker has done so
	closed := conn.NotifyClose(make(chan *amqp.Error, 1))
	ch, err := conn.Channel()
	if err != nil {
		d.t.Fatal(err)
	}
	to := d.topology.Result().Bind
	_ = ch.PublishWithContext(d.t.Context(), to.Exchange, to.Key, false, false, amqp.Publishing{ // the end may come before its own
		Headers: amqp.Table{"large": string(make([]byte, 200_000))},
	})
	select {
	case reason := <-closed:
		d.t.Logf("RabbitMQ about a header larger than a frame: %v", reason)
	case <-time.After(10 * time.Second):
		d.t.Error("RabbitMQ goes on with who sends a header larger than a frame")
	}
	garbage, err := net.Dial("tcp", d.broker.address())
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = garbage.Close() }()
	_ = garbage.SetDeadline(time.Now().Add(10 * time.Second))
	answer := make([]byte, 4)
	_, err = garbage.Write([]byte("GET / HTTP/1.1\r\n\r\n\x00\xff\xce"))
	if err == nil {
		_, err = io.ReadFull(garbage, answer)
	}
	if err != nil || string(answer) != "AMQP" {
		d.t.Errorf("RabbitMQ answers garbage with %q, %v", answer, err)
	}
}
