package trace_test

import (
	"strings"
	"testing"
	"time"

	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"webflix/trace"
)

const (
	sampled   = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	unsampled = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
)

// recorder returns a tracer and what it has recorded.
func recorder(t *testing.T, now func() time.Time, options ...sdk.TracerProviderOption) (*trace.Tracer, *tracetest.SpanRecorder) {
	t.Helper()
	spans := tracetest.NewSpanRecorder()
	provider := sdk.NewTracerProvider(append(options, sdk.WithSpanProcessor(spans))...)
	return &trace.Tracer{Spans: provider.Tracer("test"), Now: now}, spans
}

// Tracing is off for nearly everyone: it may not cost them an allocation.
func TestWithoutTracerNothingIsAllocated(t *testing.T) {
	var none *trace.Tracer
	step := func(tracer *trace.Tracer, parent string) string {
		span := tracer.Continue(parent, trace.Consumer, "task", "history")
		span.Set("key", "value")
		span.SetInt("figure", 7)
		span.SetBool("so", true)
		var spans trace.Spans
		spans.Add(span)
		spans.End(nil)
		return span.Parent()
	}
	on, _ := recorder(t, time.Now)
	for name, off := range map[string]func() string{
		"no tracer":                  func() string { return step(none, "") },
		"no tracer, a client traces": func() string { return step(none, sampled) },
		"a tracer, no trace":         func() string { return step(on, "") },
	} {
		if n := testing.AllocsPerRun(100, func() { _ = off() }); n != 0 {
			t.Errorf("%s: a step takes %v allocations", name, n)
		}
	}
	if got := step(none, sampled); got != sampled {
		t.Errorf("what a client sent is passed on as %q", got)
	}
}

func TestStepsHangBelowOneAnother(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	tracer, spans := recorder(t, func() time.Time { return at })
	outer := tracer.Start("", trace.Server, "query", "recommendations")
	inner := tracer.ContinueAt(outer.Parent(), trace.Consumer, "task", "history", at.Add(-time.Second))
	inner.End()
	outer.End()
	outer.End()
	ended := spans.Ended()
	if len(ended) != 2 || ended[0].Name() != "task history" || ended[1].Name() != "query recommendations" {
		t.Fatalf("recorded %+v", ended)
	}
	if ended[0].Parent().SpanID() != ended[1].SpanContext().SpanID() || !ended[0].Parent().IsRemote() {
		t.Error("the inner step does not hang below the outer one")
	}
	if took := ended[0].EndTime().Sub(ended[0].StartTime()); took != time.Second {
		t.Errorf("by the tracer's clock the step took a second, recorded are %v", took)
	}
	if trace.ID(inner.Parent()) != ended[1].SpanContext().TraceID().String() {
		t.Errorf("the log would say %s", trace.ID(inner.Parent()))
	}
}

// Who did not sample a trace says so, and nobody after them samples it.
func TestSamplingIsTheParents(t *testing.T) {
	t.Parallel()
	tracer, spans := recorder(t, time.Now)
	span := tracer.Continue(unsampled, trace.Internal, "step", "")
	span.End()
	if len(spans.Ended()) != 0 || !strings.HasPrefix(span.Parent(), unsampled[:35]) || !strings.HasSuffix(span.Parent(), "-00") {
		t.Errorf("below %s there are %d spans and what follows gets %s", unsampled, len(spans.Ended()), span.Parent())
	}
	never, spans := recorder(t, time.Now, sdk.WithSampler(sdk.ParentBased(sdk.NeverSample())))
	never.Start("", trace.Server, "query", "").End()
	if below := never.Start(sampled, trace.Server, "query", ""); trace.ID(below.Parent()) != trace.ID(sampled) || !strings.HasSuffix(below.Parent(), "-01") {
		t.Errorf("a sampled parent is followed by %s", below.Parent())
	} else {
		below.End()
	}
	if len(spans.Ended()) != 1 {
		t.Errorf("%d spans were sampled, want the client's one", len(spans.Ended()))
	}
}

func TestGarbageIsNoParent(t *testing.T) {
	t.Parallel()
	tracer, spans := recorder(t, time.Now)
	for _, parent := range []string{"final", "00-00000000000000000000000000000000-b7ad6b7169203331-01", strings.Repeat("é", 55)} {
		span := tracer.Continue(parent, trace.Internal, "step", "")
		span.End()
		if span.Parent() != parent {
			t.Errorf("%q became %q", parent, span.Parent())
		}
	}
	if len(spans.Ended()) != 0 {
		t.Error("garbage began a trace")
	}
}

// What a step costs: off, off below a client's trace, on and not sampled, on and sampled.
func BenchmarkStep(b *testing.B) {
	provider := sdk.NewTracerProvider(sdk.WithSyncer(tracetest.NewNoopExporter()))
	on := &trace.Tracer{Spans: provider.Tracer("test"), Now: time.Now}
	for _, c := range []struct {
		name   string
		tracer *trace.Tracer
		parent string
	}{{"off", nil, ""}, {"off-below-a-trace", nil, sampled}, {"on-without-a-trace", on, ""}, {"unsampled", on, unsampled}, {"sampled", on, sampled}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				span := c.tracer.Continue(c.parent, trace.Consumer, "task", "history")
				span.SetInt("webflix.delivery", 1)
				_ = span.Parent()
				span.End()
			}
		})
	}
}
