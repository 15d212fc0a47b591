package queue

import "fmt"

// Bundle puts messages to one address into one message, which is about the first of them. One alone stays as it is.
func Bundle(msgs []Message) Message {
	if len(msgs) == 1 {
		return msgs[0]
	}
	size := 16
	for i := range msgs {
		size += 32 + len(msgs[i].Type) + len(msgs[i].CorrelationID) + len(msgs[i].Trace) + len(msgs[i].Body)
	}
	e := encoder{b: make([]byte, 0, size)}
	e.uint(uint64(len(msgs)))
	for i := range msgs {
		m := &msgs[i]
		e.str(m.Type)
		e.str(m.CorrelationID)
		e.str(m.Trace)
		e.time(m.Published)
		e.uint(uint64(len(m.Body)))
		e.b = append(e.b, m.Body...)
	}
	first := &msgs[0]
	return Message{To: first.To, Type: TypeBundle, CorrelationID: first.CorrelationID, Trace: first.Trace, Published: first.Published, Body: e.b}
}

// Unbundle returns the messages that a message holds: what was bundled, or itself. An error says what is wrong with it.
func Unbundle(m *Message) ([]*Message, error) {
	if m.Type != TypeBundle {
		return []*Message{m}, nil
	}
	d := decoder{b: m.Body}
	parts := make([]*Message, d.list(5))
	for i := range parts {
		parts[i] = &Message{
			To: m.To, Type: d.known(), CorrelationID: d.str(), Trace: d.str(), Published: d.time(), Body: d.take(d.list(1)), Delivery: m.Delivery,
		}
	}
	if d.err != nil {
		return nil, fmt.Errorf("open a bundle: %w", d.err)
	}
	return parts, nil
}
