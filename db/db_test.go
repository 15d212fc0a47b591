package db_test

import (
	"strings"
	"testing"

	"webflix/db"
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
