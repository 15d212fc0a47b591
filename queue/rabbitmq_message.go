package queue

import (
	"math"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Headers of a message. AMQP's own timestamp has seconds only.
const (
	headerKeys      = "CC" // RabbitMQ's own: further routing keys
	headerTrace     = "traceparent"
	headerPublished = "x-webflix-published" // microseconds since 1970

	headerReason     = "x-webflix-reason" // these on dead letters
	headerQueue      = "x-webflix-queue"
	headerExchange   = "x-webflix-exchange"
	headerKey        = "x-webflix-key"
	headerDeliveries = "x-webflix-deliveries"
	headerDied       = "x-webflix-died" // microseconds since 1970
)

// publishing returns the letter as the library wants it.
func (l *letter) publishing() amqp.Publishing {
	m := &l.msg
	p := amqp.Publishing{
		Type:          m.Type,
		CorrelationId: m.CorrelationID,
		MessageId:     l.id, // the broker's returns carry it
		ReplyTo:       m.Replica,
		DeliveryMode:  amqp.Persistent,
		Headers:       amqp.Table{},
		Body:          m.Body,
	}
	if m.Optional {
		p.DeliveryMode = amqp.Transient
	}
	if m.Trace != "" {
		p.Headers[headerTrace] = m.Trace
	}
	if !m.Published.IsZero() {
		p.Headers[headerPublished] = m.Published.UnixMicro()
		p.Timestamp = m.Published // for the broker's own tools
	}
	if len(m.Also) > 0 {
		keys := make([]any, len(m.Also))
		for i, key := range m.Also {
			keys[i] = key
		}
		p.Headers[headerKeys] = keys
	}
	if l.end != nil {
		p.Headers[headerReason] = l.end.reason
		p.Headers[headerQueue] = l.end.queue
		p.Headers[headerExchange] = l.end.from.Exchange
		p.Headers[headerKey] = l.end.from.Key
		p.Headers[headerDeliveries] = int64(l.end.deliveries)
		p.Headers[headerDied] = l.end.at.UnixMicro()
	}
	return p
}

// fromDelivery returns what the broker delivered as a message. Anyone may have put anything on the queue.
func fromDelivery(d *amqp.Delivery) Message {
	m := Message{
		To:            Address{Exchange: d.Exchange, Key: d.RoutingKey},
		Type:          d.Type,
		CorrelationID: d.CorrelationId,
		Replica:       d.ReplyTo,
		Published:     d.Timestamp,
		Body:          d.Body,
		Delivery:      1,
	}
	m.Trace = name(d.Headers[headerTrace])
	if at, ok := microseconds(d.Headers[headerPublished]); ok {
		m.Published = at
	}
	if returns, ok := integer(d.Headers["x-delivery-count"]); ok && returns >= 0 && returns < math.MaxInt32 {
		m.Delivery = int(returns) + 1
	}
	if d.Redelivered {
		m.Delivery = max(m.Delivery, 2) // a queue that does not count
	}
	return m
}

// deathOf returns how a dead letter ended: in our words when a consumer buried it, else in the broker's; nil when there is
// nothing about it.
func deathOf(headers amqp.Table) *death {
	if reason, ok := headers[headerReason].(string); ok {
		end := &death{reason: shorten(reason)}
		end.queue = name(headers[headerQueue])
		end.from = Address{Exchange: name(headers[headerExchange]), Key: name(headers[headerKey])}
		if n, ok := integer(headers[headerDeliveries]); ok && n >= 0 && n < math.MaxInt32 {
			end.deliveries = int(n)
		}
		end.at, _ = microseconds(headers[headerDied])
		return end
	}
	deaths, _ := headers["x-death"].([]any) // the newest first
	if len(deaths) == 0 {
		return nil
	}
	newest, ok := deaths[0].(amqp.Table)
	if !ok {
		return nil
	}
	end := &death{reason: name(newest["reason"]), queue: name(newest["queue"])}
	end.from.Exchange = name(newest["exchange"])
	end.at, _ = newest["time"].(time.Time)
	switch keys, _ := newest["routing-keys"].([]any); len(keys) {
	case 0:
	case 1:
		end.from.Key = name(keys[0])
	default: // other queues got it, too: back it goes to the one that it died in
		end.from = Address{Key: end.queue}
	}
	return end
}

// name returns a header's value if it is a text that can be a name, else "".
func name(v any) string {
	if s, ok := v.(string); ok && len(s) <= maxName {
		return s
	}
	return ""
}

// integer returns a header's value if it is a whole number: clients choose the width.
func integer(v any) (int64, bool) {
	switch n := v.(type) {
	case int64:
		return n, true
	case int32:
		return int64(n), true
	case int16:
		return int64(n), true
	case int8:
		return int64(n), true
	case uint8:
		return int64(n), true
	case uint16:
		return int64(n), true
	case uint32:
		return int64(n), true
	case int:
		return int64(n), true
	}
	return 0, false
}

// microseconds returns a header's value as a time if it is one of this era or the next.
func microseconds(v any) (time.Time, bool) {
	n, ok := integer(v)
	const year9999 = 253402300800_000000
	if !ok || n <= 0 || n >= year9999 {
		return time.Time{}, false
	}
	return time.UnixMicro(n), true
}
