package queue

import (
	"fmt"
	"time"

	"webflix/recommend"
)

// The wire form of the messages: compact, binary, and versioned by the message's type. A reader refuses versions that it does not
// know; a new field at a message's end needs none, since readers stop where they know no more.
const (
	TypeTask   = "task/2"
	TypeResult = "result/2"
	TypeUpdate = "update/1"

	TypeBundle    = "bundle/1"    // several messages for one queue
	TypeAbandoned = "abandoned/1" // without a body: the correlation id says all

	typeTask1   = "task/1"   // to one criterion each; it is still read
	typeResult1 = "result/1" // with every score and share in four bytes; it is still read
)

// Most elements of a list that a decoder accepts: far above anything that is sent, and small enough to refuse garbage
// before memory is taken for it.
const maxList = 1 << 20

// A rating travels as a byte, in fortieths of a star.
const ratingSteps = 40

// EncodeUpdate returns the body of a TypeUpdate message.
func EncodeUpdate(u *recommend.Update) []byte {
	e := encoder{b: make([]byte, 0, 256+96*len(u.Picks))}
	e.id(u.Request)
	e.int(u.User)
	e.int(u.Sequence)
	e.bool(u.Final)
	e.int(int64(u.Took))
	e.float64(u.Coverage.Percent)
	for _, n := range []int{u.Coverage.Succeeded, u.Coverage.Failed, u.Coverage.TimedOut, u.Coverage.Rejected} {
		e.uint(uint64(n))
	}
	e.uint(uint64(len(u.Degraded)))
	for _, why := range u.Degraded {
		e.str(string(why))
	}
	e.uint(uint64(len(u.Criteria)))
	for _, c := range u.Criteria {
		e.str(c.Criterion)
		e.byte(byte(c.Status))
		e.float64(c.Weight)
		e.int(int64(c.Wait))
		e.int(int64(c.Work))
		e.int(c.Model)
		e.str(c.Worker)
	}
	e.uint(uint64(len(u.Picks)))
	for i := range u.Picks {
		p := &u.Picks[i]
		e.uint(uint64(uint32(p.Movie)))
		e.float64(p.Score)
		e.uint(uint64(len(p.Shares)))
		for j := range p.Shares {
			e.str(p.Shares[j].Criterion)
			e.float64(p.Shares[j].Score)
			e.evidence(p.Shares[j].Evidence)
		}
	}
	return e.b
}

// DecodeUpdate reads what EncodeUpdate wrote. An error says what is wrong with the body.
func DecodeUpdate(body []byte) (*recommend.Update, error) {
	d := decoder{b: body}
	u := &recommend.Update{
		Request: d.id(), User: d.int(), Sequence: d.int(), Final: d.bool(), Took: time.Duration(d.int()),
		Coverage: recommend.Coverage{
			Percent: d.float64(), Succeeded: int(d.uint()), Failed: int(d.uint()), TimedOut: int(d.uint()), Rejected: int(d.uint()),
		},
	}
	for range d.list(1) {
		u.Degraded = append(u.Degraded, recommend.Degradation(d.str()))
	}
	u.Criteria = make([]recommend.CriterionState, d.list(14))
	for i := range u.Criteria {
		u.Criteria[i] = recommend.CriterionState{
			Criterion: d.str(), Status: recommend.Status(d.byte()), Weight: d.float64(),
			Wait: time.Duration(d.int()), Work: time.Duration(d.int()), Model: d.int(), Worker: d.str(),
		}
	}
	u.Picks = make([]recommend.Pick, d.list(10))
	for i := range u.Picks {
		p := recommend.Pick{Movie: int32(d.uint()), Score: d.float64(), Shares: make([]recommend.Share, d.list(10))}
		for j := range p.Shares {
			p.Shares[j] = recommend.Share{Criterion: d.known(), Score: d.float64(), Evidence: d.evidence()}
		}
		u.Picks[i] = p
	}
	if d.err != nil {
		return nil, fmt.Errorf("decode update: %w", d.err)
	}
	return u, nil
}
