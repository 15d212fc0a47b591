package main

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"

	"webflix/trace"
)

// traceFlush is how long the last spans may take to leave.
const traceFlush = 2 * time.Second

// openTraces makes the tracer, if OpenTelemetry's variables name somewhere to export to. They also say what is sampled
// (OTEL_TRACES_SAMPLER; by default every trace, unless the client's own was not) and what the service is called.
func (p *process) openTraces(ctx context.Context) error {
	if !p.Traces.On {
		return nil
	}
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return usagef("export traces: %w", err)
	}
	about, err := resource.New(ctx, resource.WithAttributes(
		attribute.String("service.name", "webflix"), attribute.String("service.instance.id", p.Replica),
	), resource.WithFromEnv(), resource.WithTelemetrySDK())
	if err != nil && !errors.Is(err, resource.ErrPartialResource) {
		return usagef("read OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { p.log.Warn("traces are lost", "err", err) }))
	provider := sdk.NewTracerProvider(sdk.WithBatcher(exporter), sdk.WithResource(about))
	p.flushTraces = func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), traceFlush)
		defer cancel()
		if err := provider.Shutdown(ctx); err != nil { // no reason to fail
			p.log.Warn("the last traces are lost", "err", err)
		}
	}
	p.tracer = &trace.Tracer{Spans: provider.Tracer("webflix"), Now: p.clock.Now}
	return nil
}
