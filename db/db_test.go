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

// A partition without statistics looks large to the planner, which then compiles for seconds what runs for two milliseconds.
func TestNoQueryIsCompiled(t *testing.T) {
	t.Parallel()
	var jit string
	if err := dbtest.Open(t).GetContext(t.Context(), &jit, "SHOW jit"); err != nil || jit != "off" {
		t.Errorf("jit is %q, %v; it should be off", jit, err)
	}
}
