package recommend

import (
	"cmp"
	"math"
	"slices"
)

// How the history criterion learns.
const (
	historyVersion = 1
	historyHead    = 4000 // films, the most liked, between which weights are exact
	historyRow     = 800  // most weights kept of a film
	historyLambda  = 500.0
	historyFull    = 1 // watches after which the criterion is sure of itself, half-way
)

// history scores a film by the sum of its weights from the films of the history (EASE^R: Steck, "Embarrassingly shallow
// autoencoders for sparse data", 2019). A new watch counts at once, without training.
type history struct {
	catalog *Catalog
	canvas  *canvas
	rows    sparse
}

func trainHistory(t *trainSet) ([]byte, error) {
	rows, err := fitRegression(t, historyLambda)
	if err != nil {
		return nil, err
	}
	w := newPart("history", historyVersion)
	rows.encode(w)
	return w.seal(), nil
}

func openHistory(catalog *Catalog, part []byte) (Criterion, error) {
	r, err := openPart(part, "history", historyVersion)
	if err != nil {
		return nil, err
	}
	h := &history{catalog: catalog, canvas: newCanvas(catalog), rows: decodeSparse(r, catalog.Len())}
	return h, r.done()
}

// Score implements Criterion.
func (h *history) Score(task Task) (Scored, error) {
	s := h.canvas.blank()
	defer h.canvas.sheets.Put(s)
	liked := likedPlaces(h.catalog, task.History)
	if len(liked) == 0 {
		return Scored{Degraded: DegradedColdStart}, nil
	}
	for _, place := range liked {
		h.rows.add(place, 1, s.raw)
	}
	return h.canvas.rank(&task, s, confidence(len(liked), historyFull), func(place int32) []Evidence {
		return h.rows.evidence(h.catalog, liked, place)
	}), nil
}

// likedPlaces returns the places of the films that the history speaks for, newest first.
func likedPlaces(c *Catalog, watches []Watch) []int32 {
	places := make([]int32, 0, len(watches))
	for _, w := range watches {
		if place, ok := c.Place(w.Movie); ok && w.Liked() {
			places = append(places, place)
		}
	}
	return places
}

// sparse is a films-by-films matrix of which each row keeps its weightiest columns, in ascending order.
type sparse struct {
	start  []int32 // of each row, and one more
	film   []int32
	weight []float32
}

// add adds a row, times factor, to out.
func (m *sparse) add(row int32, factor float32, out []float32) {
	films := m.film[m.start[row]:m.start[row+1]]
	weights := m.weight[m.start[row]:m.start[row+1]]
	for k, f := range films {
		out[f] += factor * weights[k]
	}
}

// at returns one weight, 0 when it is not kept.
func (m *sparse) at(row, column int32) float32 {
	from, to := m.start[row], m.start[row+1]
	if k, ok := slices.BinarySearch(m.film[from:to], column); ok {
		return m.weight[int(from)+k]
	}
	return 0
}

// evidence returns what each of the films in rows adds to a film's sum.
func (m *sparse) evidence(c *Catalog, rows []int32, place int32) []Evidence {
	var out []Evidence
	for _, row := range rows {
		if weight := m.at(row, place); weight > 0 {
			out = append(out, Evidence{Movie: c.ids[row], Share: weight})
		}
	}
	return out
}

// setRow appends the next row: of the dense values, the limit largest by size.
func (m *sparse) setRow(values []float32, limit int) {
	if len(m.start) == 0 {
		m.start = append(m.start, 0)
	}
	var films []int32
	for f, v := range values {
		if v != 0 {
			films = append(films, int32(f))
		}
	}
	if len(films) > limit {
		slices.SortFunc(films, func(a, b int32) int {
			return cmp.Or(cmp.Compare(math.Abs(float64(values[b])), math.Abs(float64(values[a]))), cmp.Compare(a, b))
		})
		films = films[:limit]
		slices.Sort(films)
	}
	for _, f := range films {
		m.film = append(m.film, f)
		m.weight = append(m.weight, values[f])
	}
	m.start = append(m.start, int32(len(m.film)))
}

func (m *sparse) encode(w *partWriter) {
	w.int32s(m.start)
	w.int32s(m.film)
	w.float32s(m.weight)
}

func decodeSparse(r *partReader, n int) sparse {
	m := sparse{start: r.int32s(), film: r.int32s(), weight: r.float32s()}
	r.want(len(m.film) == len(m.weight) && ascending(m.start, n, len(m.film)))
	for _, f := range m.film {
		r.want(f >= 0 && int(f) < n)
	}
	return m
}
