// Package trace follows a request through the processes that answer it: each starts a span where the one before left off.
// What passes between them is a W3C traceparent, a plain string: in HTTP's header, in the ledger's row, in every message.
// The spans are OpenTelemetry's; where they go is main's business. A nil *Tracer makes none and costs nothing, and what a
// client sent is passed on as it came.
package trace

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Tracer starts spans.
type Tracer struct {
	Spans trace.Tracer     // from an OpenTelemetry provider, which decides what is sampled
	Now   func() time.Time // the clock of every span: one for all machines, so that none begins before its parent
}

// Kind says what a span is to the one before it.
type Kind = trace.SpanKind

// Kinds of spans: of an incoming request, of sending messages, of handling one, of work in between.
const (
	Server   = trace.SpanKindServer
	Producer = trace.SpanKindProducer
	Consumer = trace.SpanKindConsumer
	Internal = trace.SpanKindInternal
)

// header is the traceparent's name among headers.
const header = "traceparent"

// Span is a step of a request. The zero Span is none: its methods do nothing.
type Span struct {
	parent string
	span   trace.Span // nil: none
	now    func() time.Time
}

// Start starts a span below parent, or a new trace when parent is none. Its name is name, and of after it if there is any: both
// come from a small set.
func (t *Tracer) Start(parent string, kind Kind, name, of string) Span {
	if t == nil {
		return Span{parent: parent}
	}
	return t.start(remote(parent), kind, name, of, t.Now())
}

// Continue is Start for the steps that begin no trace: without a parent there is no span.
func (t *Tracer) Continue(parent string, kind Kind, name, of string) Span {
	if t == nil || parent == "" {
		return Span{parent: parent}
	}
	return t.ContinueAt(parent, kind, name, of, t.Now())
}

// ContinueAt is Continue for a step that began at that moment.
func (t *Tracer) ContinueAt(parent string, kind Kind, name, of string, at time.Time) Span {
	if t == nil || parent == "" {
		return Span{parent: parent}
	}
	ctx := remote(parent)
	if !trace.SpanContextFromContext(ctx).IsValid() {
		return Span{parent: parent}
	}
	return t.start(ctx, kind, name, of, at)
}

func (t *Tracer) start(ctx context.Context, kind Kind, name, of string, at time.Time) Span {
	if of != "" {
		name += " " + of
	}
	_, span := t.Spans.Start(ctx, name, trace.WithSpanKind(kind), trace.WithTimestamp(at))
	return Span{span: span, now: t.Now}
}

// remote returns a context with the span that a traceparent names, if it is one.
func remote(parent string) context.Context {
	return propagation.TraceContext{}.Extract(context.Background(), propagation.MapCarrier{header: parent})
}

// Parent returns the traceparent of what follows from this step; of no span, what came before it.
func (s Span) Parent() string {
	if s.span == nil {
		return s.parent
	}
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(trace.ContextWithSpan(context.Background(), s.span), carrier)
	return carrier[header]
}

// Set notes what a step is about.
func (s Span) Set(key, value string) {
	if s.span != nil {
		s.span.SetAttributes(attribute.String(key, value))
	}
}

// SetInt notes a figure of a step.
func (s Span) SetInt(key string, value int) {
	if s.span != nil {
		s.span.SetAttributes(attribute.Int(key, value))
	}
}

// SetBool notes whether something is true of a step.
func (s Span) SetBool(key string, value bool) {
	if s.span != nil {
		s.span.SetAttributes(attribute.Bool(key, value))
	}
}

// Fail notes why a step failed; nil is no failure.
func (s Span) Fail(err error) {
	if s.span != nil && err != nil {
		s.span.RecordError(err, trace.WithTimestamp(s.now()))
		s.span.SetStatus(codes.Error, err.Error())
	}
}

// End ends the step now. Only the first end counts.
func (s Span) End() {
	if s.span != nil {
		s.span.End(trace.WithTimestamp(s.now()))
	}
}

// EndAt ends the step at that moment.
func (s Span) EndAt(at time.Time) {
	if s.span != nil {
		s.span.End(trace.WithTimestamp(at))
	}
}

// Spans are steps that end together.
type Spans []Span

// Add adds a span, if it is one.
func (all *Spans) Add(s Span) {
	if s.On() {
		*all = append(*all, s)
	}
}

// End ends all of them, failed if err is an error.
func (all Spans) End(err error) {
	for _, s := range all {
		s.Fail(err)
		s.End()
	}
}

// On reports whether there is anything to tell the span.
func (s Span) On() bool { return s.span != nil }

// ID returns the trace's id, for the log: "" of no traceparent.
func ID(parent string) string {
	const version, id = len("00-"), 32
	if len(parent) < version+id {
		return ""
	}
	return parent[version : version+id]
}
