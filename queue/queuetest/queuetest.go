// Package queuetest gives tests a RabbitMQ.
package queuetest

import (
	"crypto/rand"
	"os"
	"strings"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"
)

// URL returns where RabbitMQ is. Without it the test is skipped, but not in CI.
func URL(t testing.TB) string {
	t.Helper()
	url := os.Getenv("AMQP_URL")
	if url == "" {
		url = "amqp://guest:guest@127.0.0.1:5672/"
	}
	conn, err := amqp.Dial(url)
	if err == nil {
		_ = conn.Close()
		return url
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("RabbitMQ cannot be reached; AMQP_URL says where it is: %v", err)
	}
	t.Skipf("RabbitMQ cannot be reached; AMQP_URL says where it is: %v", err)
	return ""
}

// Prefix returns what the names of a test's queues and exchanges begin with.
func Prefix() string { return "test-" + strings.ToLower(rand.Text()[:10]) + "." }

// Delete takes queues and exchanges of these names off RabbitMQ, with what stands behind a queue that sifts. There need not be any.
func Delete(t testing.TB, names ...string) {
	t.Helper()
	conn, err := amqp.Dial(URL(t))
	if err != nil {
		t.Errorf("clean up: %v", err)
		return
	}
	defer func() { _ = conn.Close() }()
	ch, err := conn.Channel()
	if err != nil {
		t.Errorf("clean up: %v", err)
		return
	}
	for _, name := range names {
		for _, suffix := range []string{"", ".late"} {
			_, _ = ch.QueueDelete(name+suffix, false, false, false)
		}
		for _, suffix := range []string{"", ".sift", ".kept"} {
			_ = ch.ExchangeDelete(name+suffix, false, false)
		}
	}
}
