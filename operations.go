package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/sync/errgroup"

	"webflix/db"
	"webflix/queue"
	"webflix/recommend"
)

// operations runs beside the roles that serve no API: it tells Prometheus and probes how the process is. It does nothing
// unless --operations-listen says where.
func (p *process) operations(ctx context.Context, g *errgroup.Group) error {
	if p.OperationsListen == "" {
		return nil
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", p.OperationsListen)
	if err != nil {
		return fmt.Errorf("listen on %s (choose another address with --operations-listen): %w", p.OperationsListen, err)
	}
	mux := http.NewServeMux()
	p.operationsRoutes(mux)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout}
	g.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve HTTP: %w", err)
		}
		return nil
	})
	g.Go(func() error {
		<-ctx.Done()
		return server.Close() // a probe or a scrape comes again
	})
	return nil
}

// operationsRoutes adds the paths for machines.
func (p *process) operationsRoutes(mux *http.ServeMux) {
	p.metrics.registry.MustRegister(
		collectors.NewDBStatsCollector(p.db.DB.DB, "webflix"),
		&queueCollector{broker: p.broker, topology: p.topology},
		&ledgerCollector{store: p.db},
		&conditionCollector{condition: p.condition},
	)
	mux.Handle("GET /metrics", promhttp.HandlerFor(p.metrics.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", p.ready)
}

// conditionCollector looks what the process lacks, whenever Prometheus asks: a server that is away tells nothing of itself.
type conditionCollector struct {
	condition func(ctx context.Context) (missing []lack, notes []string)
}

func missingDesc() *prometheus.Desc {
	return prometheus.NewDesc("webflix_missing", "1 while this process lacks it to do its work, else 0.", []string{"what"}, nil)
}

// Describe implements prometheus.Collector.
func (c *conditionCollector) Describe(ch chan<- *prometheus.Desc) { ch <- missingDesc() }

// Collect implements prometheus.Collector.
func (c *conditionCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), readyTimeout)
	defer cancel()
	missing, _ := c.condition(ctx)
	for _, what := range []string{lackBroker, lackDatabase, lackMigrations, lackModel} {
		value := 0.0
		if slices.ContainsFunc(missing, func(l lack) bool { return l.of == what }) {
			value = 1
		}
		ch <- prometheus.MustNewConstMetric(missingDesc(), prometheus.GaugeValue, value, what)
	}
}

// queueCollector reads the queues' figures whenever Prometheus asks.
type queueCollector struct {
	broker   queue.Broker
	topology queue.Topology
}

// What is told of a queue, by name.
func readyDesc() *prometheus.Desc {
	return prometheus.NewDesc("webflix_queue_ready", "Messages that wait in a queue.", []string{"queue"}, nil)
}

func consumersDesc() *prometheus.Desc {
	return prometheus.NewDesc("webflix_queue_consumers", "Subscriptions to a queue.", []string{"queue"}, nil)
}

// Describe implements prometheus.Collector.
func (c *queueCollector) Describe(ch chan<- *prometheus.Desc) {
	ch <- readyDesc()
	ch <- consumersDesc()
}

// Collect implements prometheus.Collector. Of a broker that is away, and of a queue that is not there, it tells nothing.
func (c *queueCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	for _, q := range c.topology.Shared(recommend.CriterionNames()) {
		stats, err := c.broker.Stats(ctx, q.Name)
		if err != nil {
			continue
		}
		ch <- prometheus.MustNewConstMetric(readyDesc(), prometheus.GaugeValue, float64(stats.Ready), q.Name)
		ch <- prometheus.MustNewConstMetric(consumersDesc(), prometheus.GaugeValue, float64(stats.Consumers), q.Name)
	}
}

// ledgerCollector reads from the database what no process sees by itself, whenever Prometheus asks.
type ledgerCollector struct {
	store interface {
		Backlog(ctx context.Context) (db.Backlog, error)
		ModelTrained(ctx context.Context) (version int64, at time.Time, err error)
	}
}

// What is told of the ledger and the model.
func oldestDesc() *prometheus.Desc {
	return prometheus.NewDesc("webflix_task_oldest_seconds",
		"Age of the oldest task that an open request waits for, in its queue or in a worker.", []string{"criterion"}, nil)
}

func overdueDesc() *prometheus.Desc {
	return prometheus.NewDesc("webflix_overdue_seconds", "How long past its deadline the most overdue open request is.", nil, nil)
}

func modelVersionDesc() *prometheus.Desc {
	return prometheus.NewDesc("webflix_model_version", "Version of the active model.", nil, nil)
}

func modelTrainedDesc() *prometheus.Desc {
	return prometheus.NewDesc("webflix_model_trained_timestamp_seconds", "When the active model was trained.", nil, nil)
}

// Describe implements prometheus.Collector.
func (c *ledgerCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{oldestDesc(), overdueDesc(), modelVersionDesc(), modelTrainedDesc()} {
		ch <- d
	}
}

// Collect implements prometheus.Collector. Of a database that is away, and of a model that is not there, it tells nothing.
func (c *ledgerCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	if b, err := c.store.Backlog(ctx); err == nil {
		for _, criterion := range recommend.CriterionNames() {
			gauge(oldestDesc(), b.Oldest[criterion].Seconds(), criterion)
		}
		gauge(overdueDesc(), b.Overdue.Seconds())
	}
	if version, at, err := c.store.ModelTrained(ctx); err == nil {
		gauge(modelVersionDesc(), float64(version))
		gauge(modelTrainedDesc(), float64(at.Unix()))
	}
}
