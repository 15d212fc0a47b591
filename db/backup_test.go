package db_test

import (
	"context"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"webflix/db"
	"webflix/db/dbtest"
	"webflix/recommend"
)

// The guide's own commands are run, into a database that has something else in it: a backup that was never restored is none.
func TestBackupComesBack(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"pg_dump", "psql", "pg_restore"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("there is no %s here", program)
		}
	}
	from, to := dbtest.URL(t), dbtest.URL(t)
	source := open(t, from)
	if _, err := source.LoadDemo(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := source.Maintain(t.Context(), 7*24*time.Hour); err != nil {
		t.Fatal(err)
	}
	model := &recommend.Model{Parts: map[string][]byte{"catalog": {1, 2, 3}}}
	if _, err := source.Publish(t.Context(), model, 1); err != nil {
		t.Fatal(err)
	}
	request := accept(t, source, time.Second, 0)
	old := open(t, to)
	if _, err := old.Maintain(t.Context(), 7*24*time.Hour); err != nil {
		t.Fatal(err)
	}
	accept(t, old, time.Second, 0)

	dir := t.TempDir()
	commands := guideCommands(t, "pg_dump ", "psql ", "pg_restore ")
	if len(commands) != 3 {
		t.Fatalf("the guide's commands are %q", commands)
	}
	for i, address := range []string{from, to, to} {
		cmd := exec.CommandContext(t.Context(), "sh", "-c", commands[i])
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "DATABASE_URL="+address)
		if out, err := cmd.CombinedOutput(); err != nil {
			if strings.Contains(string(out), "server version mismatch") {
				t.Skipf("%s", out)
			}
			t.Fatalf("%s: %v\n%s", commands[i], err, out)
		}
	}
	restored := open(t, to)
	if err := restored.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"movies", "users", "watches", "models", "model_parts", "datasets", "movie_stats"} {
		want, got := rowsOf(t, source, table), rowsOf(t, restored, table)
		if got != want || want == 0 {
			t.Errorf("%s has %d rows after the restore, %d before the backup", table, got, want)
		}
	}
	standings, err := restored.Standings(t.Context(), []recommend.RequestID{request.ID})
	if err != nil || len(standings) != 0 {
		t.Errorf("past requests are left out of a backup, but there are %d, %v", len(standings), err)
	}
	next := accept(t, restored, time.Minute, 0)
	if got := merge(t, restored, answer(next, "history"), answer(next, "genres")); len(got) != 1 || !got[0].Final() {
		t.Errorf("a request to the restored database ends as %+v", got)
	}
}

// guideCommands returns the commands of the operating guide that begin so.
func guideCommands(t *testing.T, prefixes ...string) (commands []string) {
	t.Helper()
	guide, err := os.ReadFile("../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	inside := false
	for line := range strings.Lines(string(guide)) {
		if strings.HasPrefix(line, "```") {
			inside = !inside
		} else if inside && slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(line, p) }) {
			commands = append(commands, strings.TrimSpace(line))
		}
	}
	return commands
}

func open(t *testing.T, address string) *db.DB {
	t.Helper()
	d, err := db.Open(context.WithoutCancel(t.Context()), address, db.MaxConns(4))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func rowsOf(t *testing.T, d *db.DB, table string) (n int) {
	t.Helper()
	if err := d.GetContext(t.Context(), &n, `SELECT count(*) FROM `+table); err != nil {
		t.Fatal(err)
	}
	return n
}
