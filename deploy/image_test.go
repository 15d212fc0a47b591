package deploy

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// ignoreFile is what Docker reads to know what of the repository the build of an image gets.
type ignoreFile []ignoreRule

type ignoreRule struct {
	fits    *regexp.Regexp
	exclude bool
}

func parseIgnoreFile(text string) (f ignoreFile) {
	for line := range strings.Lines(text) {
		pattern := strings.TrimSpace(line)
		if pattern == "" || strings.HasPrefix(pattern, "#") {
			continue
		}
		pattern, include := strings.CutPrefix(pattern, "!")
		expr := regexp.QuoteMeta(strings.TrimPrefix(path.Clean(pattern), "/"))
		expr = strings.NewReplacer(`\*\*/`, "(.*/)?", `\*\*`, ".*", `\*`, "[^/]*", `\?`, "[^/]").Replace(expr)
		f = append(f, ignoreRule{regexp.MustCompile("^" + expr + "(/.*)?$"), !include})
	}
	return f
}

// admits says whether the build gets a file: by the last rule that fits it or a folder that it is in.
func (f ignoreFile) admits(name string) bool {
	admitted := true
	for _, r := range f {
		if r.fits.MatchString(name) {
			admitted = !r.exclude
		}
	}
	return admitted
}

func TestIgnoreFileRules(t *testing.T) {
	t.Parallel()
	f := parseIgnoreFile("# all but\n*\n!*.go\n!db/\n!web/*.go\n\n**/*_test.go\n**/testdata/\n")
	for name, want := range map[string]bool{
		"main.go": true, "go.mod": false, "db/open.go": true, "db/migrations/1.sql": true, "dbx/open.go": false, "queue/queue.go": false,
		"web/web.go": true, "web/src/app.ts": false, "web/src/x.go": false, "main_test.go": false, "db/open_test.go": false, "db/a/testdata/x": false,
	} {
		if got := f.admits(name); got != want {
			t.Errorf("%s is let in: %t", name, got)
		}
	}
}

// A folder that the ignore file forgets breaks the build of the image, and that alone.
func TestImageGetsEveryPackage(t *testing.T) {
	t.Parallel()
	ignore := parseIgnoreFile(read(t, "Dockerfile.dockerignore"))
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	files := []string{"go.mod", "go.sum"}
	for _, tags := range []string{"", "noui"} {
		files = append(files, sources(t, root, tags)...)
	}
	for _, file := range files {
		if !ignore.admits(file) {
			t.Errorf("the build of the image does not get %s", file)
		}
	}
	for _, file := range []string{".git/config", "deploy/compose.env", "web/node_modules/x/index.js", "graph/playground/node_modules/x/index.js", "api_test.go"} {
		if ignore.admits(file) {
			t.Errorf("the build of the image gets %s", file)
		}
	}
}

// sources returns the files of this module that the program is built of, what it embeds included, from the repository's root on.
func sources(t *testing.T, root, tags string) (files []string) {
	t.Helper()
	var stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=Dir,Module,GoFiles,EmbedFiles", "-tags="+tags, ".")
	cmd.Dir, cmd.Stderr = root, &stderr
	cmd.Env = append(cmd.Environ(), "GOOS=linux", "CGO_ENABLED=0") // as in the Dockerfile
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, &stderr)
	}
	packages, embedded := 0, 0
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			Dir                 string
			Module              *struct{ Main bool }
			GoFiles, EmbedFiles []string
		}
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if p.Module == nil || !p.Module.Main {
			continue
		}
		packages++
		embedded += len(p.EmbedFiles)
		folder, err := filepath.Rel(root, p.Dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range append(p.GoFiles, p.EmbedFiles...) {
			files = append(files, filepath.ToSlash(filepath.Join(folder, file)))
		}
	}
	if packages < 10 || embedded < 10 {
		t.Errorf("go list tells of %d packages of ours that embed %d files", packages, embedded)
	}
	return files
}
