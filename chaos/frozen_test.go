package chaos

import (
	"syscall"
	"time"

	"webflix/db"
)

// workerFrozen stops the only worker of a criterion, tasks in its hands: finals come at the deadline without it, the other criteria
// answer as before, and it takes part again once it goes on. It asks at a steady rate, so that what is slow is due to the fault.
func workerFrozen() *fault {
	const (
		frozen   = "history"
		deadline = 400 * time.Millisecond
		rate     = 40 // requests a second, far below what the machine can do
		length   = 3 * time.Second
	)
	var victim *process
	var before, meanwhile []answered
	return &fault{
		name: "worker frozen by SIGSTOP", short: 1, long: 12, deadline: deadline, clients: 1, timed: true,
		setup: func(d *deployment) {
			d.start("aggregator")
			d.worker(others(frozen))
			victim = d.worker(frozen)
			d.replicas.set(d.serve().url)
			d.ready()
		},
		strike: func(d *deployment) {
			load := func() []answered {
				begun := time.Now()
				_, drained := d.flood(rate, length, deadline)
				drained()
				return d.answered(frozen, deadline, begun)
			}
			before = append(before, load()...)
			victim.signal(syscall.SIGSTOP)
			meanwhile = append(meanwhile, load()...)
			victim.signal(syscall.SIGCONT)
			d.whole(20 * time.Second)
		},
		check: func(d *deployment) {
			if d.seen.partial == 0 {
				d.t.Error("no final came without the frozen worker")
			}
			late := make([]time.Duration, len(meanwhile))
			for i, a := range meanwhile {
				late[i] = time.Duration(a.LateMs * float64(time.Millisecond))
			}
			d.kept("P2", "finals after their deadline, 999 of 1000 within", most(99.9, late), 100*time.Millisecond)
			d.kept("P3", "finals after their deadline, one criterion frozen, 99 of 100 within", most(99, late), 50*time.Millisecond)
			d.keptShare("P3", "answers of the other criteria a request, of those before the freeze", perRequest(meanwhile)/perRequest(before), 0.95)
		},
	}
}

// answered is what the ledger holds of a request.
type answered struct {
	Others int     // criteria that answered in time, beside the one that is looked at
	LateMs float64 `db:"late_ms"` // from the deadline to the final
}

// answered reads the requests that were accepted since a time, all with the same deadline, and have their final.
func (d *deployment) answered(but string, deadline time.Duration, since time.Time) (all []answered) {
	d.t.Helper()
	d.query(func(store *db.DB) error {
		return store.SelectContext(d.t.Context(), &all, `
			SELECT count(s.criterion) AS others, 1000 * extract(epoch FROM r.final_at - r.deadline) AS late_ms
			FROM requests r LEFT JOIN scores s ON s.request_id = r.id AND NOT s.late AND s.scored AND s.criterion <> $1
			WHERE r.deadline >= $2 AND r.final_at IS NOT NULL GROUP BY r.id, r.final_at, r.deadline`, but, since.Add(deadline))
	})
	return all
}

// perRequest returns how many of the other criteria answered a request on average.
func perRequest(all []answered) float64 {
	sum := 0
	for _, a := range all {
		sum += a.Others
	}
	return float64(sum) / float64(max(1, len(all)))
}
