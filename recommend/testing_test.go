package recommend

import (
	"testing"
	"time"
)

// smallWorld is the fixed data set of this package's tests.
func smallWorld() World { return World{Seed: 1, Films: 400, People: 600, Ratings: 30_000} }

// trained returns a model of smallWorld.
func trained(tb testing.TB) *Model {
	tb.Helper()
	m, err := Train(Generate(smallWorld()), Options{Seed: 1})
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

// someTask is a request of a person of smallWorld, after their whole history.
func someTask(tb testing.TB, user int64) Task {
	tb.Helper()
	task := Task{User: user, At: time.Unix(2_000*86400, 0)}
	for _, r := range Generate(smallWorld()).Ratings {
		if r.User == user {
			task.History = append([]Watch{{Movie: r.Movie, At: time.Unix(r.At, 0), Rating: r.Rating}}, task.History...)
		}
	}
	return task
}
