package main

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"webflix/queue"
)

// An alert on a metric that nobody tells is an alert that never rings.
func TestAlertsAndDashboardNameMetricsThatThereAre(t *testing.T) {
	t.Parallel()
	m := newMetrics()
	known := []string{"webflix_requests_followed"} // of the API alone
	descriptions := make(chan *prometheus.Desc, 1000)
	m.registry.Describe(descriptions)
	(&queueCollector{broker: queue.NewMemory()}).Describe(descriptions)
	close(descriptions)
	name := regexp.MustCompile(`fqName: "([^"]+)"`)
	for d := range descriptions {
		known = append(known, name.FindStringSubmatch(d.String())[1])
	}
	used := regexp.MustCompile(`webflix_[a-z_]+[a-z]`)
	suffix := regexp.MustCompile(`_(bucket|sum|count)$`)
	for _, path := range []string{"deploy/prometheus/alerts.yaml", "deploy/grafana/webflix.json", "deploy/kubernetes/scaling.yaml"} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, metric := range used.FindAllString(string(text), -1) {
			if !slices.Contains(known, metric) && !slices.Contains(known, suffix.ReplaceAllString(metric, "")) {
				t.Errorf("%s names the metric %s, which there is not", path, metric)
			}
		}
	}
}
