package workers

import (
	"time"

	"webflix/recommend"
)

// Observer is told what happens, for metrics. Its methods are safe for concurrent use and return at once.
type Observer interface {
	Scored(criterion string, status recommend.Status, wait, work time.Duration)
	Remembered(criterion string) // of a scored task: its scores were in the worker's book
	Expired(criterion string)    // a task was past its deadline, or abandoned, when its worker took it
	Merged(answers int, took time.Duration)
	Redelivered(queue string)    // a message came again: its first reader failed, died or was told to stop
	Late(criterion string)       // an answer came after the final: it is kept and never shown
	Updated(u *recommend.Update) // an aggregator made a ranking
	Shown(u *recommend.Update)   // a replica showed the first ranking of a request, a partial one
}

// Unobserved is an Observer that looks away.
type Unobserved struct{}

// Scored does nothing.
func (Unobserved) Scored(string, recommend.Status, time.Duration, time.Duration) {}

// Remembered does nothing.
func (Unobserved) Remembered(string) {}

// Expired does nothing.
func (Unobserved) Expired(string) {}

// Merged does nothing.
func (Unobserved) Merged(int, time.Duration) {}

// Redelivered does nothing.
func (Unobserved) Redelivered(string) {}

// Late does nothing.
func (Unobserved) Late(string) {}

// Updated does nothing.
func (Unobserved) Updated(*recommend.Update) {}

// Shown does nothing.
func (Unobserved) Shown(*recommend.Update) {}
