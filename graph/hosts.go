package graph

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// hosts are the names that a server with the development sign-in answers to, beside addresses and localhost. A page of
// another site whose name its owner points at 127.0.0.1 (DNS rebinding) is of our origin for the browser; only the name in
// Host tells it from ours. Without the development sign-in such a page has no token, and nil admits every name.
type hosts []string

func newHosts(named, origins []string) hosts {
	known := hosts{"localhost"}
	for _, name := range named {
		known = append(known, strings.ToLower(name))
	}
	for _, origin := range origins {
		if u, err := url.Parse(origin); err == nil {
			known = append(known, strings.ToLower(u.Hostname()))
		}
	}
	return known
}

func (h hosts) admit(r *http.Request) bool {
	if h == nil {
		return true
	}
	name := r.Host
	if host, _, err := net.SplitHostPort(name); err == nil {
		name = host
	}
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if _, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil {
		return true
	}
	return strings.HasSuffix(name, ".localhost") || slices.Contains(h, name)
}
