package queue

import (
	"time"

	"webflix/recommend"
)

// MaxBudget is the longest that a task may be of use, and so its longest stay in a queue.
const MaxBudget = recommend.MaxDeadline

// Bounds of the deployment's queues.
const (
	taskDeliveries   = 3       // a task that fails more often is poison
	taskLength       = 20_000  // beyond it the oldest tasks go, so that one slow criterion does not push back on the others
	resultDeliveries = 20      // with the pauses between them about a quarter of a minute, to outlast a ledger's restart
	resultLength     = 100_000 // beyond it workers wait
	liveLength       = 10_000
	deadLength       = 10_000
	deadStay         = 7 * 24 * time.Hour
)

// Topology is the deployment's queues. Prefix comes before every name, so that deployments can share a broker.
type Topology struct{ Prefix string }

// TaskAddress is where a criterion's tasks are sent.
func (t Topology) TaskAddress(criterion string) Address {
	return Address{Exchange: t.Prefix + "webflix.task", Key: criterion}
}

// TaskAddresses is where one message to several criteria is sent: the address of the first, and the keys of the others.
func (t Topology) TaskAddresses(criteria []string) (to Address, also []string) {
	return t.TaskAddress(criteria[0]), criteria[1:]
}

// Task is the queue of a criterion's tasks.
func (t Topology) Task(criterion string) Queue {
	return Queue{
		Name:          t.Prefix + "task." + criterion,
		Bind:          t.TaskAddress(criterion),
		Durable:       true,
		TTL:           MaxBudget,
		MaxLength:     taskLength,
		DeliveryLimit: taskDeliveries,
		DeadLetter:    t.Dead().Bind,
	}
}

// Result is the queue of every criterion's results.
func (t Topology) Result() Queue {
	return Queue{
		Name:          t.Prefix + "result",
		Bind:          Address{Exchange: t.Prefix + "webflix.result", Key: "result"},
		Durable:       true,
		MaxLength:     resultLength,
		DeliveryLimit: resultDeliveries,
		DeadLetter:    t.Dead().Bind,
		KeepDead:      true,
	}
}

// Live is the queue of updates for the subscribers of an API replica. It ends with the replica.
func (t Topology) Live(replica string) Queue {
	return Queue{
		Name:      t.Prefix + "live." + replica,
		Bind:      Address{Exchange: t.Prefix + "webflix.live", Key: replica},
		MaxLength: liveLength,
	}
}

// Abandoned is the queue of the notices that a request is given up, of which each process with workers has one. It ends with
// the process.
func (t Topology) Abandoned(process string) Queue {
	return Queue{
		Name:      t.Prefix + "abandoned." + process,
		Bind:      Address{Exchange: t.Prefix + "webflix.live", Key: "abandoned"},
		MaxLength: liveLength,
	}
}

// Dead is the queue of the messages that nobody could handle. The oldest go first when it is full. Tasks that nobody took in
// time are not among them: a criterion that is down for minutes would push out all that failed, and none of them is of use.
func (t Topology) Dead() Queue {
	return Queue{
		Name:      t.Prefix + "dead",
		Bind:      Address{Exchange: t.Prefix + "webflix.dead", Key: "dead"},
		Durable:   true,
		TTL:       deadStay,
		MaxLength: deadLength,
		Sift:      true,
	}
}

// Shared is the queues that the roles share: each criterion's tasks in the criteria's order, the results, and the dead letters.
func (t Topology) Shared(criteria []string) []Queue {
	queues := make([]Queue, 0, len(criteria)+2)
	for _, c := range criteria {
		queues = append(queues, t.Task(c))
	}
	return append(queues, t.Result(), t.Dead())
}
