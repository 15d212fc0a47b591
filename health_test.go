package main

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"webflix/db"
	"webflix/db/dbtest"
	"webflix/queue"
	"webflix/recommend"
	"webflix/workers"
)

// A probe believes what it is told: a process that cannot do its work says so, and why.
func TestReadyTellsTheTruth(t *testing.T) {
	t.Parallel()
	fresh := func(t *testing.T) *process {
		t.Helper()
		p, err := newProcess(&Config{LogLevel: "error", LogFormat: "text"}, nil, io.Discard, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		p.db, p.broker = dbtest.Open(t), queue.NewMemory()
		train(t, p.db, "now()")
		return p
	}
	scorers := func(p *process) *workers.Scorers {
		return &workers.Scorers{Store: p.db, Log: p.log, Open: func(int64, map[string][]byte) (map[string]recommend.Criterion, error) {
			return nil, nil
		}}
	}
	for name, c := range map[string]struct {
		with func(t *testing.T, p *process)
		code int
		says string // "" for ready and nothing else
		lack string // what webflix_missing tells, "" for nothing
	}{
		"in order":          {func(*testing.T, *process) {}, http.StatusOK, "", ""},
		"the broker gone":   {func(_ *testing.T, p *process) { _ = p.broker.Close() }, http.StatusServiceUnavailable, "missing: the message broker", lackBroker},
		"the database gone": {func(_ *testing.T, p *process) { _ = p.db.Close() }, http.StatusServiceUnavailable, "missing: the database", lackDatabase},
		"migrations pending": {func(t *testing.T, p *process) {
			change(t, p.db, `DELETE FROM goose_db_version WHERE version_id = (SELECT max(version_id) FROM goose_db_version)`)
		}, http.StatusServiceUnavailable, "run webflix prepare", lackMigrations},
		"no model":      {func(t *testing.T, p *process) { change(t, p.db, `DELETE FROM models`) }, http.StatusServiceUnavailable, "run webflix train", lackModel},
		"nobody trains": {func(t *testing.T, p *process) { train(t, p.db, "now() - interval '9 days'") }, http.StatusOK, "note: model 2 was trained 9 days ago", ""},
		"no model open yet": {
			func(_ *testing.T, p *process) { p.scoring = scorers(p) }, http.StatusServiceUnavailable, "its model, which is being opened", lackModel,
		},
		"a new model just published": {func(t *testing.T, p *process) {
			p.scoring = scorers(p)
			wait(t, p.scoring)
			train(t, p.db, "now()")
		}, http.StatusOK, "", ""},
		"a new model that cannot be opened": {func(t *testing.T, p *process) {
			p.scoring = scorers(p)
			wait(t, p.scoring)
			train(t, p.db, "now() - interval '5 minutes'")
		}, http.StatusServiceUnavailable, "model 2, which it cannot open: it scores with model 1", lackModel},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := fresh(t)
			c.with(t, p)
			got := httptest.NewRecorder()
			p.ready(got, httptest.NewRequest(http.MethodGet, "/readyz", http.NoBody))
			if got.Code != c.code || c.says == "" && got.Body.String() != "ready\n" || !strings.Contains(got.Body.String(), c.says) {
				t.Errorf("with %s /readyz says %d %s", name, got.Code, got.Body)
			}
			told := map[string]float64{lackBroker: 0, lackDatabase: 0, lackMigrations: 0, lackModel: 0}
			if c.lack != "" {
				told[c.lack] = 1
			}
			if got := gauges(t, &conditionCollector{p.condition}); !maps.Equal(got, told) {
				t.Errorf("with %s webflix_missing tells %v, want %v", name, got, told)
			}
		})
	}
}

// gauges returns a collector's values by their only label.
func gauges(t *testing.T, c prometheus.Collector) map[string]float64 {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(c)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			values[m.GetLabel()[0].GetValue()] = m.GetGauge().GetValue()
		}
	}
	return values
}

// train makes an empty model the active one.
func train(t *testing.T, d *db.DB, at string) {
	t.Helper()
	change(t, d, `UPDATE models SET active = false`)
	change(t, d, `INSERT INTO models (active, blend, metrics, trained_at) VALUES (true, '[]', '{}', `+at+`)`)
}

func change(t *testing.T, d *db.DB, query string) {
	t.Helper()
	if _, err := d.ExecContext(t.Context(), query); err != nil {
		t.Fatal(err)
	}
}

func wait(t *testing.T, s *workers.Scorers) {
	t.Helper()
	if err := s.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
}
