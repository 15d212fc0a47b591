package graph

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"

	"webflix/recommend"
)

// Limits bounds what clients may ask for. A zero field has the default that stands beside it; a negative one is no limit.
type Limits struct {
	Body    int64 // 262,144: bytes of a request's body, and of a WebSocket message
	Tokens  int   // 5,000: lexical tokens of a document
	Depth   int   // 12: levels of fields, introspection apart
	Aliases int   // 50: fields under another name
	First   int   // 500: elements that a list may be asked for; many lists have lower caps of their own
	Cost    int   // 20,000: fields that an answer can have, lists multiplied; see extensions.cost

	ViewerRate   float64 // 50: operations a second of a person or service
	ViewerBurst  int     // 200: of them at once
	AddressRate  float64 // 200: operations a second from an address
	AddressBurst int     // 800: of them at once

	AddressSockets      int // 200: WebSockets and event streams from an address
	ViewerSockets       int // 20: WebSockets of a person or service
	SocketSubscriptions int // 50: operations at a time on a WebSocket
	ViewerSubscriptions int // 100: subscriptions at a time of a person or service

	InFlight int // 2,000: recommendation requests at a time; more are answered with OverloadedError

	InitTimeout  time.Duration // 3 s: from the opening of a WebSocket to its connection_init
	WriteTimeout time.Duration // 5 s: a client that reads nothing for so long is dropped
	Ping         time.Duration // 10 s: between signs of life on an idle WebSocket or stream
}

// DefaultLimits are the limits of a zero Limits.
func DefaultLimits() Limits { return Limits{}.withDefaults() }

func (l Limits) withDefaults() Limits {
	or(&l.Body, 256<<10)
	or(&l.Tokens, 5000)
	or(&l.Depth, 12)
	or(&l.Aliases, 50)
	or(&l.First, 500)
	or(&l.Cost, 20_000)
	or(&l.ViewerRate, 50)
	or(&l.ViewerBurst, 200)
	or(&l.AddressRate, 200)
	or(&l.AddressBurst, 800)
	or(&l.AddressSockets, 200)
	or(&l.ViewerSockets, 20)
	or(&l.SocketSubscriptions, 50)
	or(&l.ViewerSubscriptions, 100)
	or(&l.InFlight, 2000)
	or(&l.InitTimeout, 3*time.Second)
	or(&l.WriteTimeout, 5*time.Second)
	or(&l.Ping, 10*time.Second)
	return l
}

// Sockets returns how many sockets the limits let be busy at a time.
func (l Limits) Sockets() int { return l.withDefaults().InFlight }

// or sets a zero field to its default, and a negative one to the largest value, which is no limit.
func or[T int | int64 | float64 | time.Duration](field *T, otherwise T) {
	if *field == 0 {
		*field = otherwise
	}
	if *field < 0 {
		*field = T(math.MaxInt32)
		if d, ok := any(field).(*time.Duration); ok {
			*d = 100 * 365 * 24 * time.Hour
		}
	}
}

// rates counts operations a second for each key. The keys that were used longest ago are forgotten.
type rates struct {
	limit rate.Limit
	burst int

	mu   sync.Mutex // protects seen
	seen *lru.Cache[string, *rate.Limiter]
}

// rateKeys is how many people or addresses are counted at a time.
const rateKeys = 50_000

func newRates(perSecond float64, burst int) *rates {
	seen, err := lru.New[string, *rate.Limiter](rateKeys)
	if err != nil {
		panic(err) // cannot happen: the size is positive
	}
	return &rates{limit: rate.Limit(perSecond), burst: burst, seen: seen}
}

// take counts an operation, or returns how long to wait before the next one.
func (r *rates) take(key string) (wait time.Duration, ok bool) {
	r.mu.Lock()
	limiter, found := r.seen.Get(key)
	if !found {
		limiter = rate.NewLimiter(r.limit, r.burst)
		r.seen.Add(key, limiter)
	}
	r.mu.Unlock()
	if limiter.Allow() {
		return 0, true
	}
	wait = time.Duration(float64(time.Second) * (1 - limiter.Tokens()) / float64(r.limit))
	return max(wait, time.Millisecond), false
}

// seats counts what is open at a time for each key.
type seats struct {
	most int

	mu    sync.Mutex // protects taken
	taken map[string]int
}

func newSeats(most int) *seats { return &seats{most: most, taken: make(map[string]int)} }

// take takes a seat; whoever got one leaves it once.
func (s *seats) take(key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.taken[key] >= s.most {
		return false
	}
	s.taken[key]++
	return true
}

func (s *seats) leave(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.taken[key]--; s.taken[key] <= 0 {
		delete(s.taken, key)
	}
}

// addresses tells where requests come from.
type addresses struct {
	proxies []netip.Prefix // whose X-Forwarded-For is believed
}

// of returns the address of the client: the last in X-Forwarded-For that is no proxy of ours, if a proxy of ours sent it.
func (a addresses) of(r *http.Request) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	addr := peer.Addr().Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && a.trusts(addr); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		addr = hop.Unmap()
	}
	if addr.Is6() {
		if net, err := addr.Prefix(64); err == nil { // a client owns a /64
			return net.String()
		}
	}
	return addr.String()
}

func (a addresses) trusts(addr netip.Addr) bool {
	for _, p := range a.proxies {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

// boundedRecommender refuses requests while too many are in flight, before any work is done for them.
type boundedRecommender struct {
	Recommender
	inFlight *seats
	follow   func(ctx context.Context) // told of each subscription to a request

	overloaded, unavailable atomic.Int64 // requests that were not accepted
}

func (b *boundedRecommender) Recommend(ctx context.Context, req recommend.Request) (<-chan *recommend.Update, error) {
	leave, err := b.enter()
	if err != nil {
		return nil, b.counted(err)
	}
	context.AfterFunc(ctx, leave) // the transport ends ctx with the subscription
	b.follow(ctx)
	updates, err := b.Recommender.Recommend(ctx, req)
	return updates, b.counted(err)
}

func (b *boundedRecommender) Attach(ctx context.Context, id recommend.RequestID) (<-chan *recommend.Update, error) {
	b.follow(ctx)
	return b.Recommender.Attach(ctx, id)
}

func (b *boundedRecommender) Start(ctx context.Context, req recommend.Request) (*recommend.Standing, error) {
	leave, err := b.enter()
	if err != nil {
		return nil, b.counted(err)
	}
	standing, err := b.Recommender.Start(ctx, req)
	if err != nil {
		leave()
		return nil, b.counted(err)
	}
	time.AfterFunc(req.Spec.Deadline, leave) // nobody follows it
	return standing, nil
}

// counted counts an error that says why a request is not accepted.
func (b *boundedRecommender) counted(err error) error {
	if away, ok := errors.AsType[*recommend.UnavailableError](err); ok {
		if away.Overloaded {
			b.overloaded.Add(1)
		} else {
			b.unavailable.Add(1)
		}
	}
	return err
}

// enter takes a seat until leave is called. One that waits for a final that is late keeps its seat: that is when there must not
// be more.
func (b *boundedRecommender) enter() (leave func(), err error) {
	if !b.inFlight.take("") {
		return nil, &recommend.UnavailableError{
			What: "The recommender", Overloaded: true, RetryAfter: recommend.DefaultDeadline,
			Err: fmt.Errorf("%d requests are in flight", b.inFlight.most),
		}
	}
	return func() { b.inFlight.leave("") }, nil
}

// Overloaded returns how many requests for a ranking were not accepted because there were too many.
func (h *Handler) Overloaded() int { return int(h.bounded.overloaded.Load()) }

// Unavailable returns how many requests for a ranking were not accepted because a server that they need was away.
func (h *Handler) Unavailable() int { return int(h.bounded.unavailable.Load()) }
