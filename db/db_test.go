package db_test

import (
	"strings"
	"testing"

	"webflix/db"
	"webflix/db/dbtest"
)

func TestOpenKeepsThePasswordToItself(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"postgres://someone:hunter2@local host:5432/x",
		"postgres://someone:hunter2/@localhost/x",
		"postgres://someone:hunter2%zz@localhost/x",
		"postgres://someone:hunter2@127.0.0.1:1/x?sslmode=disable",
		"mysql://someone:hunter2@localhost/x",
		"host=127.0.0.1 port=1 password=hunter2 sslmode=disable",
	} {
		_, err := db.Open(t.Context(), address)
		if err == nil {
			t.Fatalf("Open(%q) connected", address)
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("Open shows the password: %v", err)
		}
	}
}

// A partition without statistics looks large to the planner, which then goes to great lengths for what runs for two milliseconds.
func TestNoQueryIsCompiledOrSpread(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	for setting, want := range map[string]string{"jit": "off", "max_parallel_workers_per_gather": "0"} {
		var is string
		if err := d.GetContext(t.Context(), &is, "SHOW "+setting); err != nil || is != want {
			t.Errorf("%s is %q, %v; it should be %s", setting, is, err, want)
		}
	}
}
