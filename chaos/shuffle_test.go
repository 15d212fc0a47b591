package chaos

import (
	"math/rand/v2"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"webflix/queue"
	"webflix/recommend"
)

// shuffle takes over the way of tasks and results to their queues: each waits a random while, so that they overtake one another, and
// one in twenty is passed on again later. Of the updates to a replica, whose queue is its own, copies come later.
func (d *deployment) shuffle(api *process) {
	queues := []queue.Queue{d.topology.Result()}
	for _, name := range recommend.CriterionNames() {
		queues = append(queues, d.topology.Task(name))
	}
	for _, q := range queues {
		ch := d.intercept(q)
		if err := ch.QueueUnbind(q.Name, q.Bind.Key, q.Bind.Exchange, nil); err != nil {
			d.t.Fatal(err)
		}
	}
	d.intercept(d.topology.Live(replicaOf(api)))
}

// replicaOf returns the name that a process gives itself.
func replicaOf(p *process) string { return p.env("WEBFLIX_REPLICA") }

const (
	longestDelay = 30 * time.Millisecond
	copies       = 20 // one in so many
)

// intercept receives a copy of what a queue is sent, and passes it on.
func (d *deployment) intercept(q queue.Queue) *amqp.Channel {
	d.t.Helper()
	ch := d.channel()
	own, err := ch.QueueDeclare("", false, true, true, false, nil)
	if err == nil {
		err = ch.QueueBind(own.Name, q.Bind.Key, q.Bind.Exchange, false, nil)
	}
	if err != nil {
		d.t.Fatal(err)
	}
	deliveries, err := ch.Consume(own.Name, "", true, true, false, false, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	out := d.channel()
	pass := func(m *amqp.Delivery, after time.Duration, copies int64) {
		time.AfterFunc(after, func() {
			err := out.Publish("", q.Name, false, false, amqp.Publishing{
				Type: m.Type, CorrelationId: m.CorrelationId, MessageId: m.MessageId, DeliveryMode: m.DeliveryMode,
				Headers: m.Headers, Timestamp: m.Timestamp, Body: m.Body,
			})
			if err == nil { // else the test has ended
				d.copies.Add(copies)
			}
		})
	}
	go func() {
		for m := range deliveries {
			if q.Durable {
				pass(&m, rand.N(longestDelay), 0)
			}
			if rand.N(copies) == 0 {
				pass(&m, longestDelay+rand.N(5*longestDelay), 1)
			}
		}
	}()
	return ch
}
