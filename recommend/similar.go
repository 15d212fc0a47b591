package recommend

import (
	"fmt"
	"time"
)

// Similar returns the k films most like one: those that the criterion history ranks best for who has seen nothing else, with
// their evidence. It fails when the model has no such criterion or the catalogue no such film.
func (r *Ranker) Similar(movie int32, k int, filter Filter) ([]Candidate, error) {
	if _, ok := r.Catalog.Place(movie); !ok {
		return nil, ErrNotFound
	}
	return r.best("history", Task{History: []Watch{{Movie: movie}}, Filter: filter, Limit: k})
}

// Trending returns the k films that most people watch at the end of the data.
func (r *Ranker) Trending(k int, filter Filter) ([]Candidate, error) {
	return r.best("popularity", Task{At: time.Unix(r.Catalog.latest, 0), Filter: filter, Limit: k})
}

func (r *Ranker) best(criterion string, task Task) ([]Candidate, error) {
	at := r.Blend.Find(criterion)
	if at < 0 {
		return nil, ErrNotFound
	}
	scored, err := r.criteria[at].Score(task)
	if err != nil {
		return nil, fmt.Errorf("score criterion %s: %w", criterion, err)
	}
	return scored.Candidates, nil
}
