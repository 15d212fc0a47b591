package model

import (
	"time"

	"webflix/recommend"
)

// Recommendation is a request for films, and how far it has come.
type Recommendation struct {
	Request    recommend.RequestID
	AcceptedAt time.Time
	DeadlineAt time.Time
	Newest     *recommend.Update
}

// ID returns the global id.
func (r *Recommendation) ID() string { return RequestID(r.Request) }

// IsFinal reports whether the ranking is final.
func (r *Recommendation) IsFinal() bool { return r.Newest.Final }

// RecommendationUpdate is a whole ranking at a moment.
type RecommendationUpdate struct {
	*recommend.Update
}

// RequestID returns the request's global id.
func (u RecommendationUpdate) RequestID() string { return RequestID(u.Request) }

// Sequence returns the update's place among the request's updates.
func (u RecommendationUpdate) Sequence() int { return int(u.Update.Sequence) }

// TookMs returns the time since the request was accepted.
func (u RecommendationUpdate) TookMs() float64 { return milliseconds(u.Took) }

// Degraded returns why the ranking is worth less than it could be.
func (u RecommendationUpdate) Degraded() []recommend.Degradation {
	return u.Update.Degraded
}

// Criteria returns where each criterion stands.
func (u RecommendationUpdate) Criteria() []CriterionState {
	states := make([]CriterionState, len(u.Update.Criteria))
	for i, s := range u.Update.Criteria {
		states[i] = CriterionState{s}
	}
	return states
}

// CriterionState is where a criterion stands with a request.
type CriterionState struct {
	recommend.CriterionState
}

// WaitMs returns how long the task waited, nil until it is answered.
func (s CriterionState) WaitMs() *float64 { return s.once(s.Wait) }

// WorkMs returns how long the worker took, nil until it is answered.
func (s CriterionState) WorkMs() *float64 { return s.once(s.Work) }

// ModelVersion returns the version of the model that scored, nil when not known.
func (s CriterionState) ModelVersion() *int { return unlessZero(int(s.Model)) }

func (s CriterionState) once(d time.Duration) *float64 {
	if s.Status == recommend.StatusQueued || s.Status == recommend.StatusTimedOut {
		return nil
	}
	ms := milliseconds(d)
	return &ms
}

// Pick is a ranked film with its reasons.
type Pick struct {
	Rank   int
	Movie  Movie
	Score  float64
	Shares []Share
	why    func() []recommend.Reason
}

// NewPick makes the pick at a rank, from 1, of the ranking of the films in among. The films are those that the pick and its
// evidence name.
func NewPick(rank int, p *recommend.Pick, among []int32, films map[int32]*recommend.Film) Pick {
	shares := make([]Share, len(p.Shares))
	for i, s := range p.Shares {
		shares[i] = Share{Criterion: s.Criterion, Score: s.Score, evidence: s.Evidence, films: films}
	}
	return Pick{
		Rank: rank, Movie: Movie{Film: films[p.Movie], Among: among}, Score: p.Score, Shares: shares,
		why: func() []recommend.Reason {
			return recommend.Explain(*p, func(movie int32) string {
				if film := films[movie]; film != nil {
					return film.Title
				}
				return ""
			})
		},
	}
}

// Reasons returns why the film is ranked, in sentences, the weightiest first.
func (p Pick) Reasons() []string {
	reasons := p.why()
	texts := make([]string, len(reasons))
	for i, r := range reasons {
		texts[i] = r.Text
	}
	return texts
}

// Share is a criterion's exact part of a film's score.
type Share struct {
	Criterion string
	Score     float64
	evidence  []recommend.Evidence
	films     map[int32]*recommend.Film
}

// Evidence returns what the share rests on.
func (s Share) Evidence() []Evidence {
	evidence := make([]Evidence, len(s.evidence))
	for i, e := range s.evidence {
		evidence[i] = Evidence{e: e, film: s.films[e.Movie]}
	}
	return evidence
}

// Evidence is one thing that a score rests on.
type Evidence struct {
	e    recommend.Evidence
	film *recommend.Film
}

// Movie returns the film of the history, nil when it is none.
func (e Evidence) Movie() *Movie {
	if e.film == nil {
		return nil
	}
	return &Movie{Film: e.film}
}

// Label returns the genre, era or kind of people, nil when it is none.
func (e Evidence) Label() *string { return unlessZero(e.e.Label) }

// Share returns its part of the criterion's share.
func (e Evidence) Share() float64 { return float64(e.e.Share) }

// Count returns the upper part of the fraction, nil when there is no fraction.
func (e Evidence) Count() *int {
	if e.e.Of == 0 {
		return nil
	}
	count := int(e.e.Count)
	return &count
}

// Of returns the lower part of the fraction, nil when there is no fraction.
func (e Evidence) Of() *int { return unlessZero(int(e.e.Of)) }

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
