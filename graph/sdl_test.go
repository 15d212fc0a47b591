package graph_test

import (
	"flag"
	"os"
	"testing"

	"webflix/graph"
)

//nolint:gochecknoglobals // a flag
var update = flag.Bool("update", false, "write schema.graphql anew")

func TestSchemaIsCommitted(t *testing.T) {
	t.Parallel()
	const file = "schema.graphql"
	if *update {
		if err := os.WriteFile(file, []byte(graph.SDL()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	committed, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(committed) != graph.SDL() {
		t.Errorf("%s is not up to date: go test ./graph -run TestSchemaIsCommitted -update", file)
	}
}
