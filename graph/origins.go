package graph

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// origins says which other origins' pages may call us. Pages of our own origin always may, and programs, which send no
// Origin. Nothing here rests on cookies: a token is only ever sent by who has it.
type origins []string

func newOrigins(allowed []string) (origins, error) {
	for _, origin := range allowed {
		u, err := url.Parse(origin)
		if err != nil || u.Scheme == "" || u.Host == "" || strings.Trim(u.Path, "/") != "" {
			return nil, fmt.Errorf("origin %q is not of the form https://app.example.org", origin)
		}
	}
	return allowed, nil
}

// admit sets the CORS headers, and reports whether the request's origin may call.
func (o origins) admit(w http.ResponseWriter, r *http.Request) bool {
	w.Header().Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	if origin == "" {
		return r.Header.Get("Sec-Fetch-Site") != "cross-site"
	}
	if u, err := url.Parse(origin); err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host) {
		return true
	}
	if !slices.ContainsFunc(o, func(allowed string) bool { return strings.EqualFold(strings.TrimSuffix(allowed, "/"), origin) }) {
		return false
	}
	w.Header().Set("Access-Control-Allow-Origin", origin)
	w.Header().Set("Access-Control-Expose-Headers", "Retry-After, X-Request-Id")
	if r.Method == http.MethodOptions {
		w.Header().Set("Access-Control-Allow-Methods", "GET, POST")
		w.Header().Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Traceparent, X-Request-Id")
		w.Header().Set("Access-Control-Max-Age", "7200")
	}
	return true
}
