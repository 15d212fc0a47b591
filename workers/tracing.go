package workers

import (
	"slices"
	"time"

	"webflix/queue"
	"webflix/recommend"
	"webflix/trace"
)

// trace makes a span of each answer that was merged, and lets each standing go on from its newest one, so that the update
// that an answer led to hangs below it.
func (a *Aggregator) trace(batch []*queue.Message, standings []recommend.Standing, began time.Time) {
	if a.Tracer == nil {
		return
	}
	newest := make(map[string]string, len(standings)) // traceparent by request
	for _, m := range batch {
		span := a.Tracer.ContinueAt(m.Trace, trace.Consumer, "merge", "", began)
		span.SetInt("webflix.batch", len(batch))
		span.End()
		newest[m.CorrelationID] = span.Parent()
	}
	for i := range standings {
		if parent := newest[standings[i].ID.String()]; parent != "" {
			standings[i].Trace = parent
		}
	}
}

// mostNames bounds a line of the log that is about many requests.
const mostNames = 20

// namesOf returns the requests that messages are about, for the log.
func namesOf(msgs []queue.Message) []string {
	var names []string
	for i := range msgs {
		if len(names) == mostNames {
			break
		}
		if !slices.Contains(names, msgs[i].CorrelationID) {
			names = append(names, msgs[i].CorrelationID)
		}
	}
	return names
}

// asked returns the requests that answers are of, for the log.
func asked(answers []recommend.Answer) []string {
	ids := make([]recommend.RequestID, 0, min(len(answers), mostNames))
	for i := range answers[:min(len(answers), mostNames)] {
		if !slices.Contains(ids, answers[i].Request) {
			ids = append(ids, answers[i].Request)
		}
	}
	return first(ids)
}

// first returns the first of many requests, for the log.
func first(ids []recommend.RequestID) []string {
	names := make([]string, 0, min(len(ids), mostNames))
	for _, id := range ids[:min(len(ids), mostNames)] {
		names = append(names, id.String())
	}
	return names
}
