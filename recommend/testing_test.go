package recommend

import (
	"sync"
	"testing"
	"time"
)

// world is the fixed data set of this package's tests and the model trained on it: made once, never changed.
type world struct {
	train *Dataset
	test  []Rating
	model *Model
	err   error
}

// smallWorld is what the fixed data set is generated from.
func smallWorld() World { return World{Seed: 1, Films: 300, People: 500, Ratings: 25_000} }

var theWorld = sync.OnceValue(func() *world { //nolint:gochecknoglobals // tests share one training
	data := Generate(smallWorld())
	w := &world{train: &Dataset{Movies: data.Movies}}
	w.train.Ratings, w.test = Split{By: "random", Share: 0.8}.Cut(data.Ratings, 1)
	w.model, w.err = Train(w.train, Options{Seed: 1, Validate: Split{By: "random", Share: 0.85}})
	return w
})

func trained(tb testing.TB) *world {
	tb.Helper()
	w := theWorld()
	if w.err != nil {
		tb.Fatal(w.err)
	}
	return w
}

// task is a request of a person of the world, after their whole history.
func (w *world) task(user int64) Task {
	task := NewHistories(append([]Rating(nil), w.train.Ratings...)).Task(user)
	task.At = time.Unix(2_000*86400, 0)
	return task
}
