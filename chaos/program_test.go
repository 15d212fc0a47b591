package chaos

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// program builds webflix once a test run, unless WEBFLIX_BINARY names one.
//
//nolint:gochecknoglobals // the tests of a process share it
var program = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("WEBFLIX_BINARY"); path != "" {
		return path, nil
	}
	return build()
})

// build builds webflix with more arguments for the compiler, and returns the path.
func build(arguments ...string) (string, error) {
	dir, err := os.MkdirTemp("", "webflix-chaos-")
	if err != nil {
		return "", err
	}
	atTheEnd(func() { _ = os.RemoveAll(dir) })
	path := filepath.Join(dir, "webflix")
	arguments = append(append([]string{"build"}, arguments...), "-o", path, "webflix")
	if out, err := exec.Command("go", arguments...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("build webflix: %w: %s", err, out)
	}
	return path, nil
}

// buildWith builds webflix with another version of a source file, in which texts are replaced: so a fault gets into a process, and
// nothing of it into the program.
func (d *deployment) buildWith(file string, changes map[string]string) string {
	d.t.Helper()
	source, err := os.ReadFile(file)
	if err != nil {
		d.t.Fatal(err)
	}
	text := string(source)
	for old, changed := range changes {
		if strings.Count(text, old) != 1 {
			d.t.Fatalf("%s has changed: it holds %d times %q", file, strings.Count(text, old), old)
		}
		text = strings.Replace(text, old, changed, 1)
	}
	dir := d.t.TempDir()
	edited, overlay := filepath.Join(dir, "edited.go"), filepath.Join(dir, "overlay.json")
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{file: edited}})
	if err != nil {
		d.t.Fatal(err)
	}
	for path, content := range map[string]string{edited: text, overlay: string(replace)} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			d.t.Fatal(err)
		}
	}
	path, err := build("-overlay", overlay)
	if err != nil {
		d.t.Fatal(err)
	}
	return path
}
