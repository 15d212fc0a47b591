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

// Most pieces of evidence that a candidate may have, of which criteria keep four.
const mostPieces = 64

// IsResult reports whether a message's type is that of a result, in this version's form or the one before.
func IsResult(kind string) bool { return kind == TypeResult || kind == typeResult1 }

// EncodeResult returns the body of a TypeResult message, which the ledger keeps as it is. Scores are rounded to
// a step of their range, shares of the evidence by two thousandths at the most.
func EncodeResult(r *recommend.Result) []byte {
	scored := recommend.Scored{Candidates: r.Candidates, Floor: r.Floor, Degraded: r.Degraded}
	if r.Evidence != nil {
		for i := range r.Candidates {
			if list := r.Evidence.AppendOf(nil, i); len(list) > 0 {
				scored.Evidence = append(scored.Evidence, make(recommend.Explained, i-len(scored.Evidence))...)
				scored.Evidence = append(scored.Evidence, list)
			}
		}
	}
	return EncodeResultOf(r, PackScores(&scored))
}

// Scores is what a criterion made of a task, as results carry it, for any number of them. Once it is in a message it is never changed.
type Scores struct {
	degraded recommend.Degradation
	body     []byte
	open     *opened
}

// opened are scores as they are read from a result. Nobody changes them.
type opened struct {
	floor      float32
	candidates []recommend.Candidate
	evidence   recommend.Evidences
}

// PackScores returns the scores as results carry them.
func PackScores(s *recommend.Scored) *Scores {
	pieces := 0
	for _, list := range s.Evidence {
		pieces += len(list)
	}
	e := encoder{b: make([]byte, 0, 32+4*len(s.Candidates)+len(s.Evidence)+8*pieces)}
	e.float32(s.Floor)
	e.candidates(s.Candidates)
	e.uint(uint64(len(s.Evidence)))
	for _, list := range s.Evidence {
		e.uint(uint64(len(list)))
		for i := range list {
			e.piece(&list[i])
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

// Open reads the scores as whoever receives them does, once for all the results that carry them: those that do not leave the process
// need not be read again.
func (s *Scores) Open() {
	d := decoder{b: s.body}
	open := d.scores()
	if d.err == nil { // else who receives them finds out
		s.open = &open
	}
}

// Size returns about how many bytes of memory they take.
func (s *Scores) Size() int {
	size := 96 + len(s.body)
	if s.open != nil {
		size += 64 + 8*len(s.open.candidates)
		if e, ok := s.open.evidence.(*evidences); ok {
			size += 4 * len(e.starts)
		}
	}
	return size
}

// SetResult makes the message a result with these scores. The result's Candidates, Evidence, Floor and Degraded are not looked at.
func (m *Message) SetResult(r *recommend.Result, s *Scores) {
	m.Type, m.Body, m.result = TypeResult, EncodeResultOf(r, s), nil
	if s.open != nil {
		read := *r
		read.Candidates, read.Evidence, read.Floor, read.Degraded = s.open.candidates, s.open.evidence, s.open.floor, s.degraded
		m.result = &read
	}
}

// Result returns the result that the message brings, which nobody may change. An error says what is wrong with the message.
func (m *Message) Result() (*recommend.Result, error) {
	if m.result != nil {
		return m.result, nil
	}
	if !IsResult(m.Type) {
		return nil, fmt.Errorf("a message of type %.60q is no %s", m.Type, TypeResult)
	}
	return DecodeResult(m.Body)
}

// EncodeResultOf returns the body of a TypeResult message with these scores. The result's Candidates, Evidence, Floor and Degraded
// are not looked at.
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

// DecodeResult reads what EncodeResult wrote, in this version's form or the one before. It looks through the evidence, most of which
// is never shown, and reads it from the body when it is asked for: nobody may change the body any more. An error says what is wrong
// with the body.
func DecodeResult(body []byte) (*recommend.Result, error) {
	d := decoder{b: body}
	form2 := d.resultForm2()
	r := d.resultHead()
	if form2 {
		open := d.scores()
		r.Floor, r.Candidates, r.Evidence = open.floor, open.candidates, open.evidence
	} else {
		r.Floor = d.float32()
		r.Candidates, r.Evidence = d.candidates1()
	}
	if d.err != nil {
		return nil, fmt.Errorf("decode result: %w", d.err)
	}
	return r, nil
}

// candidates1 reads candidates as the version before sent them, each with its evidence.
func (d *decoder) candidates1() ([]recommend.Candidate, recommend.Evidences) {
	list := make([]recommend.Candidate, d.list(6))
	explained := make(recommend.Explained, len(list))
	for i := range list {
		list[i] = recommend.Candidate{Movie: int32(d.uint()), Score: d.float32()}
		explained[i] = d.evidence()
	}
	return list, explained
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
	switch {
	case d.err != nil:
	case r.Status > recommend.StatusRejected:
		d.fail("status %d is unknown", r.Status)
	case !isName(r.Criterion):
		d.fail("%.60q is no name of a criterion", r.Criterion)
	}
	return r
}

// longestName is the most bytes in a criterion's name.
const longestName = 64

// isName reports whether text can be the name of a criterion, of this version or a later one: the ledger takes not every text, and one
// result that it refuses would hold up all that are merged with it.
func isName(text string) bool {
	for _, c := range []byte(text) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return text != "" && len(text) <= longestName
}

// scores reads what PackScores wrote.
func (d *decoder) scores() (o opened) {
	o.floor = d.float32()
	o.candidates = d.candidates()
	o.evidence = d.evidences(len(o.candidates))
	return o
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

// evidences looks through the evidence of so many candidates at the most.
func (d *decoder) evidences(candidates int) recommend.Evidences {
	explained := d.list(1)
	if explained == 0 {
		return nil
	}
	if explained > candidates {
		d.fail("%d of %d candidates have evidence", explained, candidates)
		return nil
	}
	e := &evidences{body: d.b, starts: make([]int32, explained)}
	for i := range e.starts {
		e.starts[i] = int32(len(e.body) - len(d.b))
		n := d.list(3)
		if n > mostPieces {
			d.fail("a candidate has %d pieces of evidence", n)
			return nil
		}
		for range n {
			d.piece()
		}
	}
	return e
}

// evidences is evidence that has been looked through, in the body of its result.
type evidences struct {
	body   []byte
	starts []int32 // of each candidate's
}

// AppendOf implements recommend.Evidences.
func (e *evidences) AppendOf(list []recommend.Evidence, i int) []recommend.Evidence {
	if i >= len(e.starts) {
		return list
	}
	d := decoder{b: e.body[e.starts[i]:]}
	for range d.list(3) {
		v, label := d.piece()
		v.Label = string(label)
		list = append(list, v)
	}
	return list
}

// piece takes a piece of evidence, with its label beside it: who only looks through makes no text of it.
func (d *decoder) piece() (v recommend.Evidence, label []byte) {
	movie := d.uint()
	v.Movie, v.Share = int32(movie>>1), d.float16()
	if movie&1 != 0 {
		label = d.take(d.list(1))
		v.Count, v.Of = int32(d.int()), int32(d.int())
	}
	return v, label
}
