package recommend

import "sync"

// canvas lends the memory that scoring one task needs. It is safe for concurrent use.
type canvas struct {
	catalog *Catalog
	sheets  sync.Pool
}

// sheet is the memory that scoring one task needs.
type sheet struct {
	raw    []float32 // the raw score of each film, by place; films that may not be ranked have none after closing
	shut   []bool    // whether a film may not be ranked; all false between tasks
	closed []int32   // the films that may not be ranked, each once
	keys   []uint64  // of the best films: see keyOf
	best   []int32   // the places of the best films, best first
	slots  []uint8   // for each film its index among the explained ones plus 1; all 0 outside pieces.of
	pieces pieces
}

func newCanvas(c *Catalog) *canvas {
	return &canvas{catalog: c, sheets: sync.Pool{New: func() any {
		return &sheet{raw: make([]float32, c.Len()), shut: make([]bool, c.Len()), slots: make([]uint8, c.Len())}
	}}}
}

// sheet returns a sheet whose raw scores are left from another task. Give it back with done.
func (v *canvas) sheet() *sheet { return v.sheets.Get().(*sheet) }

// blank returns a sheet with raw scores of zero. Give it back with done.
func (v *canvas) blank() *sheet {
	s := v.sheet()
	clear(s.raw)
	return s
}

func (v *canvas) done(s *sheet) {
	for _, place := range s.closed {
		s.shut[place] = false
	}
	s.closed = s.closed[:0]
	v.sheets.Put(s)
}

// close notes which films may not be ranked for the task: those that the filter holds back, that are excluded, and, unless the
// filter says otherwise, that were seen.
func (s *sheet) close(c *Catalog, task *Task) {
	if f := &task.Filter; !f.open() {
		with, without := c.genreMask(f.Genres), c.genreMask(f.WithoutGenres)
		for place := range s.shut {
			if !f.passes(c, place, with, without) {
				s.shut[place] = true
				s.closed = append(s.closed, int32(place))
			}
		}
	}
	if !task.Filter.IncludeSeen {
		for i := range task.History {
			s.closeMovie(c, task.History[i].Movie)
		}
	}
	for _, movie := range task.Exclude {
		s.closeMovie(c, movie)
	}
}

func (s *sheet) closeMovie(c *Catalog, movie int32) {
	if place, ok := c.Place(movie); ok && !s.shut[place] {
		s.shut[place] = true
		s.closed = append(s.closed, place)
	}
}
