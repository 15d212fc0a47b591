package workers

import (
	"encoding/binary"
	"hash/maphash"

	"webflix/queue"
)

// Sourced is a Scorer that says what its scores depend on beside a task's content, so that they can be remembered.
type Sourced interface {
	// Source returns the version of the model that would score the task, 0 for none, and what counts of its time.
	Source(task *queue.Sealed) (model, moment int64)
}

// Scorebook remembers what a criterion made of the tasks of people who asked lately, as results carry it, and for a worker that is Inside
// as it is read from them, too. Scores are the same for the same history, filter, limit, model and moment: these are what they are found
// by, so nothing has to be told of a change, and who has watched a film since is scored anew. It is safe for concurrent use; nil remembers
// nothing.
type Scorebook struct {
	entries generations[source, *entry]
	seeds   [2]maphash.Seed
}

// source is a hash of all that scores depend on, of so many bits that no two people's meet.
type source [2]uint64

// NewScorebook returns a scorebook of at most so many bytes, nil for none at all.
func NewScorebook(bytes int) *Scorebook {
	if bytes <= 0 {
		return nil
	}
	b := &Scorebook{seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}}
	b.entries.room = bytes / 2
	return b
}

// entry is what a model made of a task.
type entry struct {
	scores *queue.Scores
	model  int64
}

// Size implements sized.
func (p *entry) Size() int { return 64 + p.scores.Size() }

// sourceOf returns what the scores of a task are found by; and the version of the model
// that would score it: 0 when nothing is to be remembered.
func (b *Scorebook) sourceOf(s Scorer, task *queue.Sealed) (of source, model int64) {
	sourced, ok := s.(Sourced)
	if b == nil || !ok {
		return of, 0
	}
	model, moment := sourced.Source(task)
	var head [16]byte
	binary.LittleEndian.PutUint64(head[:], uint64(model))
	binary.LittleEndian.PutUint64(head[8:], uint64(moment))
	for i := range of {
		var h maphash.Hash
		h.SetSeed(b.seeds[i])
		write := func(b []byte) { _, _ = h.Write(b) } // it never fails
		write(head[:])
		task.Content(write)
		of[i] = h.Sum64()
	}
	return of, model
}
