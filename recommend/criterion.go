package recommend

// Criterion is one way to score films for a person. It is safe for concurrent use, and deterministic: the same task on the
// same model gives the same scores.
type Criterion interface {
	// Score returns the task's best candidates, best first, with normalised scores. A person without a history is not
	// an error: the criterion returns what it can, perhaps nothing, and says so in Degraded.
	Score(task Task) (Scored, error)
}

// Momentary is a criterion whose scores depend on when they are asked for. Those of every other criterion depend on the history,
// on what is not to be ranked, the filter, the limit and the model alone.
type Momentary interface {
	// Moment returns what counts of a time at which somebody with watches of that age asks: at the same moment, the same is
	// scored alike. Times are Unix seconds; without a history, newest and oldest are 0.
	Moment(at, newest, oldest int64) int64
}

// Scored is what a criterion makes of a task.
type Scored struct {
	Candidates []Candidate // best first, at most the task's limit
	Evidence   Explained
	Floor      float32     // the score that stands for every film outside Candidates
	Degraded   Degradation // why the scores are worth less than usual, "" when they are not
}
