package main

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.yaml.in/yaml/v2"

	"webflix/graph"
	"webflix/queue"
	"webflix/recommend"
)

// described returns the names of all our metrics.
func described(t *testing.T) []string {
	t.Helper()
	m := newMetrics()
	m.serving(func() int { return 0 }, &graph.Handler{})
	descriptions := make(chan *prometheus.Desc, 1000)
	m.registry.Describe(descriptions)
	(&queueCollector{broker: queue.NewMemory()}).Describe(descriptions)
	(&ledgerCollector{}).Describe(descriptions)
	(&conditionCollector{}).Describe(descriptions)
	close(descriptions)
	var names []string
	name := regexp.MustCompile(`fqName: "(webflix_[^"]+)"`)
	for d := range descriptions {
		if found := name.FindStringSubmatch(d.String()); found != nil {
			names = append(names, found[1])
		}
	}
	return names
}

// An alert on a metric that nobody tells is an alert that never rings.
func TestAlertsAndDashboardNameMetricsThatThereAre(t *testing.T) {
	t.Parallel()
	known := described(t)
	used := regexp.MustCompile(`webflix_[a-z_]+[a-z]`)
	suffix := regexp.MustCompile(`_(bucket|sum|count)$`)
	for _, path := range []string{
		"deploy/prometheus/alerts.yaml", "deploy/grafana/webflix.json", "deploy/kubernetes/scaling.yaml", "docs/operating.md",
	} {
		text := read(t, path)
		for _, metric := range used.FindAllString(text, -1) {
			if !slices.Contains(known, metric) && !slices.Contains(known, suffix.ReplaceAllString(metric, "")) {
				t.Errorf("%s names the metric %s, which there is not", path, metric)
			}
		}
	}
	table, dashboard := read(t, "docs/operating.md"), read(t, "deploy/grafana/webflix.json")
	for _, metric := range known {
		if !strings.Contains(table, "`"+metric+"`") {
			t.Errorf("docs/operating.md does not say what %s is", metric)
		}
		if !strings.Contains(dashboard, metric) {
			t.Errorf("the dashboard does not show %s", metric)
		}
	}
}

// Whoever is woken by an alert looks for what to do.
func TestEveryAlertSaysWhatToDo(t *testing.T) {
	t.Parallel()
	var rules struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert, Expr, For    string
				Labels, Annotations map[string]string
			}
		}
	}
	if err := yaml.UnmarshalStrict([]byte(read(t, "deploy/prometheus/alerts.yaml")), &rules); err != nil {
		t.Fatal(err)
	}
	guide := read(t, "docs/operating.md")
	trials := read(t, "deploy/prometheus/alerts_test.yaml")
	alerts := map[string]bool{}
	for _, group := range rules.Groups {
		for _, r := range group.Rules {
			alerts[r.Alert] = true
			if !strings.Contains(guide, "\n**"+r.Alert+".** ") {
				t.Errorf("docs/operating.md does not say what to do for %s", r.Alert)
			}
			if !regexp.MustCompile(`alertname: `+r.Alert+`\n +exp_alerts:\n`).MatchString(trials) || !strings.Contains(trials, "alertname: "+r.Alert+", exp_alerts: []") {
				t.Errorf("deploy/prometheus/alerts_test.yaml does not try when %s fires, and when not", r.Alert)
			}
			if s := r.Labels["severity"]; s != "page" && s != "ticket" || r.Annotations["summary"] == "" || r.Expr == "" {
				t.Errorf("the alert %s is %+v", r.Alert, r)
			}
			if _, err := time.ParseDuration(r.For); r.For != "" && err != nil {
				t.Errorf("the alert %s waits for %q", r.Alert, r.For)
			}
		}
	}
	for _, section := range regexp.MustCompile(`\n\*\*(Webflix[A-Za-z]+)\.\*\*`).FindAllStringSubmatch(guide, -1) {
		if !alerts[section[1]] {
			t.Errorf("docs/operating.md says what to do for %s, which there is not", section[1])
		}
	}
	if len(alerts) == 0 {
		t.Error("there are no alerts")
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What comes in a message is no label: anyone may put anything on a queue.
func TestMessagesMakeNoLabels(t *testing.T) {
	t.Parallel()
	m := newMetrics()
	before := series(t, m)
	for i := range 100 {
		m.Late(fmt.Sprint("criterion ", i))
		m.Updated(&recommend.Update{Final: true, Degraded: []recommend.Degradation{recommend.Degradation(fmt.Sprint("why ", i))}})
	}
	if after := series(t, m); after > before+1 {
		t.Errorf("messages made %d series of %d", after, before)
	}
}

func series(t *testing.T, m *metrics) (n int) {
	t.Helper()
	families, err := m.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		n += len(family.GetMetric())
	}
	return n
}
