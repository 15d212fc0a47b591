package main

import (
	"testing"

	"github.com/spf13/pflag"
)

// Whoever listens to the whole network by mistake must not have let it sign in as anyone.
func TestWhoMaySignInAsAnyone(t *testing.T) {
	t.Parallel()
	const server = "--database-url=postgres://db.example.com/webflix"
	for _, c := range []struct {
		args []string
		env  string // WEBFLIX_DEV_SIGN_IN
		open bool
	}{
		{args: nil, open: true},
		{args: []string{"--listen=localhost:8080"}, open: true},
		{args: []string{"--listen=[::1]:8080"}, open: true},
		{args: []string{"--listen=0.0.0.0:8080"}, open: false},
		{args: []string{"--listen=:8080"}, open: false},
		{args: []string{"--listen=0.0.0.0:8080", "--dev-sign-in"}, open: true},
		{args: []string{"--dev-sign-in=false"}, open: false},
		{args: nil, env: "false", open: false},
		{args: []string{"--dev-sign-in"}, env: "false", open: true},
		{args: []string{server}, open: false},
		{args: []string{server}, env: "true", open: true},
	} {
		config := &Config{}
		flags := pflag.NewFlagSet("webflix", pflag.ContinueOnError)
		config.storeFlags(flags)
		config.apiFlags(flags)
		getenv := func(name string) string { return map[string]string{"WEBFLIX_DEV_SIGN_IN": c.env}[name] }
		if err := fromEnvironment(flags, getenv); err != nil {
			t.Fatal(err)
		}
		if err := flags.Parse(c.args); err != nil {
			t.Fatal(err)
		}
		if config.doorIsOpen() != c.open {
			t.Errorf("with %v and %q the door is open: %v", c.args, c.env, config.doorIsOpen())
		}
	}
}
