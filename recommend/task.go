package recommend

import "time"

// Bounds of a task.
const (
	MaxHistory     = 1000 // watches that travel with a task, the newest
	CandidateLimit = 300  // candidates that a criterion returns unless the task says otherwise
)

// Task asks one criterion to score films for one person. It carries all that scoring needs beside the model.
type Task struct {
	Request   RequestID
	Criterion string
	User      int64
	At        time.Time // when the request was accepted; recency counts from here
	Deadline  time.Time // absolute, by the database's clock; an answer after it is of no use
	Published time.Time // when the task was handed to the broker, by the database's clock
	History   []Watch   // newest first, at most MaxHistory
	Exclude   []int32   // films never to rank: seen ones beyond History, and dismissed ones
	Filter    Filter
	Limit     int    // most candidates wanted; 0: CandidateLimit
	Model     int64  // version of the model to score with; 0: whichever the worker has
	Trace     string // W3C traceparent, "" for none

	bare bool // no evidence is wanted: for measuring, which only looks at scores
}

// Candidate is a film with its score by one criterion.
type Candidate struct {
	Movie int32
	Score float32 // normalised for the person (z-score over all films that may be ranked)
}

// Evidences has what candidates' scores rest on, the weightiest first; only the best candidates have any.
type Evidences interface {
	// AppendOf appends the evidence of the i-th candidate.
	AppendOf(list []Evidence, i int) []Evidence
}

// Explained are the best candidates' pieces of evidence, in the candidates' order.
type Explained [][]Evidence

// AppendOf implements Evidences.
func (e Explained) AppendOf(list []Evidence, i int) []Evidence {
	if i < len(e) {
		return append(list, e[i]...)
	}
	return list
}

// Evidence is one thing that a score rests on: a film of the history, a genre, people alike. Exactly one of Movie and
// Label says what it is.
type Evidence struct {
	Label string  // a genre, an era or a kind of people behind the score
	Movie int32   // a film behind the score, 0 for none
	Share float32 // its part of the candidate's score, in the score's own unit
	Count int32   // with Of, a fraction to show: 38 of the 50 people nearest to you
	Of    int32
}

// Status says how far a criterion has come with a request.
type Status uint8

// The states of a criterion. Every one but StatusQueued is final.
const (
	StatusQueued   Status = iota // sent, not answered yet
	StatusDone                   // answered in time
	StatusFailed                 // the worker could not score
	StatusTimedOut               // no answer by the deadline
	StatusRejected               // the task was dead-lettered
)

// Result is a criterion's answer to a task.
type Result struct {
	Request    RequestID
	Criterion  string
	Status     Status // StatusDone, StatusFailed or StatusRejected
	Candidates []Candidate
	Evidence   Evidences     // nil for none
	Floor      float32       // the score that stands for every film outside Candidates
	Model      int64         // version of the model that scored, 0 for none
	Published  time.Time     // when the task was handed to the broker, by the database's clock
	Wait       time.Duration // from publication to the worker's start
	Work       time.Duration // scoring
	Worker     string        // which process scored
	Degraded   Degradation   // why the scores are worth less than usual, "" when they are not
}

// Degradation says why a ranking is worth less than it could be. A degraded ranking is a normal answer, always labelled.
type Degradation string

// The reasons for a degraded ranking.
const (
	DegradedDeadline    Degradation = "DEADLINE"     // a criterion had not answered by the deadline
	DegradedWorkerError Degradation = "WORKER_ERROR" // a criterion failed
	DegradedRejected    Degradation = "REJECTED"     // a criterion's task was dead-lettered
	DegradedColdStart   Degradation = "COLD_START"   // too little history for a personal ranking
	DegradedStaleModel  Degradation = "STALE_MODEL"  // scored with another model than the one asked for
	DegradedLastKnown   Degradation = "LAST_KNOWN"   // no criterion answered: the person's previous ranking
	DegradedPopular     Degradation = "POPULAR"      // no criterion answered: what most people watch
)
