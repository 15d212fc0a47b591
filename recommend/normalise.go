package recommend

import "math"

// explained is how many of the best candidates carry evidence: more than a ranking can show, fewer than a message holds.
const explained = 60

// evidenceKept is how many pieces of evidence a candidate carries at most.
const evidenceKept = 4

// unit is how a raw score becomes a normalised one: (raw - mean) * scale.
type unit struct{ mean, scale float64 }

// explain adds what the raw scores of the films at s.best rest on to s.pieces, with shares in the raw score's unit.
type explain func(s *sheet)

// rank turns raw scores into the best candidates. A score is normalised over all the films that may be ranked, so that
// criteria can be summed: it says by how many standard deviations a film is above the mean, times confidence (0 to 1), which
// is low when the criterion knows little of the person. Floor is the mean of what is left out. Equal scores are in the order
// of ids. With nothing to tell films apart there are no candidates.
func (v *canvas) rank(task *Task, s *sheet, confidence float64, why explain) Scored {
	s.close(v.catalog, task)
	n := v.catalog.Len() - len(s.closed)
	u, ok := s.measure(n, confidence)
	if !ok {
		return Scored{}
	}
	limit := task.Limit
	if limit <= 0 {
		limit = CandidateLimit
	}
	s.top(min(limit, n))
	out := Scored{Candidates: make([]Candidate, len(s.best))}
	var kept float64
	for i, place := range s.best {
		score := (float64(s.raw[place]) - u.mean) * u.scale
		kept += score
		out.Candidates[i] = Candidate{Movie: v.catalog.ids[place], Score: float32(score)}
	}
	if rest := n - len(s.best); rest > 0 {
		out.Floor = float32(-kept / float64(rest)) // all normalised scores sum to zero
	}
	if !task.bare && why != nil {
		s.best = s.best[:min(explained, len(s.best))]
		s.pieces.reset(len(s.best))
		why(s)
		out.Evidence = make(Explained, len(s.best))
		for i := range s.best {
			out.Evidence[i] = s.pieces.of(i, u.scale)
		}
		s.pieces.kept = nil // it is the result's
	}
	return out
}

// measure returns the unit of the raw scores of the n films that may be ranked; false when they are all alike. It leaves minus
// infinity as the score of the others.
func (s *sheet) measure(n int, confidence float64) (unit, bool) {
	if n == 0 {
		return unit{}, false
	}
	for _, place := range s.closed {
		s.raw[place] = 0 // adds nothing
	}
	// Four sums each, so that no addition has to wait for the one before.
	var a, b, c, d, aa, bb, cc, dd float64
	raw := s.raw
	for ; len(raw) >= 4; raw = raw[4:] {
		w, x, y, z := float64(raw[0]), float64(raw[1]), float64(raw[2]), float64(raw[3])
		a, b, c, d = a+w, b+x, c+y, d+z
		aa, bb, cc, dd = aa+w*w, bb+x*x, cc+y*y, dd+z*z
	}
	for _, x := range raw {
		a += float64(x)
		aa += float64(x) * float64(x)
	}
	for _, place := range s.closed {
		s.raw[place] = float32(math.Inf(-1))
	}
	mean, square := (a+b+c+d)/float64(n), (aa+bb+cc+dd)/float64(n)
	deviation := math.Sqrt(max(square-mean*mean, 0))
	if deviation <= 1e-6*math.Abs(mean) || deviation == 0 || confidence == 0 {
		return unit{}, false
	}
	return unit{mean: mean, scale: confidence / deviation}, true
}
