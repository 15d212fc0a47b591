package main

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"webflix/recommend"
)

// metrics is what Prometheus is told. It implements workers.Observer.
type metrics struct {
	registry *prometheus.Registry

	scored   *prometheus.CounterVec   // criterion, status
	wait     *prometheus.HistogramVec // criterion
	work     *prometheus.HistogramVec // criterion
	expired  *prometheus.CounterVec   // criterion
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
		expired:  counters("tasks_expired_total", "Tasks past their deadline when a worker took them.", "criterion"),
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
		m.scored, m.wait, m.work, m.expired, m.merge, m.answers, m.first, m.final, m.coverage, m.degraded,
	)
	return m
}

// Scored counts a scored task.
func (m *metrics) Scored(criterion string, status recommend.Status, wait, work time.Duration) {
	m.scored.WithLabelValues(criterion, statusName(status)).Inc()
	m.wait.WithLabelValues(criterion).Observe(wait.Seconds())
	m.work.WithLabelValues(criterion).Observe(work.Seconds())
}

// Expired counts a task that came too late to be scored.
func (m *metrics) Expired(criterion string) { m.expired.WithLabelValues(criterion).Inc() }

// Merged counts a batch of results.
func (m *metrics) Merged(answers int, took time.Duration) {
	m.answers.Add(float64(answers))
	m.merge.Observe(took.Seconds())
}

// Updated counts a ranking.
func (m *metrics) Updated(u *recommend.Update, first bool) {
	if first && !u.Final {
		m.first.Observe(u.Took.Seconds())
	}
	if !u.Final {
		return
	}
	m.final.Observe(u.Took.Seconds())
	m.coverage.Observe(u.Coverage.Percent)
	for _, why := range u.Degraded {
		m.degraded.WithLabelValues(string(why)).Inc()
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
