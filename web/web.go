// Package web serves the single-page app: from the binary, or from a folder while it is being worked on.
package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"html"
	"io/fs"
	"mime"
	"net/http"
	"os"
	"path"
	"strings"
	"time"
)

// Config says what to serve and where. Its zero value serves the embedded app at the root.
type Config struct {
	BasePath string // the path under which browsers see the app, such as /webflix; "" for the root
	Dir      string // serve this folder, read anew for each request; "" for what is embedded
}

// policy lets the app load and call its own origin, and nothing else. Nothing inline runs, scripts and styles alike.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; manifest-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"

// errMissing: no such file, and it is not a page of the app either.
var errMissing = errors.New("no such file")

// site serves one build of the app.
type site struct {
	base  string // with a slash at both ends
	root  fs.FS
	files map[string]*file // what is embedded, ready to send; nil when files are read for each request
}

// file is what a path answers with.
type file struct {
	kind   string // media type
	plain  []byte
	zipped []byte // nil when it would not be smaller
	tag    string // of plain, without quotes
	forget bool   // whether browsers must ask each time
}

// New returns a handler for the app. It expects full paths: with a base path, do not strip it. Paths that look like a
// file get the file or 404; every other path under the base gets the app's page, which knows its own routes.
func New(c Config) (http.Handler, error) {
	s := &site{base: cleanBase(c.BasePath), root: embedded()}
	if c.Dir != "" {
		s.root = os.DirFS(c.Dir)
		if _, err := fs.Stat(s.root, "index.html"); err != nil {
			return nil, fmt.Errorf("read the web app in %s: %w", c.Dir, err)
		}
		return s, nil
	}
	files, err := s.readAll()
	if err != nil {
		return nil, fmt.Errorf("read the embedded web app: %w", err)
	}
	s.files = files
	return s, nil
}

func cleanBase(base string) string {
	base = strings.Trim(path.Clean("/"+base), "/")
	if base == "" {
		return "/"
	}
	return "/" + base + "/"
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	secure(w.Header())
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	if r.URL.Path+"/" == s.base {
		http.Redirect(w, r, s.base, http.StatusPermanentRedirect)
		return
	}
	name, under := strings.CutPrefix(r.URL.Path, s.base)
	if !under {
		http.NotFound(w, r)
		return
	}
	f, err := s.find(name)
	switch {
	case errors.Is(err, errMissing):
		http.NotFound(w, r)
	case err != nil:
		http.Error(w, "the web app cannot be read", http.StatusInternalServerError)
	default:
		f.send(w, r)
	}
}

// find returns the file of a path below the base. A page of the app is the index, whatever its path.
func (s *site) find(name string) (*file, error) {
	f, err := s.open(name)
	if errors.Is(err, errMissing) && isPage(name) {
		return s.open("index.html")
	}
	return f, err
}

func (s *site) open(name string) (*file, error) {
	if s.files != nil {
		if f := s.files[name]; f != nil {
			return f, nil
		}
		return nil, errMissing
	}
	if !fs.ValidPath(name) || isHidden(name) {
		return nil, errMissing
	}
	if info, err := fs.Stat(s.root, name); errors.Is(err, fs.ErrNotExist) || (err == nil && info.IsDir()) {
		return nil, errMissing
	}
	return s.read(name)
}

// isPage reports whether a path without a file belongs to the app's own routes. What has an extension or lies in the
// folder of hashed files is a file, and its absence must not be hidden behind a page.
func isPage(name string) bool {
	return path.Ext(name) == "" && !strings.HasPrefix(name, "assets/")
}

// isHidden reports whether a path has a part that begins with a dot, such as .git in a folder that is served.
func isHidden(name string) bool {
	return strings.HasPrefix(name, ".") || strings.Contains(name, "/.")
}

func (s *site) readAll() (map[string]*file, error) {
	files := make(map[string]*file)
	err := fs.WalkDir(s.root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files[name], err = s.read(name)
		return err
	})
	return files, err
}

func (s *site) read(name string) (*file, error) {
	plain, err := fs.ReadFile(s.root, name)
	if err != nil {
		return nil, err
	}
	if name == "index.html" {
		plain = rebase(plain, s.base)
	}
	sum := sha256.Sum256(plain)
	f := &file{
		kind:   kind(name),
		plain:  plain,
		tag:    hex.EncodeToString(sum[:12]),
		forget: !strings.HasPrefix(name, "assets/"), // their names change with their content
	}
	if f.zipped, err = deflate(f.kind, plain); err != nil {
		return nil, err
	}
	return f, nil
}

// rebase tells the page where it lives. Every address in it is relative to its base element.
func rebase(page []byte, base string) []byte {
	return bytes.Replace(page, []byte(`<base href="/"`), []byte(`<base href="`+html.EscapeString(base)+`"`), 1)
}

// kind does not ask the system's own tables for the types that matter: they differ between machines.
func kind(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	case ".webmanifest":
		return "application/manifest+json"
	case ".txt":
		return "text/plain; charset=utf-8"
	}
	if known := mime.TypeByExtension(path.Ext(name)); known != "" {
		return known
	}
	return "application/octet-stream"
}

// deflate returns the content compressed, or nil when that is of no use.
func deflate(kind string, plain []byte) ([]byte, error) {
	if strings.HasPrefix(kind, "font/") || (strings.HasPrefix(kind, "image/") && kind != "image/svg+xml") {
		return nil, nil
	}
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(plain); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	if out.Len() >= len(plain) {
		return nil, nil
	}
	return out.Bytes(), nil
}

// send answers with the file, or with 304 when the browser has it.
func (f *file) send(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	if f.forget {
		h.Set("Cache-Control", "no-cache")
	}
	content, tag := f.plain, f.tag
	if f.zipped != nil {
		h.Set("Vary", "Accept-Encoding")
		if acceptsGzip(r.Header.Values("Accept-Encoding")) {
			h.Set("Content-Encoding", "gzip")
			content, tag = f.zipped, f.tag+"-gzip"
		}
	}
	h.Set("ETag", `"`+tag+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

// acceptsGzip reports whether the header names gzip with a weight above 0.
func acceptsGzip(values []string) bool {
	for coding := range strings.SplitSeq(strings.Join(values, ","), ",") {
		name, weight, _ := strings.Cut(coding, ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			_, q, _ := strings.Cut(weight, "=")
			return strings.Trim(q, " 0.") != "" || strings.TrimSpace(q) == ""
		}
	}
	return false
}

func secure(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
}
