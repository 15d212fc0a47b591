// Command serial makes the code that gqlgen has generated resolve the elements of a list one after another. gqlgen starts a
// goroutine for each; ours wait for nothing, since what they need was read for the whole list, and are cheaper in order.
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if err := run("generated"); err != nil {
		fmt.Fprintln(os.Stderr, "serial:", err)
		os.Exit(1)
	}
}

func run(dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, "*.generated.go"))
	if err != nil {
		return fmt.Errorf("list the generated files: %w", err)
	}
	changed := 0
	for _, file := range files {
		code, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("read generated code: %w", err)
		}
		serial := bytes.ReplaceAll(code, []byte("graphql.MarshalSliceConcurrently("), []byte("marshalList("))
		changed += bytes.Count(serial, []byte("marshalList("))
		if err := os.WriteFile(file, serial, 0o600); err != nil {
			return fmt.Errorf("write generated code: %w", err)
		}
	}
	if changed == 0 {
		return fmt.Errorf("no list is marshalled in %s: gqlgen's templates have changed", dir)
	}
	return nil
}
