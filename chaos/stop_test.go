package chaos

import (
	"context"
	"fmt"
	"syscall"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"webflix/recommend"
)

// TestWorkerFrozen stops the only worker of a criterion with SIGSTOP, tasks in its hands: finals come at the deadline without
// it, and with it again once it goes on.
func TestWorkerFrozen(t *testing.T) {
	t.Parallel()
	d := deploy(t, sharedRabbitMQ(t))
	d.start("aggregator")
	d.worker(others("history"))
	victim := d.worker("history")
	api := d.serve()
	r := &replicas{}
	r.set(api.url)
	d.ready()
	seen := &tally{}
	n := times(1, 15)
	for range n {
		victim.signal(syscall.SIGSTOP)
		finish := d.crowd(r, 4, 400*time.Millisecond)
		pause(t.Context(), 1200*time.Millisecond)
		stopped := finish()
		if stopped.finals == 0 || stopped.partial != stopped.finals {
			t.Errorf("with a frozen worker: %v", stopped)
		}
		seen.merge(stopped)
		victim.signal(syscall.SIGCONT)
		d.whole(r)
	}
	d.judge("worker frozen by SIGSTOP", n, seen)
}

// whole waits until a request is answered by every criterion.
func (d *deployment) whole(r *replicas) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), 20*time.Second)
	defer cancel()
	eventually(ctx, d.t, "requests are answered in full again", func() bool {
		s := d.one(d.t, r, 2*time.Second, nil)
		return s.final() != nil && s.final().Coverage.Percent > 99.9
	})
}

// TestRollingRestart replaces every process under load, one after another: a new one comes up, the old one is told to stop.
func TestRollingRestart(t *testing.T) {
	t.Parallel()
	d := deploy(t, sharedRabbitMQ(t))
	aggregator, workers, api := d.start("aggregator"), d.worker(others("")), d.serve()
	r := &replicas{}
	r.set(api.url)
	d.ready()
	finish := d.crowd(r, 6, 5*time.Second)
	n := times(1, 10)
	for range n {
		next := d.start("aggregator")
		d.consumed(d.topology.Result().Name, 2)
		aggregator.end()
		aggregator = next

		next = d.worker(others(""))
		for _, name := range recommend.CriterionNames() {
			d.consumed(d.topology.Task(name).Name, 2)
		}
		workers.end()
		workers = next

		next = d.serve()
		r.set(next.url)
		api.end()
		api = next
	}
	seen := finish()
	d.judge("every process restarted by SIGTERM under load", 3*n, seen)
	if seen.partial > 0 {
		t.Errorf("%d finals went without a criterion", seen.partial)
	}
}

// signal sends a signal.
func (p *process) signal(s syscall.Signal) {
	if err := p.cmd.Process.Signal(s); err != nil {
		p.d.t.Errorf("signal webflix %s: %v", p.args[0], err)
	}
}

// end asks the process to stop, and fails the test unless it does so cleanly and soon.
func (p *process) end() {
	p.d.t.Helper()
	p.signal(syscall.SIGTERM)
	select {
	case <-p.ended:
		if code := p.cmd.ProcessState.ExitCode(); code != 0 {
			p.d.t.Errorf("webflix %s ended with %d", p.args[0], code)
		}
	case <-time.After(30 * time.Second):
		p.d.t.Errorf("webflix %s has not stopped in 30 s", p.args[0])
	}
}

// TestPoison puts messages on the queues that nobody can handle: they are dead-lettered, and nothing stops.
func TestPoison(t *testing.T) {
	t.Parallel()
	d := deploy(t, sharedRabbitMQ(t))
	d.start("aggregator")
	d.workers()
	api := d.serve()
	r := &replicas{}
	r.set(api.url)
	d.ready()
	conn, err := amqp.Dial(d.amqpURL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	ch, err := conn.Channel()
	if err != nil {
		t.Fatal(err)
	}
	finish := d.crowd(r, 4, 3*time.Second)
	task, result := d.topology.Task("history").Bind, d.topology.Result().Bind
	sent := 0
	n := times(5, 100)
	for i := range n {
		for _, p := range []amqp.Publishing{
			{Type: "task/1", Body: []byte("garbage")},
			{Type: "task/99", Body: make([]byte, 1<<20)},
			{Body: nil, Headers: amqp.Table{"x-webflix-published": "yesterday", "traceparent": int64(7)}},
			{Type: "result/1", Body: []byte{0xff, 0xff, 0xff, 0xff, 0xff}},
			{Type: "result/1", CorrelationId: fmt.Sprint(i), Headers: amqp.Table{"large": string(make([]byte, 100_000))}},
		} {
			for _, to := range []struct{ exchange, key string }{{task.Exchange, task.Key}, {result.Exchange, result.Key}} {
				if err := ch.PublishWithContext(t.Context(), to.exchange, to.key, false, false, p); err != nil {
					t.Fatal(err)
				}
				sent++
			}
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	eventually(ctx, t, "every poison message is dead-lettered", func() bool {
		q, err := ch.QueueDeclarePassive(d.topology.Dead().Name, true, false, false, false, nil)
		return err == nil && q.Messages == sent
	})
	d.judge("poison messages", sent, finish())
	d.whole(r)
}
