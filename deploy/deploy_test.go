// Package deploy holds what a deployment is made of. Its tests hold it against the code.
package deploy

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v2"

	"webflix/queue"
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

// definitions is the part of RabbitMQ's definitions that a deployment of ours fills.
type definitions struct {
	Exchanges []struct{ Name, Type string }
	Queues    []struct {
		Name      string
		Arguments map[string]any
	}
	Bindings []struct {
		Source, Destination string
		RoutingKey          string `json:"routing_key"`
	}
}

// A queue that exists with other properties is refused when a role declares it, and the role cannot start. That the broker
// itself takes the arguments for equal is checked by .ci/roles; here, that none is forgotten.
func TestDefinitionsHaveTheTopology(t *testing.T) {
	t.Parallel()
	var d definitions
	if err := json.Unmarshal([]byte(read(t, "rabbitmq/definitions.json")), &d); err != nil {
		t.Fatal(err)
	}
	topology := queue.Topology{}
	want := []queue.Queue{topology.Result(), topology.Dead()}
	for _, c := range recommend.CriterionNames() {
		want = append(want, topology.Task(c))
	}
	if len(d.Queues) != len(want)+1 { // and what was sifted out of the dead letters
		t.Errorf("definitions.json has %d queues, the topology %d", len(d.Queues), len(want))
	}
	for _, q := range want {
		checkQueue(t, &d, &q)
	}
	for _, a := range []queue.Address{topology.Result().Bind, topology.Dead().Bind, topology.Live("x").Bind, topology.Task("x").Bind} {
		if !d.exchange(a.Exchange) {
			t.Errorf("definitions.json has no direct exchange %s", a.Exchange)
		}
	}
}

func checkQueue(t *testing.T, d *definitions, q *queue.Queue) {
	t.Helper()
	bound := false
	for _, b := range d.Bindings {
		to := q.Name
		if q.Sift {
			to = q.Bind.Exchange + ".sift"
		}
		bound = bound || b.Source == q.Bind.Exchange && b.RoutingKey == q.Bind.Key && b.Destination == to
	}
	if !bound {
		t.Errorf("queue %s is not bound to %s", q.Name, q.Bind)
	}
	for _, got := range d.Queues {
		if got.Name != q.Name {
			continue
		}
		want := map[string]any{"x-queue-type": "quorum"}
		if q.DeliveryLimit > 0 {
			want["x-delivery-limit"] = float64(q.DeliveryLimit)
		}
		if q.TTL > 0 {
			want["x-message-ttl"] = float64(q.TTL.Milliseconds())
		}
		if q.MaxLength > 0 {
			want["x-max-length"] = float64(q.MaxLength)
		}
		if q.DeadLetter.Exchange != "" {
			want["x-dead-letter-exchange"] = q.DeadLetter.Exchange
			want["x-dead-letter-routing-key"] = q.DeadLetter.Key
		}
		for name, value := range want {
			if got.Arguments[name] != value {
				t.Errorf("queue %s: %s is %v, want %v", q.Name, name, got.Arguments[name], value)
			}
		}
		return
	}
	t.Errorf("definitions.json has no queue %s", q.Name)
}

func (d *definitions) exchange(name string) bool {
	for _, e := range d.Exchanges {
		if e.Name == name && e.Type == "direct" {
			return true
		}
	}
	return false
}
