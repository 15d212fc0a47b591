package queue

import (
	"cmp"
	"encoding/binary"
	"slices"

	"webflix/recommend"
)

// Packed is a profile as tasks carry it, made once for any number of them. It is never changed.
type Packed struct {
	Seen     int   // of the profile
	Revision int64 // of the profile

	watches int
	movie   int32  // of the newest watch
	at      int64  // of the newest watch, Unix seconds
	tail    []byte // what follows, which is the same in every task
}

// Pack returns the profile as tasks carry it. Films not to rank are sent in ascending order.
func Pack(p *recommend.Profile) *Packed {
	k := &Packed{Seen: p.Seen, Revision: p.Revision, watches: len(p.History)}
	e := encoder{b: make([]byte, 0, 16+7*len(p.History)+3*len(p.Exclude))}
	for i, w := range p.History {
		at := w.At.Unix()
		if i == 0 {
			k.movie, k.at = w.Movie, at
		} else {
			e.uint(uint64(uint32(w.Movie)))
			e.int(p.History[i-1].At.Unix() - at)
		}
		e.byte(byte(w.Rating*ratingSteps + 0.5))
	}
	exclude := p.Exclude
	if !slices.IsSorted(exclude) {
		exclude = slices.Clone(exclude)
		slices.SortFunc(exclude, cmp.Compare[int32])
	}
	e.uint(uint64(len(exclude)))
	var last int32
	for _, m := range exclude {
		e.uint(uint64(uint32(m - last)))
		last = m
	}
	k.tail = slices.Clip(slices.Clone(e.b))
	return k
}

// Size returns about how many bytes of memory it takes.
func (k *Packed) Size() int { return 64 + len(k.tail) }

// EncodeTasks returns the bodies of the messages that ask each criterion the same of the same person. The task's Criterion,
// History and Exclude are not looked at.
func EncodeTasks(t *recommend.Task, k *Packed, criteria []string) [][]byte {
	names := 0
	for _, c := range criteria {
		names += binary.MaxVarintLen16 + len(c)
	}
	head := encoder{b: make([]byte, 0, 64)}
	head.int(t.User)
	head.time(t.At)
	head.time(t.Deadline)
	head.time(t.Published)
	head.uint(uint64(k.watches))
	if k.watches > 0 {
		head.uint(uint64(uint32(k.movie)))
		head.int(t.At.Unix() - k.at)
	}
	foot := encoder{b: make([]byte, 0, 96)}
	foot.strs(t.Filter.Genres)
	foot.strs(t.Filter.WithoutGenres)
	foot.int(int64(t.Filter.FromYear))
	foot.int(int64(t.Filter.ToYear))
	foot.float64(t.Filter.MinRating)
	foot.bool(t.Filter.IncludeSeen)
	foot.int(int64(t.Limit))
	foot.int(t.Model)
	foot.str(t.Trace)

	each := len(t.Request) + len(head.b) + len(k.tail) + len(foot.b)
	all := encoder{b: make([]byte, 0, len(criteria)*each+names)} // one piece of memory for all of them
	bodies := make([][]byte, len(criteria))
	for i, c := range criteria {
		start := len(all.b)
		all.id(t.Request)
		all.str(c)
		all.b = append(all.b, head.b...)
		all.b = append(all.b, k.tail...)
		all.b = append(all.b, foot.b...)
		bodies[i] = slices.Clip(all.b[start:])
	}
	return bodies
}

// EncodeTask returns the body of a TypeTask message.
func EncodeTask(t *recommend.Task) []byte {
	return EncodeTasks(t, Pack(&recommend.Profile{History: t.History, Exclude: t.Exclude}), []string{t.Criterion})[0]
}
