package queue

// ring is a double-ended queue that reuses its memory. Its zero value is empty.
type ring[T any] struct {
	slots []T // its length is a power of two, or 0
	head  int // slot of the first value
	count int
}

func (r *ring[T]) len() int { return r.count }

// front returns the first value; there must be one.
func (r *ring[T]) front() T { return r.slots[r.head] }

// at returns the value at place i from the front, which must exist.
func (r *ring[T]) at(i int) T { return r.slots[r.slot(i)] }

func (r *ring[T]) slot(i int) int { return (r.head + i) & (len(r.slots) - 1) }

func (r *ring[T]) pushBack(v T) {
	r.grow()
	r.slots[r.slot(r.count)] = v
	r.count++
}

func (r *ring[T]) pushFront(v T) {
	r.grow()
	r.head = r.slot(-1)
	r.slots[r.head] = v
	r.count++
}

// popFront removes and returns the first value; there must be one.
func (r *ring[T]) popFront() T {
	var none T
	v := r.slots[r.head]
	r.slots[r.head] = none // nothing here keeps it alive
	r.head = r.slot(1)
	r.count--
	if r.count == 0 && len(r.slots) > smallRing {
		*r = ring[T]{} // a flood has passed: give its memory back
	}
	return v
}

const smallRing = 1024

func (r *ring[T]) grow() {
	if r.count < len(r.slots) {
		return
	}
	slots := make([]T, max(8, 2*len(r.slots)))
	for i := range r.count {
		slots[i] = r.at(i)
	}
	r.slots, r.head = slots, 0
}
