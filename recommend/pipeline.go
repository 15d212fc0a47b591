package recommend

import "time"

// QueueState is a queue's figures, as people who run the service see them.
type QueueState struct {
	Name      string
	Criterion string // of a task queue, "" for others
	Ready     int
	Unacked   int           // -1 when not known
	Consumers int           //
	Oldest    time.Duration // age of the oldest message that waits or is not settled, 0 for none, -1 when not known
	In, Out   float64       // messages that came and that were dealt with a second, over the last few seconds; -1 when not known
}

// Flow is what one process, or all together, do with a queue.
type Flow struct {
	Queue   string
	Held    int       // messages delivered to readers and not settled
	Oldest  time.Time // when the oldest of them was published, by the database's clock; zero for none
	In, Out float64   // messages published there, and dealt with, a second
}

// Pending is how old what waits for an answer is, by the ledger.
type Pending struct {
	Oldest map[string]time.Duration // by criterion: of tasks without an answer that can be in their queue still
	Timely map[string]time.Duration // those before their deadline alone: workers drop the others when they come to them
	Open   time.Duration            // of requests without their final
}

// Trail is a request's way through the pipeline, by the database's clock. It says nothing of what was found.
type Trail struct {
	Request  RequestID
	User     int64 // who asked, to tell people their own; 0 when not known, never shown
	Accepted time.Time
	Deadline time.Time
	FinalAt  time.Time // zero while open
	Steps    []Step    // one for each criterion, in the blend's order
}

// Step is one criterion's part of a trail. A time is zero until its moment has come.
type Step struct {
	Criterion string
	Status    Status
	Published time.Time // the task was handed to the broker
	Started   time.Time // a worker took it
	Finished  time.Time // the worker had scored it
	Merged    time.Time // an aggregator had committed it
	Late      bool      // after the final
	Worker    string
}

// Frame is the pipeline at a moment.
type Frame struct {
	At       time.Time
	Queues   []QueueState
	Trails   []Trail // requests that moved since the last frame, a sample of them when there are many; one may be in two frames
	Requests int     // requests that moved, before sampling
	Rate     float64 // requests accepted a second, over the last few seconds
}
