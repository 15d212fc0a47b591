package recommend

import (
	"math"
	"slices"
)

// top writes the places of the k best open films to s.best, best first; equal scores are in the order of places. The scores of
// closed films are minus infinity. It collects keys of films better than the worst of the best so far, and thins them out when
// there are twice too many, so that few are ever compared with one another.
func (s *sheet) top(k int) {
	s.best = s.best[:0]
	if k == 0 {
		return
	}
	keys, room := s.keys[:0], 2*k
	if cap(keys) < room {
		keys = make([]uint64, 0, room)
	}
	worst := float32(math.Inf(-1))
	for i, x := range s.raw {
		if x <= worst {
			continue
		}
		keys = append(keys, keyOf(x, int32(i)))
		if len(keys) == room {
			smallest(keys, k)
			keys = keys[:k]
			worst = scoreOf(slices.Max(keys))
		}
	}
	if len(keys) > k {
		smallest(keys, k)
		keys = keys[:k]
	}
	slices.Sort(keys)
	for _, key := range keys {
		s.best = append(s.best, int32(uint32(key)))
	}
	s.keys = keys
}

// keyOf packs a score and a place into a number that is the smaller the better the score is and, of equal scores, the smaller the
// place is.
func keyOf(score float32, place int32) uint64 {
	bits := math.Float32bits(score + 0) // a zero has no sign then
	if bits>>31 == 0 {
		bits = ^bits & (1<<31 - 1)
	}
	return uint64(bits)<<32 | uint64(uint32(place))
}

// scoreOf returns the score in a key.
func scoreOf(key uint64) float32 {
	bits := uint32(key >> 32)
	if bits>>31 == 0 {
		bits = ^bits & (1<<31 - 1)
	}
	return math.Float32frombits(bits)
}

// smallest moves the k smallest keys to the front, in any order (Hoare's quickselect). All keys differ.
func smallest(keys []uint64, k int) {
	from, to := 0, len(keys)-1
	for from < to {
		pivot := keys[(from+to)/2]
		i, j := from, to
		for i <= j {
			for keys[i] < pivot {
				i++
			}
			for keys[j] > pivot {
				j--
			}
			if i <= j {
				keys[i], keys[j] = keys[j], keys[i]
				i++
				j--
			}
		}
		switch {
		case k <= j:
			to = j
		case k > i:
			from = i
		default:
			return
		}
	}
}
