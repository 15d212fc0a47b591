package recommend

import "math"

const historyVersion = 2

// history scores a film by the sum of its weights from the films of the history (EASE^R: Steck, "Embarrassingly shallow
// autoencoders for sparse data", 2019; its noise: Steck, "Autoencoders that don't overfit towards the identity", 2020). A new
// watch counts at once, without training.
type history struct {
	catalog *Catalog
	canvas  *canvas
	rows    sparse
	memory  memory
}

// trainHistory learns from whole histories: films that the same people like.
func trainHistory(t *trainSet, variant int) ([]byte, error) {
	return trainRegression(t, "history", variant, regression{row: 600, border: 64, penalty: 250, noise: 0.5})
}

// trainSittings learns from films that the same people like within hours of each other: a mood, a series, an evening.
func trainSittings(t *trainSet, variant int) ([]byte, error) {
	return trainRegression(t, "sittings", variant, regression{row: 600, border: 64, penalty: 150, noise: 0.5, reach: 3600})
}

func trainRegression(t *trainSet, name string, variant int, g regression) ([]byte, error) {
	rows, err := g.fit(t)
	if err != nil {
		return nil, err
	}
	w := newPart(name, historyVersion)
	w.count(variant)
	rows.encode(w)
	return w.seal(), nil
}

func openHistory(catalog *Catalog, part []byte) (Criterion, error) {
	return openRegression(catalog, part, "history")
}

func openSittings(catalog *Catalog, part []byte) (Criterion, error) {
	return openRegression(catalog, part, "sittings")
}

func openRegression(catalog *Catalog, part []byte, name string) (Criterion, error) {
	r, err := openPart(part, name, historyVersion)
	if err != nil {
		return nil, err
	}
	h := &history{catalog: catalog, canvas: newCanvas(catalog), memory: r.memory()}
	h.rows = decodeSparse(r, catalog.Len())
	return h, r.done()
}

// variants implements tunable.
func (h *history) variants() []Criterion {
	var out []Criterion
	for _, m := range memories() {
		other := *h
		other.memory = m
		out = append(out, &other)
	}
	return out
}

// Score implements Criterion.
func (h *history) Score(task Task) (Scored, error) {
	s := h.canvas.blank()
	defer h.canvas.done(s)
	liked := h.memory.recall(h.catalog, task.History)
	if len(liked) == 0 {
		return Scored{Degraded: DegradedColdStart}, nil
	}
	for _, l := range liked {
		h.rows.add(l.place, l.weight, s.raw)
	}
	return h.canvas.rank(&task, s, confidence(len(liked), historyFull), func(s *sheet) {
		h.rows.explain(h.catalog, liked, s)
	}), nil
}

// historyFull is the watches after which history is sure of itself, half-way.
const historyFull = 1

// memory says how much the films of a history count by how many came after them.
type memory struct {
	span float64 // films after which one counts little; 0: all count the same
	rest float64 // what every film counts for besides
}

// memories lists the variants from which training chooses, by how they do on the validation part.
func memories() []memory {
	return []memory{{}, {span: 30, rest: 0.1}, {span: 10, rest: 0.05}, {span: 4, rest: 0.03}}
}

func (r *partReader) memory() memory {
	variant, all := r.count(0), memories()
	r.want(variant < len(all))
	return all[min(variant, len(all)-1)]
}

// liking is a film of the history that speaks for others.
type liking struct {
	place  int32
	weight float32
}

// recall returns the films that the history speaks for, newest first.
func (m memory) recall(c *Catalog, watches []Watch) []liking {
	liked := make([]liking, 0, len(watches))
	for _, w := range watches {
		place, ok := c.Place(w.Movie)
		if !ok || !w.Liked() {
			continue
		}
		weight := 1.0
		if m.span > 0 {
			weight = m.rest + math.Exp(-float64(len(liked))/m.span)
		}
		liked = append(liked, liking{place, float32(weight)})
	}
	return liked
}
