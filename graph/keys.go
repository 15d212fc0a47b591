package graph

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"sync"
	"time"
)

// How the keys of a JWKS are kept: read again behind the tokens when they are not fresh, and before the next token when they are old;
// and when a token names a key that is not there, but never sooner than keysPause after the last reading, so that made-up tokens
// cannot make us hammer the issuer.
const (
	keysFresh   = 5 * time.Minute
	keysLife    = 10 * time.Minute
	keysPause   = 5 * time.Second
	keysTimeout = 5 * time.Second
	keysSize    = 1 << 20
)

// errKeysAway is the error of a key that may be one of the issuer's: the keys cannot be read now.
var errKeysAway = errors.New("the keys of tokens cannot be read")

// keySet is the keys of a JWKS, cached. When the issuer cannot be reached, the keys that were read last stay. A token whose key is
// known does not wait for the issuer, unless nobody has asked for longer than keysLife; any other one waits for one reading at most.
type keySet struct {
	url    string
	client *http.Client
	open   context.Context //nolint:containedctx // the handler's life: no reading begins after it, and one under way ends with it

	mu      sync.Mutex // protects all below; nothing waits under it
	keys    map[string]crypto.PublicKey
	read    time.Time     // when keys were read
	tried   time.Time     // when the last reading ended
	away    bool          // it failed
	reading chan struct{} // closed when the reading under way has ended; nil: there is none
}

func newKeySet(open context.Context, url string, client *http.Client) *keySet {
	if client == nil {
		client = http.DefaultClient
	}
	return &keySet{open: open, url: url, client: client}
}

// find returns the key with this id for an algorithm. A token without a key id can only mean the only key. The error is errKeysAway
// when the issuer might know the key.
func (s *keySet) find(ctx context.Context, kid, alg string) (crypto.PublicKey, error) {
	s.mu.Lock()
	key, ok := s.pick(kid)
	reading := s.refresh(ok) //nolint:contextcheck // a reading is for all who ask, and ends with the handler
	if reading != nil && (!ok || time.Since(s.tried) > keysLife) {
		s.mu.Unlock()
		select {
		case <-reading:
		case <-ctx.Done():
			return nil, errKeysAway
		}
		s.mu.Lock()
		key, ok = s.pick(kid)
	}
	away := s.away || s.open.Err() != nil
	s.mu.Unlock()
	if !ok && away {
		return nil, errKeysAway
	}
	if !ok {
		return nil, errors.New("no such key")
	}
	switch key.(type) {
	case *rsa.PublicKey:
		ok = alg == "RS256"
	case *ecdsa.PublicKey:
		ok = alg == "ES256"
	}
	if !ok {
		return nil, errors.New("the key is for another algorithm")
	}
	return key, nil
}

func (s *keySet) pick(kid string) (crypto.PublicKey, bool) {
	if kid == "" && len(s.keys) == 1 {
		for _, key := range s.keys {
			return key, true
		}
	}
	key, ok := s.keys[kid]
	return key, ok
}

// refresh begins to read the keys when it is time to, and returns the end of the reading under way, nil when there is none. The caller
// holds the lock.
func (s *keySet) refresh(known bool) <-chan struct{} {
	due := !known || time.Since(s.read) > keysFresh
	if s.reading == nil && due && time.Since(s.tried) > keysPause && s.open.Err() == nil {
		s.reading = make(chan struct{})
		go s.readAgain(s.reading)
	}
	return s.reading
}

// readAgain reads the keys, and closes ended.
func (s *keySet) readAgain(ended chan<- struct{}) {
	keys, err := s.fetch()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tried, s.away, s.reading = time.Now(), err != nil, nil
	if err == nil {
		s.keys, s.read = keys, s.tried
	}
	close(ended)
}

// wait returns when the reading under way has ended. Once open has, there is no further one.
func (s *keySet) wait() {
	s.mu.Lock()
	reading := s.reading
	s.mu.Unlock()
	if reading != nil {
		<-reading
	}
}

func (s *keySet) fetch() (map[string]crypto.PublicKey, error) {
	ctx, cancel := context.WithTimeout(s.open, keysTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("read the keys of tokens: %w", err)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("read the keys of tokens: %w", err)
	}
	defer func() { _ = resp.Body.Close() }() // only read
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("read the keys of tokens: %s", resp.Status)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, keysSize))
	if err != nil {
		return nil, fmt.Errorf("read the keys of tokens: %w", err)
	}
	return parseKeys(body)
}

// parseKeys reads a JWKS. Keys of kinds that we do not use are passed over.
func parseKeys(body []byte) (map[string]crypto.PublicKey, error) {
	var set struct {
		Keys []struct{ Kty, Kid, Use, Crv, N, E, X, Y string }
	}
	if err := json.Unmarshal(body, &set); err != nil {
		return nil, fmt.Errorf("read the keys of tokens: %w", err)
	}
	keys := make(map[string]crypto.PublicKey, len(set.Keys))
	for _, k := range set.Keys {
		if k.Use != "" && k.Use != "sig" {
			continue
		}
		switch {
		case k.Kty == "RSA":
			n, e := number(k.N), number(k.E)
			if n.BitLen() >= 2048 && e.BitLen() > 1 && e.BitLen() < 32 {
				keys[k.Kid] = &rsa.PublicKey{N: n, E: int(e.Int64())}
			}
		case k.Kty == "EC" && k.Crv == "P-256":
			if key, err := pointOf(k.X, k.Y); err == nil {
				keys[k.Kid] = key
			}
		}
	}
	return keys, nil
}

// pointOf returns the key of a point on the curve P-256, from its coordinates.
func pointOf(x, y string) (*ecdsa.PublicKey, error) {
	const size = 32
	bx, by := number(x), number(y)
	if bx.BitLen() > 8*size || by.BitLen() > 8*size {
		return nil, errors.New("a coordinate is too large")
	}
	point := make([]byte, 1+2*size)
	point[0] = 4 // uncompressed
	bx.FillBytes(point[1 : 1+size])
	by.FillBytes(point[1+size:])
	return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
}

func number(s string) *big.Int {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return new(big.Int)
	}
	return new(big.Int).SetBytes(b)
}
