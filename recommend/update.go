package recommend

import "time"

// Update is a whole ranking at a moment: partial, or final. It replaces every update of the same request with a lower
// sequence.
type Update struct {
	Request  RequestID
	User     int64
	Sequence int64 // rises; 0 for a first partial one that is ahead of the ledger
	Final    bool
	Took     time.Duration // since the request was accepted
	Picks    []Pick        // best first
	Coverage Coverage
	Degraded []Degradation // without repeats; none for a ranking that is all it could be
	Criteria []CriterionState
}

// Pick is a ranked film with its reasons.
type Pick struct {
	Movie  int32
	Score  float64 // the sum of the shares, added in their order
	Shares []Share // one for each criterion that answered, in the blend's order
}

// Share is a criterion's exact part of a pick's score.
type Share struct {
	Criterion string
	Score     float64
	Evidence  []Evidence // shares of the evidence are in the unit of Score
}

// Coverage says how much of the blend has answered.
type Coverage struct {
	Percent   float64 // weight of the criteria that answered, in per cent of the blend's
	Succeeded int     // criteria
	Failed    int
	TimedOut  int
	Rejected  int
}

// CriterionState is where a criterion stands with a request.
type CriterionState struct {
	Criterion string
	Status    Status
	Weight    float64       // in the blend, before any renormalisation
	Wait      time.Duration // in the queue
	Work      time.Duration // in the worker
	Model     int64         // version of the model, 0 when not known
	Worker    string        // which process answered
}
