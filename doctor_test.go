package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"webflix/db"
	"webflix/db/dbtest"
	"webflix/queue"
	"webflix/queue/queuetest"
	"webflix/recommend"
)

// diagnosis is what doctor says.
type diagnosis struct {
	code     int
	Errors   int
	Warnings int
	Findings []finding
}

func diagnose(t *testing.T, env map[string]string, args ...string) *diagnosis {
	t.Helper()
	var out, log bytes.Buffer
	args = append([]string{"doctor", "--json", "--listen=127.0.0.1:0"}, args...)
	d := &diagnosis{code: run(t.Context(), args, func(name string) string { return env[name] }, &out, &log)}
	if err := json.Unmarshal(out.Bytes(), d); err != nil {
		t.Fatalf("doctor %v prints %s and %s: %v", args, out.String(), log.String(), err)
	}
	return d
}

// has checks that there is a finding of that severity with those words, and a way to mend it.
func (d *diagnosis) has(t *testing.T, s severity, check, words string) {
	t.Helper()
	for _, f := range d.Findings {
		if f.Check == check && f.Severity == s && strings.Contains(f.What+f.Why+f.Fix, words) {
			if s != fine && (f.Fix == "" || f.Why == "") {
				t.Errorf("%+v does not say why and how to mend it", f)
			}
			return
		}
	}
	t.Errorf("no %s %s says %q: %+v", s, check, words, d.Findings)
}

func TestMain(m *testing.M) { os.Exit(dbtest.Main(m)) }

func TestDoctorOfDatabase(t *testing.T) {
	t.Parallel()
	address := dbtest.URL(t)
	env := map[string]string{"DATABASE_URL": address}
	diagnose(t, env).has(t, fault, "model", "webflix train")

	var out, log bytes.Buffer
	if code := run(t.Context(), []string{"prepare"}, func(name string) string { return env[name] }, &out, &log); code != exitOK {
		t.Fatalf("prepare ends with %d: %s", code, log.String())
	}
	store, err := db.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	diagnose(t, env).has(t, warning, "postgres.ledger", "0 days")
	if _, err := store.Maintain(t.Context(), 24*7*3600e9); err != nil {
		t.Fatal(err)
	}
	if d := diagnose(t, env); d.code != exitOK || d.Errors+d.Warnings != 0 {
		t.Fatalf("of a deployment in order doctor says %d, %+v", d.code, d.Findings)
	}
	for _, broken := range []struct {
		how, mended string
		severity    severity
		check, say  string
	}{
		{
			`UPDATE models SET trained_at = now() - interval '30 days'`, `UPDATE models SET trained_at = now()`,
			warning, "model.age", "30 days",
		},
		{
			`INSERT INTO movies (id, title, dataset) SELECT n, 'New', 'webflix' FROM generate_series(20000001, 20000100) n`,
			`DELETE FROM movies WHERE id > 20000000`, warning, "model.films", "100 of",
		},
		{
			`INSERT INTO requests (id, user_id, replica, deadline, spec) VALUES (new_request_id(), 1, '', now() - interval '1 minute', '{"blend": []}')`,
			`DELETE FROM requests`, fault, "pipeline.overdue", "webflix aggregator",
		},
		{
			`INSERT INTO requests (id, user_id, replica, deadline, spec)
			 VALUES (new_request_id(clock_timestamp() - interval '2 s'), 1, '', now() + interval '1 minute', '{"blend": [{"criterion": "era", "weight": 1}]}')`,
			`DELETE FROM requests`, warning, "pipeline.age", "--criteria era",
		},
		{
			`UPDATE goose_db_version SET is_applied = false WHERE version_id = (SELECT max(version_id) FROM goose_db_version)`,
			`UPDATE goose_db_version SET is_applied = true`, warning, "postgres.schema", "webflix prepare",
		},
		{
			`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true)`,
			`DELETE FROM goose_db_version WHERE version_id = 99999`, warning, "postgres.schema", "roll this program forward",
		},
		{`DELETE FROM model_parts WHERE name = 'catalog'`, ``, fault, "model", "cannot be opened"},
	} {
		if _, err := store.ExecContext(t.Context(), broken.how); err != nil {
			t.Fatal(err)
		}
		d := diagnose(t, env)
		d.has(t, broken.severity, broken.check, broken.say)
		if want := map[severity]int{warning: exitWarnings, fault: exitErrors}[broken.severity]; d.code != want {
			t.Errorf("%s: exit code %d, want %d", broken.check, d.code, want)
		}
		if _, err := store.ExecContext(t.Context(), broken.mended); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDoctorOfDatabaseThatIsAway(t *testing.T) {
	t.Parallel()
	away := diagnose(t, map[string]string{"DATABASE_URL": "postgres://nobody:s3cret@127.0.0.1:1/none?sslmode=disable"})
	away.has(t, fault, "postgres", "pg_isready")
	u, err := url.Parse(dbtest.URL(t))
	if err != nil {
		t.Skip("the tests' database has no URL")
	}
	u.Path = "/webflix_no_such_database"
	unknown := diagnose(t, map[string]string{"DATABASE_URL": u.String()})
	unknown.has(t, fault, "postgres", "createdb")
	for _, d := range []*diagnosis{away, unknown} {
		if text, _ := json.Marshal(d); d.code != exitErrors || strings.Contains(string(text), "s3cret") {
			t.Errorf("doctor ends with %d and says %s", d.code, text)
		}
	}
}

func TestDoctorOfBroker(t *testing.T) {
	t.Parallel()
	address := queuetest.URL(t)
	env := map[string]string{"DATABASE_URL": dbtest.URL(t)}
	with := func(change func(u *url.URL)) *diagnosis {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		change(u)
		return diagnose(t, env, "--amqp-url="+u.String())
	}
	with(func(u *url.URL) { u.Host = "127.0.0.1:1" }).has(t, fault, "broker", "check_running")
	with(func(u *url.URL) { u.User = url.UserPassword("webflix", "wrong") }).has(t, fault, "broker", "add_user")
	with(func(u *url.URL) { u.Path = "/no-such-vhost" }).has(t, fault, "broker", "add_vhost")

	prefix := queuetest.Prefix()
	topology := queue.Topology{Prefix: prefix}
	broker, err := queue.Dial(queue.Config{URL: address})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = broker.Close() }()
	t.Cleanup(func() {
		names := []string{topology.Live("").Bind.Exchange}
		for _, q := range topology.Shared(recommend.CriterionNames()) {
			names = append(names, q.Name, q.Bind.Exchange)
		}
		queuetest.Delete(t, names...)
	})
	before := diagnose(t, env, "--amqp-url="+address, "--queue-prefix="+prefix)
	before.has(t, fine, "broker.rights", "there and back")
	before.has(t, fine, "queues", "none yet")

	other := topology.Task("history")
	other.TTL /= 2
	for _, q := range []queue.Queue{other, topology.Task("era"), topology.Result(), topology.Dead()} {
		if err := broker.Declare(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	for _, q := range []queue.Queue{topology.Task("era"), topology.Dead()} {
		if err := broker.Publish(t.Context(), queue.Message{To: q.Bind}); err != nil {
			t.Fatal(err)
		}
	}
	d := diagnose(t, env, "--amqp-url="+address, "--queue-prefix="+prefix)
	d.has(t, fault, "queues.arguments", "x-message-ttl")
	d.has(t, fault, "queues.readers", "webflix worker --criteria era")
	d.has(t, warning, "queues.readers", "webflix aggregator")
	d.has(t, warning, "queues.dead", "webflix dead list")
	d.has(t, warning, "queues", "are not there")
}

// The management API is a fake one: alarms of a server that others use would stop them.
func TestDoctorOfAlarms(t *testing.T) {
	t.Parallel()
	nodes := `[{"name": "rabbit@a", "running": true, "mem_alarm": true}, {"name": "rabbit@b", "running": true, "disk_free_alarm": true},
		{"name": "rabbit@c", "running": false}, {"name": "rabbit@d", "running": true, "partitions": ["rabbit@a"]}]`
	management := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, _, known := r.BasicAuth(); !known || r.URL.Path != "/api/nodes" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = io.WriteString(w, nodes)
	}))
	defer management.Close()
	env := map[string]string{"DATABASE_URL": dbtest.URL(t), "AMQP_URL": queuetest.URL(t), "WEBFLIX_MANAGEMENT_URL": management.URL + "/"}
	d := diagnose(t, env)
	d.has(t, fault, "broker.alarms", "rabbit@a has its memory alarm on")
	d.has(t, fault, "broker.alarms", "rabbit@b has its disk alarm on")
	d.has(t, fault, "broker.alarms", "rabbitmqctl -n rabbit@c start_app")
	d.has(t, fault, "broker.alarms", "rabbit@d is cut off from rabbit@a")
	nodes = `[{"name": "rabbit@a", "running": true}]`
	diagnose(t, env).has(t, fine, "broker.alarms", "none on any of 1 nodes")
	nodes = `<html>`
	diagnose(t, env).has(t, fine, "broker.alarms", "not looked at")
}

func TestDoctorOfSettings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		severity severity
		words    string
		args     []string
	}{
		{fault, "anyone", []string{"--dev-sign-in", "--listen=0.0.0.0:0"}},
		{fault, "--trusted-documents", []string{"--trusted-only"}},
		{fault, "guessed", []string{"--jwt-secret=short"}},
		{fault, "--base-path /films", []string{"--base-path=films"}},
		{warning, "--slow", []string{"--slow=era=1s"}},
		{warning, "never refused", []string{"--max-depth=50000"}},
		{warning, "last known", []string{"--retention=1s"}},
		{warning, "cores", []string{"--parallel=5000"}},
		{warning, "without encryption", []string{"--database-url=postgres://nobody@192.0.2.1:1/none?sslmode=disable&connect_timeout=1"}},
	} {
		ctx := map[string]string{"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none?sslmode=disable"}
		diagnose(t, ctx, c.args...).has(t, c.severity, "settings", c.words)
	}
}

func TestDoctorOfDataFolder(t *testing.T) {
	t.Parallel()
	made := func(name, version string) string {
		dir := dataDir(t)
		data := filepath.Join(dir, name)
		if err := os.Mkdir(data, 0o700); err != nil {
			t.Fatal(err)
		}
		if version != "" {
			if err := os.WriteFile(filepath.Join(data, "PG_VERSION"), []byte(version+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if os.Geteuid() == 0 { // PostgreSQL would not run as root
			if err := os.Chown(data, 65534, -1); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	crashed, roots := made("17", "17"), made("17", "17")
	if err := os.WriteFile(filepath.Join(crashed, "17", "postmaster.pid"), []byte("4194304\n"+crashed+"/17\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]finding{
		dataDir(t):       {Severity: fine, What: "no data yet"},
		made("17", "17"): {Severity: fine, What: "PostgreSQL 17"},
		made("17", "16"): {Severity: fault, What: "holds data of PostgreSQL 16"},
		made("14", "14"): {Severity: fault, What: "pg_upgrade"},
		made("17", ""):   {Severity: fault, What: "is not a PostgreSQL data folder"},
		crashed:          {Severity: warning, What: "was not stopped in order"},
	} {
		diagnose(t, nil, "--data-dir="+dir).has(t, want.Severity, "data", want.What)
	}
	if os.Geteuid() != 0 {
		return // nobody else can give a folder away
	}
	if err := os.Chown(filepath.Join(roots, "17"), 0, -1); err != nil {
		t.Fatal(err)
	}
	diagnose(t, nil, "--data-dir="+roots).has(t, fault, "data", "belongs to root")
}
