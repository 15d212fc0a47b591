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

// How the keys of a JWKS are kept: read again when they are old, and when a token names a key that is not there, but
// never more often than every keysPause, so that made-up tokens cannot make us hammer the issuer.
const (
	keysLife    = 10 * time.Minute
	keysPause   = 5 * time.Second
	keysTimeout = 5 * time.Second
	keysSize    = 1 << 20
)

// keySet is the keys of a JWKS, cached. When the issuer cannot be reached, the keys that were read last stay.
type keySet struct {
	url    string
	client *http.Client

	mu    sync.Mutex // protects all below; held while reading, so that many tokens make one read
	keys  map[string]crypto.PublicKey
	tried time.Time
	read  time.Time
}

func newKeySet(url string, client *http.Client) *keySet {
	if client == nil {
		client = http.DefaultClient
	}
	return &keySet{url: url, client: client}
}

// find returns the key with this id for an algorithm. A token without a key id can only mean the only key.
func (s *keySet) find(ctx context.Context, kid, alg string) (crypto.PublicKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key, ok := s.pick(kid)
	now := time.Now()
	if (!ok || now.Sub(s.read) > keysLife) && now.Sub(s.tried) > keysPause {
		s.tried = now
		if keys, err := s.fetch(ctx); err == nil {
			s.keys, s.read = keys, now
		} else if !ok {
			return nil, err
		}
		key, ok = s.pick(kid)
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

func (s *keySet) fetch(ctx context.Context) (map[string]crypto.PublicKey, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keysTimeout)
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
