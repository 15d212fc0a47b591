package graph

import "context"

// feed is how the events of a subscription come: whoever passes them on waits for the next one here, and then lets gqlgen
// resolve it. So a subscription that waits has one goroutine with a small stack.
type feed struct {
	wait func(ctx context.Context) // until the next event, or the end of events, is there; nil when nothing is waited for
}

type feedKey struct{}

func withFeed(ctx context.Context) (context.Context, *feed) {
	f := &feed{}
	return context.WithValue(ctx, feedKey{}, f), f
}

// next waits for the next event.
func (f *feed) next(ctx context.Context) {
	if f.wait != nil {
		f.wait(ctx)
	}
}

// newest passes on what comes in, as show makes it, to a subscription's feed. A reader that is slower than what comes gets
// the newest when it is ready again, and always the last. The channel is closed when in is.
func newest[In, Out any](ctx context.Context, in <-chan In, show func(In) Out) <-chan Out {
	out := make(chan Out, 1) // gqlgen takes each before the next is waited for
	f, _ := ctx.Value(feedKey{}).(*feed)
	closed := false
	f.wait = func(ctx context.Context) {
		var v In
		var ok bool
		select {
		case v, ok = <-in:
		case <-ctx.Done():
			return
		}
		for found := ok; found; { // whatever else is there is newer
			select {
			case newer, more := <-in:
				found = more
				if more {
					v = newer
				}
			default:
				found = false
			}
		}
		switch {
		case ok:
			out <- show(v)
		case !closed:
			closed = true
			close(out)
		}
	}
	return out
}
