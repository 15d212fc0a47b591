package graph

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"webflix/graph/model"
)

// Identity says whose tokens are believed. The zero Identity believes none: everybody is anonymous.
type Identity struct {
	Secret    []byte       // of HS256 tokens, and of those that the development sign-in issues; at least 32 bytes
	JWKS      string       // the URL of the keys of RS256 and ES256 tokens, "" for none
	Issuer    string       // the `iss` that tokens must have, "" for any
	Audience  string       // the `aud` that tokens must have, "" for any
	Client    *http.Client // reads JWKS; http.DefaultClient when nil
	DevSignIn bool         // anyone may sign in as anyone, and look at the pipeline: for the embedded defaults only
}

// devTokenLife is how long a token of the development sign-in lasts.
const devTokenLife = 30 * 24 * time.Hour

// viewer is who asks, as their token says. The zero viewer is nobody.
type viewer struct {
	user    int64 // 0: the token is no person's
	service bool  // may ask for any person
	admin   bool  // may see the pipeline and the models
	expires time.Time
	subject string // whom limits are counted for, "" for nobody
}

type viewerKey struct{}

func withViewer(ctx context.Context, v viewer) context.Context {
	return context.WithValue(ctx, viewerKey{}, v)
}

func viewerOf(ctx context.Context) viewer {
	v, _ := ctx.Value(viewerKey{}).(viewer)
	return v
}

// claims is what our tokens say beside the registered claims. The subject is a person (`user:7` or `7`) or names a service.
type claims struct {
	jwt.RegisteredClaims
	Role  string   `json:"role,omitempty"`
	Roles []string `json:"roles,omitempty"`
}

// errToken is the error of a token that is not believed. It says why, to help whoever made the token, and nothing of ours.
type errToken struct{ reason string }

func (e *errToken) Error() string { return "the token is not accepted: " + e.reason }

// tokens reads and issues tokens.
type tokens struct {
	identity Identity
	keys     *keySet // nil without JWKS
	parser   *jwt.Parser
}

// newTokens returns what reads tokens as long as open lasts.
func newTokens(open context.Context, id Identity) (*tokens, error) {
	if n := len(id.Secret); n > 0 && n < 32 {
		return nil, fmt.Errorf("the secret of HS256 tokens has %d bytes, needs at least 32", n)
	}
	if id.DevSignIn && len(id.Secret) == 0 {
		return nil, errors.New("the development sign-in needs a secret to sign with")
	}
	t := &tokens{identity: id}
	var methods []string
	if len(id.Secret) > 0 {
		methods = append(methods, "HS256")
	}
	if id.JWKS != "" {
		t.keys = newKeySet(open, id.JWKS, id.Client)
		methods = append(methods, "RS256", "ES256")
	}
	options := []jwt.ParserOption{jwt.WithValidMethods(methods), jwt.WithExpirationRequired(), jwt.WithLeeway(5 * time.Second)}
	if id.Issuer != "" {
		options = append(options, jwt.WithIssuer(id.Issuer))
	}
	if id.Audience != "" {
		options = append(options, jwt.WithAudience(id.Audience))
	}
	t.parser = jwt.NewParser(options...)
	return t, nil
}

// read returns who an Authorization header, or the same of a connection_init, speaks for. No header is nobody. The error
// is an *errToken, or errKeysAway, which passes.
func (t *tokens) read(ctx context.Context, header string) (viewer, error) {
	if header == "" {
		return viewer{}, nil
	}
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return viewer{}, &errToken{"it must be sent as `Bearer …`"}
	}
	if len(t.identity.Secret) == 0 && t.keys == nil {
		return viewer{}, &errToken{"this server accepts none"}
	}
	var c claims
	_, err := t.parser.ParseWithClaims(strings.TrimSpace(token), &c, func(parsed *jwt.Token) (any, error) {
		if parsed.Method.Alg() == "HS256" {
			return t.identity.Secret, nil
		}
		kid, _ := parsed.Header["kid"].(string)
		return t.keys.find(ctx, kid, parsed.Method.Alg())
	})
	switch {
	case errors.Is(err, jwt.ErrTokenExpired):
		return viewer{}, &errToken{"it has expired"}
	case errors.Is(err, jwt.ErrTokenNotValidYet):
		return viewer{}, &errToken{"it is not valid yet"}
	case errors.Is(err, errKeysAway):
		return viewer{}, errKeysAway
	case err != nil:
		return viewer{}, &errToken{"it is malformed, unsigned, or signed by someone else"}
	}
	return c.viewer()
}

func (c *claims) viewer() (viewer, error) {
	v := viewer{subject: c.Subject, expires: c.ExpiresAt.Time}
	if v.subject == "" {
		return viewer{}, &errToken{"it has no subject"}
	}
	for _, role := range append(c.Roles, c.Role) {
		v.service = v.service || role == "service"
		v.admin = v.admin || role == "admin"
	}
	id, err := strconv.ParseInt(strings.TrimPrefix(c.Subject, model.KindUser+":"), 10, 64)
	if err == nil && id > 0 {
		v.user = id
		v.subject = model.UserID(id)
	} else if !v.service && !v.admin {
		return viewer{}, &errToken{"its subject is no person"}
	}
	return v, nil
}

// issue makes a token of the development sign-in.
func (t *tokens) issue(user int64, now time.Time) (token string, expires time.Time, err error) {
	expires = now.Add(devTokenLife).Truncate(time.Second)
	c := claims{RegisteredClaims: jwt.RegisteredClaims{
		Subject: model.UserID(user), IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(expires),
		Issuer: t.identity.Issuer,
	}}
	if t.identity.Audience != "" {
		c.Audience = jwt.ClaimStrings{t.identity.Audience}
	}
	token, err = jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString(t.identity.Secret)
	if err != nil {
		return "", time.Time{}, fmt.Errorf("sign a token: %w", err)
	}
	return token, expires, nil
}
