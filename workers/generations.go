package workers

import "sync"

// generations remembers what was wanted lately: what nobody wants while the young are filled with other things is forgotten.
type generations[K comparable, V sized] struct {
	room int // for each of the two generations, in bytes

	mu          sync.Mutex // protects what follows
	young, aged map[K]V
	size        int // of the young ones, in bytes
}

// sized is what knows about how many bytes of memory it takes.
type sized interface {
	comparable
	Size() int
}

// get returns what is remembered, the zero value when it is not here.
func (g *generations[K, V]) get(key K) V {
	g.mu.Lock()
	defer g.mu.Unlock()
	var none V
	if v := g.young[key]; v != none {
		return v
	}
	v := g.aged[key]
	if v != none {
		g.keep(key, v)
	}
	return v
}

func (g *generations[K, V]) put(key K, v V) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.keep(key, v)
}

// keep makes something one of the young. The caller holds mu.
func (g *generations[K, V]) keep(key K, v V) {
	if g.size > g.room || g.young == nil {
		g.young, g.aged, g.size = map[K]V{}, g.young, 0
	}
	g.young[key] = v
	g.size += v.Size()
}

func (g *generations[K, V]) drop(key K) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.young, key)
	delete(g.aged, key)
}
