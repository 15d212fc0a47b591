package graph_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"webflix/graph"
)

func quote(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// Faults 1, 7, 8, 9: what a request is answered with, by method, type, Accept and size.
func TestHTTP(t *testing.T) {
	t.Parallel()
	f := serve(t, newFakes(), graph.Config{})
	me := bearerOf(token(t, "user:7", time.Hour))
	const jsonType, graphqlType = "application/json; charset=utf-8", "application/graphql-response+json; charset=utf-8"
	subscription := `{"query":` + quote(rankingDocument) + `}`
	deferred := `{"query":"{movie(id:\"movie:1\"){id ...@defer{title}}}"}`
	cases := []struct {
		name, body, accept string
		status             int
		contentType        string
	}{
		{"a query", `{"query":"{__typename}"}`, "application/json", 200, jsonType},
		{"a query, new type", `{"query":"{__typename}"}`, "application/graphql-response+json", 200, graphqlType},
		{"no Accept", `{"query":"{__typename}"}`, "", 200, jsonType},
		{"q-values", `{"query":"{__typename}"}`, "application/json;q=0.5, application/graphql-response+json;q=0.9", 200, graphqlType},
		{"q of 0", `{"query":"{__typename}"}`, "application/graphql-response+json;q=0, application/json", 200, jsonType},
		{"urql's Accept", `{"query":"{__typename}"}`, "application/graphql-response+json, application/json, text/event-stream, multipart/mixed", 200, graphqlType},
		{"nothing we have", `{"query":"{__typename}"}`, "text/html", 406, jsonType},
		{"invalid, JSON", `{"query":"{nothing}"}`, "application/json", 200, jsonType},
		{"invalid, new type", `{"query":"{nothing}"}`, "application/graphql-response+json", 400, graphqlType},
		{"unparsable, new type", `{"query":"{"}`, "application/graphql-response+json", 400, graphqlType},
		{"no query", `{}`, "application/json", 400, jsonType},
		{"no object", `[]`, "application/json", 400, jsonType},
		{"no JSON", `{"query":`, "application/json", 400, jsonType},
		{"two objects", `{"query":"{__typename}"}{}`, "application/json", 400, jsonType},
		{"too large", `{"query":"` + strings.Repeat(" ", 300<<10) + `{__typename}"}`, "application/json", 413, jsonType},
		{"a subscription as JSON", subscription, "application/json", 406, jsonType},
		{"a subscription", subscription, "text/event-stream", 200, "text/event-stream"},
		{"a subscription in parts", subscription, `multipart/mixed;subscriptionSpec="1.0", application/json`, 200, `multipart/mixed;boundary="graphql";subscriptionSpec=1.0`},
		{"defer in parts", deferred, "multipart/mixed, application/json", 200, `multipart/mixed;boundary="graphql";deferSpec=20220824`},
		{"defer as JSON", deferred, "application/json", 200, jsonType},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			resp, _ := f.post(t, c.body, map[string]string{"Accept": c.accept, "Authorization": me})
			if resp.StatusCode != c.status || resp.Header.Get("Content-Type") != c.contentType {
				t.Errorf("%d %s, want %d %s", resp.StatusCode, resp.Header.Get("Content-Type"), c.status, c.contentType)
			}
		})
	}
}

func TestRefusedRequestsHaveNoData(t *testing.T) {
	t.Parallel()
	f := serve(t, newFakes(), graph.Config{})
	_, a := f.post(t, `{"query":"{nothing}"}`, nil)
	if a.Data != nil || a.code() != "GRAPHQL_VALIDATION_FAILED" {
		t.Errorf("got %s %v", a.Data, a.Errors)
	}
}

// Fault 7: where parts cannot be sent, nothing of what was deferred is lost, and other requests still get parts.
func TestDeferredPartsAreNeverLost(t *testing.T) {
	t.Parallel()
	f := serve(t, newFakes(), graph.Config{})
	document := `query($more:Boolean=true){movie(id:"movie:1"){id ...@defer{title} ...M@defer(if:$more)}} fragment M on Movie{genres{name ...@defer{id}}}`
	for range 3 { // the document is cached: it must not have been changed
		_, a := f.post(t, `{"query":`+quote(document)+`}`, map[string]string{"Accept": "application/json"})
		if got, want := string(a.Data), `{"movie":{"id":"movie:1","title":"Film 1","genres":[{"name":"Comedy","id":"genre:Comedy"},{"name":"Film-Noir","id":"genre:Film-Noir"}]}}`; got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
		resp, _ := f.post(t, `{"query":`+quote(document)+`}`, map[string]string{"Accept": "multipart/mixed, application/json"})
		if !strings.HasPrefix(resp.Header.Get("Content-Type"), "multipart/mixed") {
			t.Fatalf("got %s", resp.Header.Get("Content-Type"))
		}
	}
}

func (f *face) request(t testing.TB, method, target string, headers map[string]string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, f.url+target, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range headers {
		req.Header.Set(name, value)
	}
	resp, err := f.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp
}

// Nothing that a page of another origin can send without a preflight changes or starts anything.
func TestOtherOrigins(t *testing.T) {
	t.Parallel()
	f := serve(t, newFakes(), graph.Config{Origins: []string{"https://app.example.org"}})
	get := func(document string) string { return "/graphql?query=" + url.QueryEscape(document) }
	for _, c := range []struct {
		name, method, target string
		headers              map[string]string
		status               int
	}{
		{"our own pages", "GET", get("{__typename}"), map[string]string{"Origin": f.url}, 200},
		{"programs", "GET", get("{__typename}"), nil, 200},
		{"an allowed origin", "GET", get("{__typename}"), map[string]string{"Origin": "https://app.example.org"}, 200},
		{"its preflight", "OPTIONS", "/graphql", map[string]string{"Origin": "https://app.example.org", "Access-Control-Request-Method": "POST"}, 204},
		{"a foreign origin", "GET", get("{__typename}"), map[string]string{"Origin": "https://evil.example"}, 403},
		{"its preflight", "OPTIONS", "/graphql", map[string]string{"Origin": "https://evil.example"}, 403},
		{"the null origin", "GET", get("{__typename}"), map[string]string{"Origin": "null"}, 403},
		{"a foreign image", "GET", get("{__typename}"), map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		{"a foreign socket", "GET", "/graphql", map[string]string{"Origin": "https://evil.example", "Upgrade": "websocket", "Connection": "upgrade"}, 403},
		{"a mutation by GET", "GET", get(`mutation{signIn(input:{user:"user:1"}){__typename}}`), nil, 405},
		{"a form", "POST", "/graphql", map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, 415},
		{"plain text", "POST", "/graphql", map[string]string{"Content-Type": "text/plain"}, 415},
		{"files", "POST", "/graphql", map[string]string{"Content-Type": "multipart/form-data; boundary=x"}, 415},
		{"another method", "DELETE", "/graphql", nil, 405},
	} {
		t.Run(c.name, func(t *testing.T) {
			resp := f.request(t, c.method, c.target, c.headers)
			allowed := resp.Header.Get("Access-Control-Allow-Origin")
			if resp.StatusCode != c.status || allowed != "" && allowed != "https://app.example.org" {
				t.Errorf("%d, %q; want %d", resp.StatusCode, allowed, c.status)
			}
		})
	}
}

// With the development sign-in, a page whose name its owner points at our address gets nothing: for the browser it is of our
// origin, and only Host tells.
func TestForeignNamesBesideTheDevelopmentSignIn(t *testing.T) {
	t.Parallel()
	ask := func(f *face, host string) int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.url+"/graphql?query={__typename}", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		req.Header.Set("Origin", "http://"+host)
		resp, err := f.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	open := serve(t, newFakes(), graph.Config{
		Identity: graph.Identity{Secret: []byte(testSecret), DevSignIn: true}, Hosts: []string{"films.lan"}, Origins: []string{"https://app.example.org"},
	})
	for host, want := range map[string]int{
		"127.0.0.1:8080": 200, "[::1]:8080": 200, "[::1]": 200, "192.168.1.7:8080": 200, "localhost": 200, "LOCALHOST.:8080": 200,
		"webflix.localhost:8080": 200, "films.lan:8080": 200, "app.example.org": 200,
		"evil.example:8080": 403, "localhost.evil.example": 403, "127.0.0.1.evil.example:8080": 403, "evillocalhost": 403,
	} {
		if got := ask(open, host); got != want {
			t.Errorf("%s: %d, want %d", host, got, want)
		}
	}
	closed := serve(t, newFakes(), graph.Config{})
	if got := ask(closed, "films.example.org"); got != 200 {
		t.Errorf("without the development sign-in: %d", got)
	}
}

func TestPersistedAndTrustedDocuments(t *testing.T) {
	t.Parallel()
	const document, hash = "{__typename}", "ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38"
	byHash := `{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"` + hash + `"}}}`
	t.Run("automatic", func(t *testing.T) {
		t.Parallel()
		f := serve(t, newFakes(), graph.Config{})
		if resp, a := f.post(t, byHash, map[string]string{"Accept": "application/graphql-response+json"}); a.code() != "PERSISTED_QUERY_NOT_FOUND" || resp.StatusCode != 200 {
			t.Errorf("an unknown hash: %d %v", resp.StatusCode, a.Errors)
		}
		if _, a := f.post(t, `{"query":"{criteria{name}}","extensions":{"persistedQuery":{"version":1,"sha256Hash":"`+hash+`"}}}`, nil); a.code() != "BAD_REQUEST" {
			t.Errorf("another document's hash: %v", a.Errors)
		}
		f.post(t, `{"query":"`+document+`","extensions":{"persistedQuery":{"version":1,"sha256Hash":"`+hash+`"}}}`, nil)
		if _, a := f.post(t, byHash, nil); string(a.Data) != `{"__typename":"Query"}` {
			t.Errorf("a known hash: %s %v", a.Data, a.Errors)
		}
	})
	t.Run("trusted only", func(t *testing.T) {
		t.Parallel()
		f := serve(t, newFakes(), graph.Config{TrustedDocuments: []string{document}, TrustedOnly: true})
		for body, code := range map[string]string{
			byHash: "", `{"query":"` + document + `"}`: "", `{"query":"{criteria{name}}"}`: "DOCUMENT_NOT_TRUSTED",
			`{"query":"{criteria{name}}","extensions":{"persistedQuery":{"version":1,"sha256Hash":"` + hash + `"}}}`: "",
		} {
			_, a := f.post(t, body, nil)
			if a.code() != code || code == "" && string(a.Data) != `{"__typename":"Query"}` {
				t.Errorf("%s: %s %v", body, a.Data, a.Errors)
			}
		}
	})
}

func TestIntrospectionSwitch(t *testing.T) {
	t.Parallel()
	const document = "{__schema{queryType{name}}}"
	if a := serve(t, newFakes(), graph.Config{}).ask(t, "", document, nil); len(a.Errors) > 0 {
		t.Error(a.Errors)
	}
	closed := serve(t, newFakes(), graph.Config{NoIntrospection: true})
	for _, asks := range []string{document, `{__type(name:"User"){name}}`, `{...A} fragment A on Query{__schema{queryType{name}}}`} {
		if a := closed.ask(t, "", asks, nil); a.code() != "FORBIDDEN" || a.Data != nil {
			t.Errorf("introspection is open: %s gets %s %v", asks, a.Data, a.Errors)
		}
	}
	if a := closed.ask(t, "", `{__typename genres{__typename}}`, nil); len(a.Errors) > 0 {
		t.Errorf("the names of types are kept, too: %v", a.Errors)
	}
	if a := closed.ask(t, "", "{movis{id}}", nil); strings.Contains(a.Errors[0].Message, "movies") {
		t.Errorf("a suggestion gives the schema away: %s", a.Errors[0].Message)
	}
}
