package graph

import (
	"embed"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
)

// The playground is built from graph/playground by `npm run build`; what it makes is committed.
//
//go:embed all:playground/dist
var playground embed.FS

// Playground serves GraphiQL at a path that ends in /playground, and its files below. It speaks to ../graphql and to
// nobody else.
func (h *Handler) Playground() http.Handler {
	files, err := fs.Sub(playground, "playground/dist")
	if err != nil {
		panic(err) // cannot happen: the name is valid
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, name, found := strings.Cut(r.URL.Path[strings.LastIndex(r.URL.Path, "/playground")+1:], "/")
		if !found {
			http.Redirect(w, r, "playground/", http.StatusPermanentRedirect) // the page's files are beside it
			return
		}
		if name == "" {
			name = "index.html"
		}
		servePage(w, r, files, name)
	})
}

// servePage serves a file of a page of ours. Names of files other than pages change with what is in them.
func servePage(w http.ResponseWriter, r *http.Request, files fs.FS, name string) {
	body, err := fs.ReadFile(files, path.Clean(name))
	if err != nil || (r.Method != http.MethodGet && r.Method != http.MethodHead) {
		http.NotFound(w, r)
		return
	}
	header := w.Header()
	securePage(header)
	header.Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
	header.Set("Cache-Control", "public, max-age=31536000, immutable")
	if path.Ext(name) == ".html" {
		header.Set("Cache-Control", "no-cache")
	}
	_, _ = w.Write(body)
}

// securePage sets the headers of a page that is to load nothing from elsewhere and to be framed by nobody. GraphiQL's
// editor sets styles from scripts.
func securePage(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "+
		"img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "+
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
}
