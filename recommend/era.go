package recommend

import (
	"fmt"
	"maps"
	"math"
	"slices"
)

// How the era criterion reads a history.
const (
	eraWidth = 6.0 // years by which a film's year is blurred
	eraPrior = 8.0 // watches like everyone's
	eraFull  = 10  // watches after which the criterion is sure of itself, half-way
)

// era scores films by how much more than people at large the person likes films of their years.
type era struct {
	catalog *Catalog
	canvas  *canvas
	base    map[uint16]float64 // each year's density among all likings
}

func openEra(catalog *Catalog, _ []byte) (Criterion, error) {
	e := &era{catalog: catalog, canvas: newCanvas(catalog)}
	all := map[uint16]float64{}
	for place, year := range catalog.years {
		if year > 0 {
			all[year] += float64(catalog.liked[place]) + 1
		}
	}
	e.base = densities(all, all)
	return e, nil
}

// densities returns the density of what is counted, by year, at each of the years.
func densities(counted, years map[uint16]float64) map[uint16]float64 {
	out := make(map[uint16]float64, len(years))
	var all float64
	for _, year := range slices.Sorted(maps.Keys(counted)) { // in order, so that sums are always the same
		n := counted[year]
		all += n
		for at := range years {
			distance := (float64(year) - float64(at)) / eraWidth
			out[at] += n * math.Exp(-distance*distance/2)
		}
	}
	for at := range out {
		out[at] /= all
	}
	return out
}

// Score implements Criterion.
func (e *era) Score(task Task) (Scored, error) {
	liked := (memory{}).recall(e.catalog, task.History)
	years, decades, n := map[uint16]float64{}, map[uint16]int{}, 0
	for _, l := range liked {
		if year := e.catalog.years[l.place]; year > 0 {
			years[year]++
			decades[year/10]++
			n++
		}
	}
	if n == 0 {
		return Scored{Degraded: DegradedColdStart}, nil
	}
	lift := densities(years, e.base)
	for year, base := range e.base {
		lift[year] = math.Log((float64(n)*lift[year] + eraPrior*base) / ((float64(n) + eraPrior) * base))
	}
	s := e.canvas.blank()
	defer e.canvas.sheets.Put(s)
	for place, year := range e.catalog.years {
		if year > 0 {
			s.raw[place] = float32(lift[year])
		}
	}
	return e.canvas.rank(&task, s, confidence(n, eraFull), func(place int32) []Evidence {
		decade := e.catalog.years[place] / 10
		return []Evidence{{
			Label: fmt.Sprintf("%d0s", decade), Share: s.raw[place], Count: int32(decades[decade]), Of: int32(n),
		}}
	}), nil
}
