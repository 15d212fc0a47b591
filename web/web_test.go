package web_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"webflix/web"
)

// build is a small app on disk.
func build(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{
		"index.html":         `<!doctype html><base href="/"><script src="assets/app-1a2b.js"></script>` + strings.Repeat("<p>", 99),
		"assets/app-1a2b.js": strings.Repeat("console.log('hello');\n", 99),
		"assets/face.woff2":  strings.Repeat("f", 999),
		"icon.svg":           "<svg/>",
		".git/config":        "secret",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func serve(t *testing.T, c web.Config) http.Handler {
	t.Helper()
	h, err := web.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func get(t *testing.T, h http.Handler, path string, headers ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestPathsAnswerWithTheFileThePageOrNothing(t *testing.T) {
	t.Parallel()
	h := serve(t, web.Config{Dir: build(t)})
	for path, want := range map[string]struct {
		status int
		starts string
	}{
		"/":                     {200, "<!doctype html>"},
		"/index.html":           {200, "<!doctype html>"},
		"/movie/541":            {200, "<!doctype html>"},
		"/browse?genre=Drama":   {200, "<!doctype html>"},
		"/pipeline/":            {200, "<!doctype html>"},
		"/assets/app-1a2b.js":   {200, "console.log"},
		"/assets/app-old.js":    {404, ""},
		"/assets/":              {404, ""},
		"/assets/face":          {404, ""},
		"/favicon.ico":          {404, ""},
		"/icon.svg":             {200, "<svg/>"},
		"/../web_test.go":       {404, ""},
		"/.git/config":          {200, "<!doctype html>"}, // a page of the app that does not exist, never the file
		"/%2e%2e/%2e%2e/passwd": {200, "<!doctype html>"},
	} {
		r := get(t, h, path)
		if got := body(t, r); r.StatusCode != want.status || !strings.HasPrefix(got, want.starts) {
			t.Errorf("GET %s: %d %.20q, want %d %q", path, r.StatusCode, got, want.status, want.starts)
		}
	}
}

func TestHashedFilesAreKeptAndThePageIsAskedForEachTime(t *testing.T) {
	t.Parallel()
	h := serve(t, web.Config{Dir: build(t)})
	if got := get(t, h, "/assets/app-1a2b.js").Header.Get("Cache-Control"); !strings.Contains(got, "immutable") {
		t.Errorf("hashed file: Cache-Control %q", got)
	}
	page := get(t, h, "/taste")
	if got := page.Header.Get("Cache-Control"); got != "no-cache" {
		t.Errorf("page: Cache-Control %q", got)
	}
	again := get(t, h, "/history", "If-None-Match", page.Header.Get("ETag"))
	if again.StatusCode != http.StatusNotModified {
		t.Errorf("page that the browser has: %d, want 304", again.StatusCode)
	}
}

func TestCompressesForThoseWhoAcceptIt(t *testing.T) {
	t.Parallel()
	h := serve(t, web.Config{Dir: build(t)})
	plain := get(t, h, "/assets/app-1a2b.js")
	for accept, want := range map[string]string{
		"gzip, br": "gzip", "br;q=1, gzip;q=0.5": "gzip", "GZIP": "gzip",
		"": "", "br": "", "gzip;q=0": "", "gzip;q=0.000": "",
	} {
		r := get(t, h, "/assets/app-1a2b.js", "Accept-Encoding", accept)
		if got := r.Header.Get("Content-Encoding"); got != want {
			t.Errorf("Accept-Encoding %q: Content-Encoding %q, want %q", accept, got, want)
		}
	}
	zipped := get(t, h, "/assets/app-1a2b.js", "Accept-Encoding", "gzip")
	if zipped.Header.Get("ETag") == plain.Header.Get("ETag") {
		t.Error("two encodings share an ETag")
	}
	z, err := gzip.NewReader(zipped.Body)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(z)
	if err != nil || string(got) != body(t, plain) {
		t.Errorf("decompressed content differs: %v", err)
	}
	if got := get(t, h, "/assets/face.woff2", "Accept-Encoding", "gzip").Header.Get("Content-Encoding"); got != "" {
		t.Errorf("font: Content-Encoding %q", got)
	}
}

func TestLivesUnderABasePath(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"/films/home", "films/home/", "/films/home/"} {
		h := serve(t, web.Config{Dir: build(t), BasePath: base})
		page := body(t, get(t, h, "/films/home/movie/541"))
		if !strings.Contains(page, `<base href="/films/home/"`) {
			t.Errorf("%s: the page does not say where it lives: %.60q", base, page)
		}
		if r := get(t, h, "/films/home?x=1"); r.StatusCode != 308 || r.Header.Get("Location") != "/films/home/" {
			t.Errorf("%s without its slash: %d to %q", base, r.StatusCode, r.Header.Get("Location"))
		}
		if r := get(t, h, "/films/home/assets/app-1a2b.js"); r.StatusCode != 200 {
			t.Errorf("%s: file: %d", base, r.StatusCode)
		}
		if r := get(t, h, "/movie/541"); r.StatusCode != 404 {
			t.Errorf("%s: path outside: %d", base, r.StatusCode)
		}
	}
}

func TestForbidsWhatTheAppDoesNotNeed(t *testing.T) {
	t.Parallel()
	h := serve(t, web.Config{Dir: build(t)})
	for _, path := range []string{"/", "/assets/app-1a2b.js", "/missing.js"} {
		headers := get(t, h, path).Header
		csp := headers.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: Content-Security-Policy %q", path, csp)
		}
		if headers.Get("X-Content-Type-Options") != "nosniff" || headers.Get("X-Frame-Options") != "DENY" {
			t.Errorf("%s: headers %v", path, headers)
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", http.NoBody))
	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %d, Allow %q", w.Code, w.Header().Get("Allow"))
	}
}

func TestSaysWhenTheFolderHasNoApp(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := web.New(web.Config{Dir: dir}); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("New for an empty folder: %v", err)
	}
}

// The page must work under its own policy: everything it needs is a file that is there, and nothing is inline.
func TestEmbeddedAppIsWhole(t *testing.T) {
	t.Parallel()
	h := serve(t, web.Config{})
	page := body(t, get(t, h, "/"))
	if strings.Contains(page, "without its web app") {
		t.Skip("built with the tag noui")
	}
	if !strings.Contains(page, `<base href="/"`) {
		t.Error("the page has no base element")
	}
	if strings.Contains(page, "<style") || strings.Contains(page, " style=") || strings.Contains(page, "<script>") {
		t.Error("the page has inline styles or scripts")
	}
	for part := range strings.SplitSeq(page, `"`) {
		if !strings.HasPrefix(part, "assets/") && !strings.HasPrefix(part, "./assets/") {
			continue
		}
		if r := get(t, h, "/"+strings.TrimPrefix(part, "./")); r.StatusCode != 200 {
			t.Errorf("%s: %d", part, r.StatusCode)
		}
	}
}
