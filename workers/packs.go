package workers

import (
	"sync"

	"webflix/queue"
)

// packs remembers the histories of people who asked lately, as tasks carry them. One that is out of date does no harm: the
// ledger accepts no request with it.
type packs struct {
	mu          sync.Mutex // protects what follows
	young, aged map[int64]*queue.Packed
	size        int // of the young ones, in bytes
}

// packsSize bounds each of the two generations: together they are some ten thousand people's histories.
const packsSize = 32 << 20

// get returns a person's history, nil when it is not here.
func (c *packs) get(user int64) *queue.Packed {
	c.mu.Lock()
	defer c.mu.Unlock()
	if k := c.young[user]; k != nil {
		return k
	}
	k := c.aged[user]
	if k != nil {
		c.keep(user, k)
	}
	return k
}

func (c *packs) put(user int64, k *queue.Packed) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keep(user, k)
}

// keep makes a history one of the young. The caller holds mu.
func (c *packs) keep(user int64, k *queue.Packed) {
	if c.size > packsSize || c.young == nil {
		c.young, c.aged, c.size = map[int64]*queue.Packed{}, c.young, 0
	}
	c.young[user] = k
	c.size += k.Size()
}

func (c *packs) drop(user int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.young, user)
	delete(c.aged, user)
}
