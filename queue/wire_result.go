package queue

import (
	"fmt"
	"slices"
	"time"

	"webflix/recommend"
)

// The ledger keeps the bodies of results without their messages' types, so a body says itself of which form it is: this one's begins
// with a byte that no request's id begins with. An id begins with the time (UUID version 7), which is 1 until 2039.
const resultForm2 = 0xf2

// A candidate's score travels as its place between the lowest and the highest one, in so many steps: of some eight standard
// deviations, a step is a thousandth of one.
const scoreSteps = 1 << 13

// IsResult reports whether a message's type is that of a result, in this version's form or the one before.
func IsResult(kind string) bool { return kind == TypeResult || kind == typeResult1 }

// EncodeResult returns the body of a TypeResult message, which the ledger keeps as it is. Scores are rounded to a thousandth of their
// range or less, shares of the evidence to three digits.
func EncodeResult(r *recommend.Result) []byte {
	return EncodeResultOf(r, PackScores(&recommend.Scored{Candidates: r.Candidates, Floor: r.Floor, Degraded: r.Degraded}))
}

// Scores is what a criterion made of a task, as results carry it, for any number of them. It is never changed.
type Scores struct {
	degraded recommend.Degradation
	body     []byte
}

// PackScores returns the scores as results carry them.
func PackScores(s *recommend.Scored) *Scores {
	pieces, explained := 0, 0
	for i := range s.Candidates {
		if n := len(s.Candidates[i].Evidence); n > 0 {
			pieces += n
			explained = i + 1
		}
	}
	e := encoder{b: make([]byte, 0, 32+4*len(s.Candidates)+explained+8*pieces)}
	e.float32(s.Floor)
	e.candidates(s.Candidates)
	e.uint(uint64(pieces))
	if pieces > 0 {
		e.uint(uint64(explained))
		for i := range s.Candidates[:explained] {
			e.uint(uint64(len(s.Candidates[i].Evidence)))
			for j := range s.Candidates[i].Evidence {
				e.piece(&s.Candidates[i].Evidence[j])
			}
		}
	}
	return &Scores{degraded: s.Degraded, body: slices.Clone(e.b)}
}

// candidates appends films and scores. Neighbours in the order of their scores are few steps apart, and most of them take a byte.
func (e *encoder) candidates(list []recommend.Candidate) {
	e.uint(uint64(len(list)))
	if len(list) == 0 {
		return
	}
	low, high := list[0].Score, list[0].Score
	for i := range list {
		low, high = min(low, list[i].Score), max(high, list[i].Score)
	}
	e.float32(low)
	e.float32(high)
	perStep := 0.0
	if high > low {
		perStep = scoreSteps / (float64(high) - float64(low))
	}
	last := int64(scoreSteps)
	for i := range list {
		steps := int64((float64(list[i].Score)-float64(low))*perStep + 0.5)
		e.uint(uint64(uint32(list[i].Movie)))
		e.int(last - steps)
		last = steps
	}
}

// piece appends a piece of evidence. Most are of a film and nothing else.
func (e *encoder) piece(v *recommend.Evidence) {
	more := uint64(0)
	if v.Label != "" || v.Count != 0 || v.Of != 0 {
		more = 1
	}
	e.uint(uint64(uint32(v.Movie))<<1 | more)
	e.float16(v.Share)
	if more != 0 {
		e.str(v.Label)
		e.int(int64(v.Count))
		e.int(int64(v.Of))
	}
}

// Size returns about how many bytes of memory they take.
func (s *Scores) Size() int { return 96 + len(s.body) }

// EncodeResultOf returns the body of a TypeResult message with these scores. The result's Candidates, Floor and Degraded are
// not looked at.
func EncodeResultOf(r *recommend.Result, s *Scores) []byte {
	e := encoder{b: make([]byte, 0, 128+len(s.body))}
	e.byte(resultForm2)
	e.id(r.Request)
	e.str(r.Criterion)
	e.byte(byte(r.Status))
	e.str(string(s.degraded))
	e.int(r.Model)
	e.time(r.Published)
	e.int(int64(r.Wait))
	e.int(int64(r.Work))
	e.str(r.Worker)
	e.b = append(e.b, s.body...)
	return e.b
}

// DecodeResult reads what EncodeResult wrote, in this version or the one before. An error says what is wrong with the body.
func DecodeResult(body []byte) (*recommend.Result, error) {
	d := decoder{b: body}
	form2 := d.resultForm2()
	r := d.resultHead()
	r.Floor = d.float32()
	if form2 {
		r.Candidates = d.candidates()
		d.explain(r.Candidates)
	} else {
		r.Candidates = make([]recommend.Candidate, d.list(6))
		for i := range r.Candidates {
			c := &r.Candidates[i]
			c.Movie, c.Score, c.Evidence = int32(d.uint()), d.float32(), d.evidence()
		}
	}
	if d.err != nil {
		return nil, fmt.Errorf("decode result: %w", d.err)
	}
	return r, nil
}

// DecodeResultHead reads how a criterion came to what EncodeResult wrote, and none of its scores. The first recommend.ResultHead bytes
// of the body are enough.
func DecodeResultHead(body []byte) (*recommend.Result, error) {
	d := decoder{b: body}
	d.resultForm2()
	r := d.resultHead()
	if d.err != nil {
		return nil, fmt.Errorf("decode the head of a result: %w", d.err)
	}
	return r, nil
}

// resultForm2 takes the byte off that begins a result in this version's form, and reports whether it was there.
func (d *decoder) resultForm2() bool {
	if len(d.b) == 0 || d.b[0] != resultForm2 {
		return false
	}
	d.b = d.b[1:]
	return true
}

func (d *decoder) resultHead() *recommend.Result {
	r := &recommend.Result{
		Request: d.id(), Criterion: d.str(), Status: recommend.Status(d.byte()), Degraded: recommend.Degradation(d.str()),
		Model: d.int(), Published: d.time(), Wait: time.Duration(d.int()), Work: time.Duration(d.int()), Worker: d.str(),
	}
	if d.err == nil && r.Status > recommend.StatusRejected {
		d.fail("status %d is unknown", r.Status)
	}
	return r
}

func (d *decoder) candidates() []recommend.Candidate {
	list := make([]recommend.Candidate, d.list(2))
	if len(list) == 0 {
		return list
	}
	low, high := float64(d.float32()), float64(d.float32())
	step := (high - low) / scoreSteps
	at := int64(scoreSteps)
	for i := range list {
		list[i].Movie = int32(d.uint())
		at -= d.int()
		if at < 0 || at > scoreSteps {
			d.fail("a score is %d steps of %d above the lowest", at, scoreSteps)
			return nil
		}
		list[i].Score = float32(low + float64(at)*step)
	}
	return list
}

// explain reads the candidates' evidence, into memory for all of it at once.
func (d *decoder) explain(list []recommend.Candidate) {
	pieces := make([]recommend.Evidence, d.list(3))
	if len(pieces) == 0 {
		return
	}
	explained := d.list(1)
	if explained > len(list) {
		d.fail("%d of %d candidates have evidence", explained, len(list))
		return
	}
	for i := range explained {
		n := d.list(3)
		if n > len(pieces) {
			d.fail("there are more pieces of evidence than the message says")
			return
		}
		if n > 0 {
			list[i].Evidence = pieces[:n:n]
		}
		for j := range n {
			pieces[j] = d.piece()
		}
		pieces = pieces[n:]
	}
}

func (d *decoder) piece() recommend.Evidence {
	movie := d.uint()
	v := recommend.Evidence{Movie: int32(movie >> 1), Share: d.float16()}
	if movie&1 != 0 {
		v.Label, v.Count, v.Of = d.known(), int32(d.int()), int32(d.int())
	}
	return v
}
