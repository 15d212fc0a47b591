package recommend

import (
	"cmp"
	"math"
	"slices"
)

// sparse is a films-by-films matrix of which each row keeps its weightiest columns.
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

// explain adds what each of the liked films adds to the sums of the films at s.best. It reads whole rows: that is faster than
// to search each for some dozens of films.
func (m *sparse) explain(c *Catalog, liked []liking, s *sheet) {
	for i, place := range s.best {
		s.slots[place] = uint8(i + 1)
	}
	for _, l := range liked {
		films := m.film[m.start[l.place]:m.start[l.place+1]]
		weights := m.weight[m.start[l.place]:m.start[l.place+1]]
		for k, f := range films {
			if i := s.slots[f]; i > 0 {
				s.pieces.add(int(i-1), Evidence{Movie: c.ids[l.place], Share: l.weight * weights[k]})
			}
		}
	}
	for _, place := range s.best {
		s.slots[place] = 0
	}
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

// sparseRows builds a sparse matrix row by row, in any order, each row by one goroutine.
type sparseRows struct {
	limit  int
	film   [][]int32
	weight [][]float32
}

func newSparse(rows, limit int) *sparseRows {
	return &sparseRows{limit: limit, film: make([][]int32, rows), weight: make([][]float32, rows)}
}

// set makes a row of the weights of films, which are ascending: those that are not 0, the limit largest by size.
func (b *sparseRows) set(row int, films []int32, weights []float32) {
	var keep []int32
	for i, w := range weights {
		if w != 0 {
			keep = append(keep, int32(i))
		}
	}
	if len(keep) > b.limit {
		slices.SortFunc(keep, func(x, y int32) int {
			return cmp.Or(cmp.Compare(math.Abs(float64(weights[y])), math.Abs(float64(weights[x]))), cmp.Compare(x, y))
		})
		keep = keep[:b.limit]
		slices.Sort(keep)
	}
	b.film[row], b.weight[row] = make([]int32, len(keep)), make([]float32, len(keep))
	for k, i := range keep {
		b.film[row][k], b.weight[row][k] = films[i], weights[i]
	}
}

// add appends to a row the weight of a film that it does not have, beyond the limit. The films of one row are added in
// ascending order.
func (b *sparseRows) add(row int, film int32, weight float32) {
	b.film[row], b.weight[row] = append(b.film[row], film), append(b.weight[row], weight)
}

func (b *sparseRows) sparse() sparse {
	m := sparse{start: make([]int32, len(b.film)+1)}
	for row := range b.film {
		m.film = append(m.film, b.film[row]...)
		m.weight = append(m.weight, b.weight[row]...)
		m.start[row+1] = int32(len(m.film))
	}
	return m
}

// accumulator sums up one row at a time, of which few columns are not 0.
type accumulator struct {
	sums    []float32
	touched []int32
}

func newAccumulator(columns int) *accumulator { return &accumulator{sums: make([]float32, columns)} }

// add adds a value above 0 to a column.
func (a *accumulator) add(column int32, value float32) {
	if a.sums[column] == 0 {
		a.touched = append(a.touched, column)
	}
	a.sums[column] += value
}

// take returns the row's columns, ascending, with their sums, and starts the next row.
func (a *accumulator) take() ([]int32, []float32) {
	columns := slices.Clone(a.touched)
	slices.Sort(columns)
	sums := make([]float32, len(columns))
	for i, c := range columns {
		sums[i], a.sums[c] = a.sums[c], 0
	}
	a.touched = a.touched[:0]
	return columns, sums
}
