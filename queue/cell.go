package queue

import "sync"

// cell holds a value that one goroutine sets and any number watch.
type cell[T any] struct {
	mu      sync.Mutex // protects what follows
	value   T
	changed chan struct{} // closed when value is replaced
}

func newCell[T any](value T) *cell[T] {
	return &cell[T]{value: value, changed: make(chan struct{})}
}

// get returns the value, and a channel that is closed when it is replaced.
func (c *cell[T]) get() (T, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.value, c.changed
}

func (c *cell[T]) set(value T) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.value = value
	close(c.changed)
	c.changed = make(chan struct{})
}
