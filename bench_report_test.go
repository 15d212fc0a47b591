package main

import (
	"os"
	"path/filepath"
	"testing"
)

// A section of the report takes the place of the one before it; what is kept by hand, and other sections, stay.
func TestReportReplacesItsSectionsAlone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "performance.md")
	const kept = "\n## What bends first\n\nBy hand.\n"
	for _, step := range []struct{ before, title, text, want string }{
		{"", "Load", "one\n", reportHead + "\n## Load\n\none\n"},
		{"# Performance\n\nOld.\n" + kept, "Load", "one\n", reportHead + kept + "\n## Load\n\none\n"},
		{reportHead + "\n## Load\n\none\n" + kept, "Load", "two\n", reportHead + "\n## Load\n\ntwo\n" + kept},
	} {
		if err := os.WriteFile(path, []byte(step.before), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := replaceSection(path, step.title, step.text); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != step.want {
			t.Errorf("the report is %q, %v, instead of %q", got, err, step.want)
		}
	}
}
