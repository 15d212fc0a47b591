package workers_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	sdk "go.opentelemetry.io/otel/sdk/trace"
	oteltrace "go.opentelemetry.io/otel/trace"

	"webflix/db"
	"webflix/queue"
	"webflix/trace"
	"webflix/workers"
)

// ended keeps the spans that have ended, by their trace.
type ended struct {
	mu      sync.Mutex // protects what follows
	traces  map[string]tree
	changed chan struct{} // closed at the next end
}

func newTracer(now func() time.Time) (*ended, *trace.Tracer) {
	spans := &ended{traces: map[string]tree{}, changed: make(chan struct{})}
	provider := sdk.NewTracerProvider(sdk.WithSpanProcessor(spans))
	return spans, &trace.Tracer{Spans: provider.Tracer("test"), Now: now}
}

func (e *ended) OnEnd(s sdk.ReadOnlySpan) {
	e.mu.Lock()
	defer e.mu.Unlock()
	id := s.SpanContext().TraceID().String()
	if e.traces[id] == nil {
		e.traces[id] = tree{}
	}
	e.traces[id][s.SpanContext().SpanID()] = s
	close(e.changed)
	e.changed = make(chan struct{})
}

func (*ended) OnStart(context.Context, sdk.ReadWriteSpan) {}
func (*ended) Shutdown(context.Context) error             { return nil }
func (*ended) ForceFlush(context.Context) error           { return nil }

// trace waits until a trace has the spans that are wanted.
func (e *ended) trace(t *testing.T, id string, enough func(names []string) bool) tree {
	t.Helper()
	for {
		e.mu.Lock()
		all, changed := maps.Clone(e.traces[id]), e.changed
		e.mu.Unlock()
		if enough(all.names()) {
			return all
		}
		select {
		case <-changed:
		case <-time.After(10 * time.Second):
			t.Fatalf("the trace has %q alone", all.names())
		}
	}
}

// One request is one trace, through every process and both brokers: what a person waited for is there to read.
func TestRequestIsOneTrace(t *testing.T) {
	t.Parallel()
	spans, tracer := newTracer(time.Now)
	onTracedServers(t, tracer, func(t *testing.T, _ *db.DB, replicas [2]*workers.Recommender) {
		root := tracer.Start("", trace.Server, "subscription", "recommend")
		req := wish(7, 10*time.Second)
		req.Trace = root.Parent()
		final := last(follow(t, replicas[0], req))
		root.End()
		checkOwn(t, final.Update)

		tree := spans.trace(t, trace.ID(req.Trace), func(names []string) bool {
			return count(names, "dispatch") == 1 && count(names, "task") == 3 && count(names, "merge") == 3 && count(names, "emit") > 0 &&
				count(names, "deliver") == count(names, "emit")
		})
		tree.below(t, "dispatch", "subscription recommend")
		for _, criterion := range []string{"genres", "history", "community"} {
			tree.below(t, "task "+criterion, "dispatch")
			tree.below(t, "wait "+criterion, "task "+criterion)
			tree.below(t, "score "+criterion, "task "+criterion)
		}
		tree.below(t, "deliver", "emit")
		emits := tree.parents("emit")
		if !slices.Contains(emits, "merge") {
			t.Errorf("the rankings were made below %q, none by a merge", emits)
		}
		for _, parent := range emits { // one that is shown before its merge comes of the task alone
			if parent != "merge" && !strings.HasPrefix(parent, "task ") {
				t.Errorf("a ranking was made below %q", parent)
			}
		}
		for _, parent := range tree.parents("merge") {
			if !strings.HasPrefix(parent, "task ") {
				t.Errorf("a merge hangs below %q", parent)
			}
		}
	})
}

// What a turtle costs is in the trace: the request was closed at its deadline, and the turtle's own work ended long after.
func TestDeadlineIsInTheTrace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := start(t, nil, criterion{name: "genres", weight: 3}, criterion{name: "history", weight: 1, delay: 3 * time.Second})
		req := wish(7, time.Second)
		req.Trace = p.tracer.Start("", trace.Server, "subscription", "recommend").Parent()
		follow(t, p.Recommender, req)
		tree := p.spans.trace(t, trace.ID(req.Trace), func(names []string) bool {
			return count(names, "dispatch") == 1 && count(names, "close") == 1 && count(names, "task") == 2 && count(names, "deliver") == 2
		})
		tree.below(t, "close", "dispatch")
		tree.below(t, "deliver", "emit")
		if got := tree.parents("emit"); !slices.Equal(got, []string{"close", "merge"}) {
			t.Errorf("the rankings were made below %q", got)
		}
	})
}

func TestRelayIsInTheTrace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var lost atomic.Bool
		lost.Store(true)
		p := start(t, drop(queue.TypeTask, &lost), criterion{name: "genres", weight: 1})
		time.AfterFunc(400*ms, func() { lost.Store(false) })
		req := wish(7, 2*time.Second)
		req.Trace = p.tracer.Start("", trace.Server, "subscription", "recommend").Parent()
		follow(t, p.Recommender, req)
		tree := p.spans.trace(t, trace.ID(req.Trace), func(names []string) bool {
			return count(names, "task") == 1 && count(names, "relay") == 1 && count(names, "dispatch") == 1
		})
		tree.below(t, "relay", "dispatch")
		tree.below(t, "task genres", "relay")
	})
}

// tree is a trace's spans by their number.
type tree map[oteltrace.SpanID]sdk.ReadOnlySpan

func (tr tree) names() []string {
	var names []string
	for _, s := range tr {
		names = append(names, s.Name())
	}
	return names
}

// below checks that the spans of a name hang below one of another.
func (tr tree) below(t *testing.T, child, parent string) {
	t.Helper()
	if got := tr.parents(child); !slices.Equal(got, []string{parent}) {
		t.Errorf("%q hangs below %q, want %q", child, got, parent)
	}
}

// parents returns the names above the spans of a name, each once.
func (tr tree) parents(name string) []string {
	names := map[string]bool{}
	for _, s := range tr {
		if s.Name() == name {
			above := "nothing"
			if parent := tr[s.Parent().SpanID()]; parent != nil {
				above = parent.Name()
			}
			names[above] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

func count(names []string, prefix string) int {
	n := 0
	for _, name := range names {
		if name == prefix || strings.HasPrefix(name, prefix+" ") {
			n++
		}
	}
	return n
}
