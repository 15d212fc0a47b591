package recommend

import (
	"fmt"
	"math"
	"slices"
)

// How the era criterion reads a history.
const (
	eraWidth = 6.0 // years by which a film's year is blurred
	eraPrior = 8.0 // watches like everyone's
	eraFull  = 10  // watches after which the criterion is sure of itself, half-way
	eraReach = 64  // years beyond which a film's year says nothing
)

// era scores films by how much more than people at large the person likes films of their years.
type era struct {
	catalog *Catalog
	canvas  *canvas
	years   []uint16          // of films, each once, ascending
	year    []uint16          // which of them each film is of, plus 1; 0: not known
	base    []float64         // each year's density among all likings
	decades []string          // the name of each year's decade
	blur    [eraReach]float64 // how much a film speaks for films so many years away
}

func openEra(catalog *Catalog, _ []byte) (Criterion, error) {
	e := &era{catalog: catalog, canvas: newCanvas(catalog), year: make([]uint16, catalog.Len())}
	e.years = slices.Clone(catalog.years)
	slices.Sort(e.years)
	e.years = slices.Compact(e.years)
	if len(e.years) > 0 && e.years[0] == 0 {
		e.years = e.years[1:]
	}
	for _, year := range e.years {
		e.decades = append(e.decades, fmt.Sprintf("%d0s", year/10))
	}
	for years := range e.blur {
		distance := float64(years) / eraWidth
		e.blur[years] = math.Exp(-distance * distance / 2)
	}
	all := make([]float64, len(e.years))
	for place, year := range catalog.years {
		if year > 0 {
			i, _ := slices.BinarySearch(e.years, year)
			e.year[place] = uint16(i + 1)
			all[i] += float64(catalog.liked[place]) + 1
		}
	}
	e.base = e.densities(all)
	return e, nil
}

// densities returns the density of what is counted by year, at each year.
func (e *era) densities(counted []float64) []float64 {
	out := make([]float64, len(e.years))
	var all float64
	for i, n := range counted {
		if n == 0 {
			continue
		}
		all += n
		for at := i; at >= 0 && e.years[i]-e.years[at] < eraReach; at-- {
			out[at] += n * e.blur[e.years[i]-e.years[at]]
		}
		for at := i + 1; at < len(out) && e.years[at]-e.years[i] < eraReach; at++ {
			out[at] += n * e.blur[e.years[at]-e.years[i]]
		}
	}
	for at := range out {
		out[at] /= all
	}
	return out
}

// Score implements Criterion.
func (e *era) Score(task Task) (Scored, error) {
	counted, n := make([]float64, len(e.years)), 0
	for _, l := range (memory{}).recall(e.catalog, task.History) {
		if i := e.year[l.place]; i > 0 {
			counted[i-1]++
			n++
		}
	}
	if n == 0 {
		return Scored{Degraded: DegradedColdStart}, nil
	}
	density := e.densities(counted)
	lift := make([]float32, len(e.years)+1) // of an unknown year: 0
	for i, base := range e.base {
		lift[i+1] = float32(math.Log((float64(n)*density[i] + eraPrior*base) / ((float64(n) + eraPrior) * base)))
	}
	s := e.canvas.sheet()
	defer e.canvas.done(s)
	for place, year := range e.year {
		s.raw[place] = lift[year]
	}
	return e.canvas.rank(&task, s, confidence(n, eraFull), func(s *sheet) {
		for k, place := range s.best {
			if i := e.year[place]; i > 0 {
				s.pieces.add(k, Evidence{
					Label: e.decades[i-1], Share: s.raw[place], Count: e.inDecade(counted, e.years[i-1]/10), Of: int32(n),
				})
			}
		}
	}), nil
}

// inDecade returns how many are counted in the years of a decade.
func (e *era) inDecade(counted []float64, decade uint16) int32 {
	var n float64
	first, _ := slices.BinarySearch(e.years, 10*decade)
	for i := first; i < len(e.years) && e.years[i]/10 == decade; i++ {
		n += counted[i]
	}
	return int32(n)
}
