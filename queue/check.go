package queue

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// maxName is the longest name or short text that AMQP carries, in bytes.
const maxName = 255

// complete returns the subscription with its defaults filled in, or what is wrong with it.
func (s Subscription) complete() (Subscription, error) {
	if s.Queue == "" {
		return s, errors.New("the subscription names no queue")
	}
	if s.Prefetch < 0 || s.Batch < 0 || s.Linger < 0 || s.Parallel < 0 || s.Grace < 0 {
		return s, fmt.Errorf("the subscription to %s has a negative figure", s.Queue)
	}
	s.Batch = max(s.Batch, 1)
	s.Parallel = max(s.Parallel, 1)
	if s.Prefetch == 0 {
		s.Prefetch = min(s.Batch*s.Parallel, math.MaxUint16)
	}
	if s.Prefetch < s.Batch || s.Prefetch > math.MaxUint16 {
		return s, fmt.Errorf("the subscription to %s prefetches %d messages; it must be from %d to %d",
			s.Queue, s.Prefetch, s.Batch, math.MaxUint16)
	}
	if s.Grace == 0 {
		s.Grace = defaultGrace
	}
	return s, nil
}

// tight reports whether a handler may have nothing to do while messages wait: the others hold all that the prefetch admits.
func (s *Subscription) tight() bool { return s.Prefetch < s.Batch*s.Parallel }

// check reports what is wrong with a queue's properties.
func (q *Queue) check() error {
	switch {
	case q.Name == "":
		return errors.New("a queue needs a name")
	case len(q.Name) > maxName || len(q.Bind.Exchange) > maxName || len(q.Bind.Key) > maxName ||
		len(q.DeadLetter.Exchange) > maxName || len(q.DeadLetter.Key) > maxName:
		return fmt.Errorf("queue %.60s: a name is longer than %d bytes", q.Name, maxName)
	case q.TTL < 0 || q.MaxLength < 0 || q.DeliveryLimit < 0:
		return fmt.Errorf("queue %s has a negative limit", q.Name)
	case q.TTL > 0 && q.TTL < time.Millisecond:
		return fmt.Errorf("queue %s: the shortest stay is a millisecond", q.Name)
	case q.Bind.Exchange == "" && q.Bind.Key != "" && q.Bind.Key != q.Name:
		return fmt.Errorf("queue %s: the default exchange knows it by its name only, not as %q", q.Name, q.Bind.Key)
	case !q.Durable && q.DeliveryLimit > 0:
		return fmt.Errorf("queue %s: a delivery limit needs a durable queue", q.Name)
	case q.Sift && (!q.Durable || q.Bind.Exchange == ""):
		return fmt.Errorf("queue %s: sifting needs a durable queue and an exchange of its own", q.Name)
	case q.KeepDead && (!q.Durable || q.DeadLetter == Address{}):
		return fmt.Errorf("queue %s: keeping dead letters needs a durable queue and somewhere to send them", q.Name)
	}
	return nil
}

// check reports what is wrong with a message that is to be published.
func (m *Message) check() error {
	for _, text := range append([]string{m.To.Exchange, m.To.Key, m.Type, m.CorrelationID, m.Trace}, m.Also...) {
		if len(text) > maxName {
			return fmt.Errorf("message to %s: %.60q... is longer than %d bytes", m.To, text, maxName)
		}
	}
	return nil
}

// String returns the address as "exchange/key".
func (a Address) String() string { return a.Exchange + "/" + a.Key }
