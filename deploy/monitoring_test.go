package deploy

import (
	"flag"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write kubernetes/alerts.yaml anew") //nolint:gochecknoglobals // a test's flag

const ruleHead = `# Written by go test ./deploy -update from prometheus/alerts.yaml, for the Prometheus operator. What to do for each alert is in
# docs/operating.md, under its name.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: webflix}
spec:
`

// The alerts of a Prometheus that is set up by hand and those of the operator are the same.
func TestPrometheusRuleHasTheAlerts(t *testing.T) {
	if !*update { // else others would read the file half written
		t.Parallel()
	}
	const from, to = "prometheus/alerts.yaml", "kubernetes/alerts.yaml"
	var b strings.Builder
	b.WriteString(ruleHead)
	for line := range strings.Lines(read(t, from)) {
		switch {
		case strings.HasPrefix(line, "#"): // what it is, of which ours says more
		case strings.TrimSpace(line) == "":
			b.WriteString(line)
		default:
			b.WriteString("  " + line)
		}
	}
	want := b.String()
	if *update {
		if err := os.WriteFile(to, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if read(t, to) != want {
		t.Errorf("%s is not what %s makes: go test ./deploy -update", to, from)
	}
	alerts := documents[struct{ Groups []any }](t, from, read(t, from), true)[0]
	rule := documents[manifest](t, to, want, false)[0]
	if len(alerts.Groups) == 0 || !reflect.DeepEqual(rule.Spec.Groups, alerts.Groups) {
		t.Errorf("%s has other groups than %s", to, from)
	}
}

func TestDashboardIsInstalled(t *testing.T) {
	t.Parallel()
	for _, g := range customization(t).ConfigMapGenerator {
		if slices.Equal(g.Files, []string{"grafana/webflix.json"}) {
			if g.Options.Labels["grafana_dashboard"] != "1" || !g.Options.DisableNameSuffixHash {
				t.Errorf("the sidecar of Grafana does not find the dashboard: %+v", g)
			}
			return
		}
	}
	t.Error("kustomization.yaml makes no ConfigMap of the dashboard")
}
