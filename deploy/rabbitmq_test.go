package deploy

import (
	"encoding/json"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"webflix/queue"
	"webflix/recommend"
)

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

// authority is where a process in Kubernetes finds who signed RabbitMQ's certificate.
const authority = "/etc/webflix/rabbitmq/ca.crt"

// settings returns the settings of a rabbitmq.conf.
func settings(t *testing.T, name, text string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, value, ok := strings.Cut(line, " = ")
		if _, twice := all[key]; !ok || twice {
			t.Errorf("%s: %q is no setting, or comes again", name, line)
		}
		all[key] = value
	}
	return all
}

// rabbitmqCluster returns the cluster in Kubernetes, and its settings.
func rabbitmqCluster(t *testing.T) (manifest, map[string]string) {
	t.Helper()
	for _, m := range manifests(t) {
		if m.Kind == "RabbitmqCluster" {
			return m, settings(t, "kubernetes/rabbitmq.yaml", m.Spec.RabbitMQ.AdditionalConfig)
		}
	}
	t.Fatal("there is no RabbitmqCluster")
	return manifest{}, nil
}

// A quorum queue that is declared while one node is up would have one member for ever.
func TestQueuesGrowToThreeNodes(t *testing.T) {
	t.Parallel()
	byHand := settings(t, "rabbitmq.conf", read(t, "rabbitmq/rabbitmq.conf"))
	_, operated := rabbitmqCluster(t)
	for name, conf := range map[string]map[string]string{"rabbitmq/rabbitmq.conf": byHand, "kubernetes/rabbitmq.yaml": operated} {
		for key, want := range map[string]string{
			"cluster_formation.target_cluster_size_hint":                          "3",
			"quorum_queue.continuous_membership_reconciliation.enabled":           "true",
			"quorum_queue.continuous_membership_reconciliation.target_group_size": "3",
			"cluster_partition_handling":                                          "pause_minority",
			"queue_leader_locator":                                                "balanced",
		} {
			if conf[key] != want {
				t.Errorf("%s: %s is %q, want %s", name, key, conf[key], want)
			}
		}
	}
}

// The operator's secret names the default user, which a node that imports definitions at its start does not make.
func TestOperatorsUserReachesTheVirtualHost(t *testing.T) {
	t.Parallel()
	cluster, conf := rabbitmqCluster(t)
	for key := range maps.Keys(conf) {
		if strings.HasPrefix(key, "definitions.") || key == "load_definitions" {
			t.Errorf("kubernetes/rabbitmq.yaml imports definitions: %s", key)
		}
	}
	const file = "kubernetes/secret.example.yaml"
	secret := documents[manifest](t, file, read(t, file), true)[0]
	u, err := url.Parse(secret.StringData["AMQP_URL"])
	if err != nil {
		t.Fatal(err)
	}
	if vhost := strings.TrimPrefix(u.Path, "/"); vhost == "" || conf["default_vhost"] != vhost {
		t.Errorf("the default user has rights to %q, and AMQP_URL names %q", conf["default_vhost"], vhost)
	}
	if want := cluster.Metadata.Name + "." + secret.Metadata.Namespace + ".svc:5671"; u.Scheme != "amqps" || u.Host != want {
		t.Errorf("AMQP_URL goes to %s, want %s", u.Host, want)
	}
	if got := u.Query().Get("cacertfile"); got != authority {
		t.Errorf("AMQP_URL looks for the certificate's authority in %q, want %s", got, authority)
	}
}

// A node does not start with settings of a plugin that it has not.
func TestPluginsHaveTheirSettings(t *testing.T) {
	t.Parallel()
	enabled := regexp.MustCompile(`^\[((?:rabbitmq_[a-z_]+,?)+)\]\.\n$`).FindStringSubmatch(read(t, "rabbitmq/enabled_plugins"))
	if enabled == nil {
		t.Fatal("rabbitmq/enabled_plugins is no list of Erlang")
	}
	plugins := strings.Split(enabled[1], ",")
	for key := range settings(t, "rabbitmq.conf", read(t, "rabbitmq/rabbitmq.conf")) {
		for _, plugin := range []string{"management", "prometheus"} {
			if strings.HasPrefix(key, plugin+".") && !slices.Contains(plugins, "rabbitmq_"+plugin) {
				t.Errorf("rabbitmq.conf has %s, and enabled_plugins not rabbitmq_%s", key, plugin)
			}
		}
	}
}
