package main

import (
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"webflix/graph"
	"webflix/recommend"
)

// metrics is what Prometheus is told. It implements workers.Observer.
type metrics struct {
	registry *prometheus.Registry

	scored   *prometheus.CounterVec   // criterion, status
	wait     *prometheus.HistogramVec // criterion
	work     *prometheus.HistogramVec // criterion
	known    *prometheus.CounterVec   // criterion
	expired  *prometheus.CounterVec   // criterion
	again    *prometheus.CounterVec   // queue
	late     *prometheus.CounterVec   // criterion
	merge    prometheus.Histogram
	answers  prometheus.Counter
	first    prometheus.Histogram
	final    prometheus.Histogram
	coverage prometheus.Histogram
	degraded *prometheus.CounterVec // reason
}

func newMetrics() *metrics {
	latency := prometheus.ExponentialBuckets(0.0005, 2, 15) // 0.5 ms to 8 s
	histogram := func(name, help string, buckets []float64) prometheus.Histogram {
		return prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: "webflix", Name: name, Help: help, Buckets: buckets})
	}
	perCriterion := func(name, help string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(
			prometheus.HistogramOpts{Namespace: "webflix", Name: name, Help: help, Buckets: latency}, []string{"criterion"})
	}
	counters := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "webflix", Name: name, Help: help}, labels)
	}
	m := &metrics{
		registry: prometheus.NewRegistry(),
		scored:   counters("tasks_total", "Tasks scored.", "criterion", "status"),
		wait:     perCriterion("task_wait_seconds", "Time of a task in its queue."),
		work:     perCriterion("task_work_seconds", "Time of a task in its worker."),
		known:    counters("tasks_remembered_total", "Scored tasks whose scores were remembered.", "criterion"),
		expired:  counters("tasks_expired_total", "Tasks past their deadline when a worker took them.", "criterion"),
		again:    counters("redeliveries_total", "Messages that came again, because their first reader failed, died or was stopped.", "queue"),
		late:     counters("late_results_total", "Results that came after their request's final.", "criterion"),
		merge:    histogram("merge_seconds", "Time to commit a batch of results.", latency),
		answers: prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: "webflix", Name: "answers_total", Help: "Results merged.",
		}),
		first:    histogram("first_partial_seconds", "Time from acceptance to the first partial ranking.", latency),
		final:    histogram("final_seconds", "Time from acceptance to the final ranking.", latency),
		coverage: histogram("coverage_percent", "Coverage of final rankings.", []float64{0, 25, 50, 75, 90, 99.9}),
		degraded: counters("degraded_total", "Final rankings worth less than they could be.", "reason"),
	}
	m.registry.MustRegister(
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		m.scored, m.wait, m.work, m.known, m.expired, m.again, m.late, m.merge, m.answers, m.first, m.final, m.coverage, m.degraded,
	)
	for _, c := range recommend.CriterionNames() { // a rate needs a zero to begin from
		m.expired.WithLabelValues(c)
		m.known.WithLabelValues(c)
		m.late.WithLabelValues(c)
		m.scored.WithLabelValues(c, statusName(recommend.StatusDone))
		m.scored.WithLabelValues(c, statusName(recommend.StatusRejected))
	}
	return m
}

// Scored counts a scored task.
func (m *metrics) Scored(criterion string, status recommend.Status, wait, work time.Duration) {
	m.scored.WithLabelValues(criterion, statusName(status)).Inc()
	m.wait.WithLabelValues(criterion).Observe(wait.Seconds())
	m.work.WithLabelValues(criterion).Observe(work.Seconds())
}

// Remembered counts a task whose scores were remembered.
func (m *metrics) Remembered(criterion string) { m.known.WithLabelValues(criterion).Inc() }

// Expired counts a task that came too late to be scored.
func (m *metrics) Expired(criterion string) { m.expired.WithLabelValues(criterion).Inc() }

// Redelivered counts a message that came again.
func (m *metrics) Redelivered(queue string) { m.again.WithLabelValues(queue).Inc() }

// Late counts a result that came after the final. Its criterion is what a message says: anyone may have sent it.
func (m *metrics) Late(criterion string) {
	if slices.Contains(recommend.CriterionNames(), criterion) {
		m.late.WithLabelValues(criterion).Inc()
	}
}

// Merged counts a batch of results.
func (m *metrics) Merged(answers int, took time.Duration) {
	m.answers.Add(float64(answers))
	m.merge.Observe(took.Seconds())
}

// Shown counts a first partial ranking.
func (m *metrics) Shown(u *recommend.Update) { m.first.Observe(u.Took.Seconds()) }

// Updated counts a ranking.
func (m *metrics) Updated(u *recommend.Update) {
	if !u.Final {
		return
	}
	m.final.Observe(u.Took.Seconds())
	m.coverage.Observe(u.Coverage.Percent)
	for _, why := range u.Degraded {
		m.degraded.WithLabelValues(reason(why)).Inc()
	}
}

// serving tells what the API serves here, as it counts it.
func (m *metrics) serving(followed func() int, api *graph.Handler) {
	gauge := func(name, help string, value func() int) {
		m.registry.MustRegister(prometheus.NewGaugeFunc(
			prometheus.GaugeOpts{Namespace: "webflix", Name: name, Help: help}, func() float64 { return float64(value()) }))
	}
	gauge("requests_followed", "Requests with a subscriber on this replica.", followed)
	gauge("sockets", "Open WebSockets of this replica.", api.Sockets)
	gauge("subscriptions", "Subscriptions under way on this replica, over any transport.", api.Subscriptions)
	for why, count := range map[string]func() int{"overloaded": api.Overloaded, "unavailable": api.Unavailable} {
		m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
			Namespace: "webflix", Name: "refused_total", Help: "Requests for a ranking that were not accepted.",
			ConstLabels: prometheus.Labels{"reason": why},
		}, func() float64 { return float64(count()) }))
	}
}

// reason returns why a ranking is worth less: a known reason, for it came in a message.
func reason(why recommend.Degradation) string {
	switch why {
	case recommend.DegradedDeadline, recommend.DegradedWorkerError, recommend.DegradedRejected, recommend.DegradedColdStart,
		recommend.DegradedStaleModel, recommend.DegradedLastKnown, recommend.DegradedPopular:
		return string(why)
	default:
		return "OTHER"
	}
}

func statusName(s recommend.Status) string {
	switch s {
	case recommend.StatusDone:
		return "done"
	case recommend.StatusFailed:
		return "failed"
	case recommend.StatusTimedOut:
		return "timed_out"
	case recommend.StatusRejected:
		return "rejected"
	case recommend.StatusQueued:
	}
	return "queued"
}
