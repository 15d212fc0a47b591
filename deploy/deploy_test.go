// Package deploy holds what a deployment is made of. Its tests hold it against the code.
package deploy

import (
	"os"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v2"

	"webflix/recommend"
)

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Whoever adds a criterion and forgets its service would have every ranking wait for its deadline.
func TestEveryCriterionHasItsWorkers(t *testing.T) {
	t.Parallel()
	compose := read(t, "../docker-compose.yml")
	workers := read(t, "kubernetes/workers.yaml")
	scaling := read(t, "kubernetes/scaling.yaml")
	readme := read(t, "../README.md")
	for _, c := range recommend.Criteria() {
		if !strings.Contains(readme, "| `"+c.Name+"` | "+c.Description+" |") {
			t.Errorf("README.md does not say of %s that it scores by %q", c.Name, c.Description)
		}
	}
	for _, c := range recommend.CriterionNames() {
		if !strings.Contains(compose, "  worker-"+c+":\n") || !strings.Contains(compose, "[worker, --criteria, "+c+"]") {
			t.Errorf("docker-compose.yml has no service for the criterion %s", c)
		}
		if !strings.Contains(workers, "args: [worker, --criteria="+c+"]") {
			t.Errorf("kubernetes/workers.yaml has no Deployment for the criterion %s", c)
		}
		if !strings.Contains(scaling, "{name: worker-"+c+"}") || !strings.Contains(scaling, `criterion="`+c+`"`) {
			t.Errorf("kubernetes/scaling.yaml does not scale the worker of %s", c)
		}
	}
	if n := strings.Count(workers, "args: [worker,"); n != len(recommend.CriterionNames()) {
		t.Errorf("kubernetes/workers.yaml has %d Deployments for %d criteria", n, len(recommend.CriterionNames()))
	}
}

// A process that is killed while it drains cuts off whom it was about to answer.
func TestTerminationLeavesTimeToDrain(t *testing.T) {
	t.Parallel()
	const rest = 5 * time.Second // to close what is left, and to send the last traces
	for file, drain := range map[string]time.Duration{
		"kubernetes/serve.yaml": recommend.MaxDeadline + rest, "kubernetes/workers.yaml": rest + rest, "kubernetes/aggregator.yaml": rest + rest,
	} {
		for part := range strings.SplitSeq(read(t, file), "\n---\n") {
			var d struct {
				Kind string
				Spec struct {
					Template struct {
						Spec struct {
							Grace      int `yaml:"terminationGracePeriodSeconds"`
							Containers []struct {
								Lifecycle struct {
									PreStop struct{ Sleep struct{ Seconds int } } `yaml:"preStop"`
								}
							}
						}
					}
				}
			}
			if err := yaml.Unmarshal([]byte(part), &d); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			if d.Kind != "Deployment" {
				continue
			}
			pod := d.Spec.Template.Spec
			wait := time.Duration(pod.Containers[0].Lifecycle.PreStop.Sleep.Seconds) * time.Second
			if grace := time.Duration(pod.Grace) * time.Second; grace < wait+drain {
				t.Errorf("%s: after %v of preStop and %v of draining it was killed at %v", file, wait, drain, grace)
			}
		}
	}
}
