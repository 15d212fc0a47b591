package main

import (
	"net"
	"net/netip"
	"strconv"
)

// openDoor is the setting of the development sign-in, where anyone may sign in as anyone: on, off, or neither was said.
type openDoor struct{ said, on bool }

// String implements pflag.Value.
func (d *openDoor) String() string {
	if !d.said {
		return ""
	}
	return strconv.FormatBool(d.on)
}

// Set implements pflag.Value.
func (d *openDoor) Set(text string) error {
	on, err := strconv.ParseBool(text)
	if err != nil {
		return err
	}
	*d = openDoor{said: true, on: on}
	return nil
}

// Type implements pflag.Value.
func (*openDoor) Type() string { return "bool" }

// doorIsOpen reports whether anyone may sign in as anyone. Unless it was said, they may where people try Webflix out: on a PostgreSQL of
// our own, at an address that nobody else reaches.
func (c *Config) doorIsOpen() bool {
	if c.DevSignIn.said {
		return c.DevSignIn.on
	}
	return c.DatabaseURL == "" && loopback(c.Listen)
}

// loopback reports whether an address is this machine's own and nobody else's.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
