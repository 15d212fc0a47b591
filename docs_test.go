package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// docs/api.md has every limit, with its default, and names tests that there are.
func TestLimitsAreDocumentedAndTested(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	flags := pflag.NewFlagSet("webflix", pflag.ContinueOnError)
	(&Config{}).limitFlags(flags)
	row := regexp.MustCompile("(?m)^\\| [^|]+ \\| `--([a-z-]+)` \\| (\\S+) \\| [^|]+ \\| Test")
	documented := map[string]string{}
	for _, m := range row.FindAllStringSubmatch(string(page), -1) {
		documented[m[1]] = m[2]
	}
	flags.VisitAll(func(f *pflag.Flag) {
		if documented[f.Name] != f.DefValue {
			t.Errorf("--%s has the default %s; docs/api.md has a row with %q", f.Name, f.DefValue, documented[f.Name])
		}
		delete(documented, f.Name)
	})
	for name := range documented {
		t.Errorf("docs/api.md has a row of --%s, which there is not", name)
	}

	files, err := filepath.Glob("*/*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var tests strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		tests.Write(text)
	}
	named := regexp.MustCompile(`Test[A-Z]\w+`).FindAllString(string(page), -1)
	slices.Sort(named)
	for _, name := range slices.Compact(named) {
		if !strings.Contains(tests.String(), "func "+name+"(t ") {
			t.Errorf("docs/api.md names %s, which there is not", name)
		}
	}
}

// Decisions are numbered one by one, and each says its number.
func TestDecisionsAreNumbered(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("docs/decisions/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for i, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if name, title := filepath.Base(file), fmt.Sprintf("# %d. ", i+1); !strings.HasPrefix(name, fmt.Sprintf("%04d-", i+1)) ||
			!strings.HasPrefix(string(text), title) {
			t.Errorf("%s is decision %d", name, i+1)
		}
	}
}
