package graph_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"webflix/graph"
)

// BenchmarkAPI is the cost of usual requests without a network or a database: the time, and the processor time (which other
// programs do not change). WEBFLIX_BENCH_STOCK=1 measures a plain gqlgen server instead, which has none of our limits;
// bench.sh does so with code that gqlgen generated and nobody trimmed.
func BenchmarkAPI(b *testing.B) {
	fakes := newFakes()
	ours, err := graph.NewHandler(graph.Config{
		Resolver: fakes.resolver(), Identity: graph.Identity{Secret: []byte(testSecret)}, Log: slog.New(slog.DiscardHandler),
		Limits: graph.Limits{AddressRate: -1, AddressBurst: -1, ViewerRate: -1, ViewerBurst: -1, InFlight: -1},
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = ours.Shutdown(context.Background()) })
	var h http.Handler = ours
	if os.Getenv("WEBFLIX_BENCH_STOCK") != "" {
		if h, err = graph.NewStock(fakes.resolver(), 0); err != nil {
			b.Fatal(err)
		}
	}
	me := "Bearer " + token(b, "user:7", time.Hour)
	request := requestWith(b, h, me)
	for _, c := range []struct{ name, document, bearer string }{
		{"typename", "{__typename}", ""},
		{"film", `{movie(id:"movie:5"){id title year rating watchCount}}`, ""},
		{"20 films with genres", `{movies(first:20){edges{cursor node{id title year rating genres{id name}}}}}`, ""},
		{"50 recommendations with reasons", `{recommendation(id:"` + request + `"){latest{sequence isFinal coverage{percent}picks{rank score movie{id title year}reasons shares{criterion score}}}}}`, me},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			before := processorTime(b)
			for b.Loop() {
				if body := post(b, h, c.bearer, c.document); strings.Contains(body, "errors") {
					b.Fatal(body)
				}
			}
			b.ReportMetric(float64(processorTime(b)-before)/float64(b.N), "cpu-ns/op")
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
		})
	}
}

// processorTime is the processor time that this process has used.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func post(b *testing.B, h http.Handler, bearer, document string) string {
	b.Helper()
	r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/graphql", strings.NewReader(`{"query":`+quote(document)+`}`))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	if bearer != "" {
		r.Header.Set("Authorization", bearer)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	body, err := io.ReadAll(w.Body)
	if err != nil {
		b.Fatal(err)
	}
	return string(body)
}

func requestWith(b *testing.B, h http.Handler, bearer string) string {
	b.Helper()
	body := post(b, h, bearer, `mutation{requestRecommendations(input:{first:50}){...on Recommendation{id}}}`)
	_, id, ok := strings.Cut(body, `"id":"`)
	if !ok {
		b.Fatal(body)
	}
	id, _, _ = strings.Cut(id, `"`)
	return id
}
