package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// tokenOptions say for whom a token is.
type tokenOptions struct {
	subject string
	role    string
	life    time.Duration
}

func tokenCommand(getenv func(string) string) *cobra.Command {
	o := &tokenOptions{}
	cmd := command(getenv, "token", "Issue a token for the API, signed with its secret", func(ctx context.Context, p *process) error {
		return p.token(ctx, o)
	}, (*Config).storeFlags, (*Config).identityFlags, func(_ *Config, f *pflag.FlagSet) {
		f.StringVar(&o.subject, "subject", "", "user:7 for a person, or a service's name")
		f.StringVar(&o.role, "role", "viewer", "viewer, service (may ask for anyone) or admin (sees pipeline and models)")
		f.DurationVar(&o.life, "life", 24*time.Hour, "how long it lasts")
	})
	cmd.Example = `  webflix token --subject user:7
  webflix token --subject front-page --role service --life 720h`
	return cmd
}

func (p *process) token(ctx context.Context, o *tokenOptions) error {
	if o.subject == "" {
		return usagef("--subject says for whom the token is, such as user:7")
	}
	if !slices.Contains([]string{"viewer", "service", "admin"}, o.role) {
		return usagef("--role is %q; it must be viewer, service or admin", o.role)
	}
	if o.life <= 0 {
		return usagef("--life is %v; a token lasts for a while", o.life)
	}
	secret, err := p.secret(ctx)
	if err != nil {
		return err
	}
	claims := jwt.MapClaims{"sub": o.subject, "role": o.role, "iat": time.Now().Unix(), "exp": time.Now().Add(o.life).Unix()}
	if p.Issuer != "" {
		claims["iss"] = p.Issuer
	}
	if p.Audience != "" {
		claims["aud"] = p.Audience
	}
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(secret)
	if err != nil {
		return fmt.Errorf("sign a token: %w", err)
	}
	fmt.Fprintln(p.out, token)
	return nil
}

// secret returns what HS256 tokens are signed with: the configured secret, or the deployment's own.
func (p *process) secret(ctx context.Context) ([]byte, error) {
	if p.JWTSecret != "" {
		return []byte(p.JWTSecret), nil
	}
	return p.db.Secret(ctx, "jwt")
}
