package queue

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

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

// EncodeTaskOf returns the body of the TypeTask message that asks criteria the same of the same person: each of their queues gets
// it. The task's Criterion, History and Exclude are not looked at.
func EncodeTaskOf(t *recommend.Task, k *Packed, criteria []string) []byte {
	size := 160 + len(k.tail) + len(t.Trace)
	for _, c := range criteria {
		size += binary.MaxVarintLen16 + len(c)
	}
	e := encoder{b: make([]byte, 0, size)}
	e.id(t.Request)
	e.strs(criteria)
	e.int(t.User)
	e.time(t.At)
	e.time(t.Deadline)
	e.time(t.Published)
	e.uint(uint64(k.watches))
	if k.watches > 0 {
		e.uint(uint64(uint32(k.movie)))
		e.int(t.At.Unix() - k.at)
	}
	e.b = append(e.b, k.tail...)
	e.strs(t.Filter.Genres)
	e.strs(t.Filter.WithoutGenres)
	e.int(int64(t.Filter.FromYear))
	e.int(int64(t.Filter.ToYear))
	e.float64(t.Filter.MinRating)
	e.bool(t.Filter.IncludeSeen)
	e.int(int64(t.Limit))
	e.int(t.Model)
	e.str(t.Trace)
	return e.b
}

// EncodeTask returns the body of a TypeTask message to the task's criterion alone.
func EncodeTask(t *recommend.Task) []byte {
	return EncodeTaskOf(t, Pack(&recommend.Profile{History: t.History, Exclude: t.Exclude}), []string{t.Criterion})
}

// Sealed is a task of which only the envelope was read.
type Sealed struct {
	recommend.Task // without History and Exclude

	Asked int // criteria of the request, this one included

	Newest, Oldest int64 // when the newest and the oldest watch of the history were, Unix seconds; 0 without any

	// What scores depend on beside the model, the criterion and the moment: the history, what not to rank, the filter, the limit
	// and the model's version. The same content is the same bytes, whenever it is asked for, and for whomever.
	count, tail []byte

	names   []byte // from the criteria's names on
	history []byte // from the number of watches on
}

// OpenTask reads what was sent to a criterion, in this version's form or the one before, but for the history, which it only looks
// through. An error says what is wrong with the message.
func OpenTask(kind string, body []byte, criterion string) (*Sealed, error) {
	s, err := openTask(kind, body)
	if err != nil {
		return nil, err
	}
	return s.to(criterion)
}

// Task returns the task that the message brings to a criterion, as OpenTask does.
func (m *Message) Task(criterion string) (*Sealed, error) {
	if m.task != nil {
		return m.task.to(criterion)
	}
	return OpenTask(m.Type, m.Body, criterion)
}

// open reads a task once for all the criteria that it goes to in this process. If it cannot be read, they find out.
func (m *Message) open() {
	if m.Type == TypeTask && len(m.Also) > 0 {
		m.task, _ = openTask(m.Type, m.Body)
	}
}

// to returns a task as a criterion is asked it.
func (s *Sealed) to(criterion string) (*Sealed, error) {
	d := decoder{b: s.names}
	for range s.Asked {
		if string(d.take(d.list(1))) == criterion {
			own := *s
			own.Criterion = criterion
			return &own, nil
		}
	}
	return nil, fmt.Errorf("a task that is not asked of %s", criterion)
}

// openTask reads a task of any criterion.
func openTask(kind string, body []byte) (*Sealed, error) {
	d := decoder{b: body}
	s := &Sealed{Task: recommend.Task{Request: d.id()}, Asked: 1}
	switch kind {
	case TypeTask:
		s.Asked = d.list(1)
	case typeTask1:
	default:
		return nil, fmt.Errorf("a message of type %.60q is no %s", kind, TypeTask)
	}
	s.names = d.b
	for range s.Asked {
		d.take(d.list(1))
	}
	s.User, s.At, s.Deadline, s.Published = d.int(), d.time(), d.time(), d.time()
	s.history = d.b
	n := d.list(3)
	at := s.At.Unix()
	for i := range n {
		d.uint()
		if i == 0 {
			s.count = s.history[:len(s.history)-len(d.b)]
		}
		at -= d.int()
		if i == 0 {
			s.Newest, s.tail = at, d.b
		}
		d.byte()
	}
	if n == 0 {
		s.tail = s.history
	} else {
		s.Oldest = at
	}
	for range d.list(1) {
		d.uint()
	}
	s.Filter = recommend.Filter{
		Genres: d.strs(), WithoutGenres: d.strs(), FromYear: int(d.int()), ToYear: int(d.int()),
		MinRating: d.float64(), IncludeSeen: d.bool(),
	}
	s.Limit = int(d.int())
	s.Model = d.int()
	rest := len(d.b)
	s.Trace = d.str()
	if d.err != nil {
		return nil, fmt.Errorf("decode task: %w", d.err)
	}
	s.tail = s.tail[:len(s.tail)-rest]
	return s, nil
}

// Content calls write with all that the scores of one criterion and model depend on, save for the moment.
func (s *Sealed) Content(write func([]byte)) {
	var newest [16]byte // of which length what follows is made clear, too
	binary.LittleEndian.PutUint64(newest[:], uint64(s.Newest))
	binary.LittleEndian.PutUint64(newest[8:], uint64(len(s.count)))
	write(newest[:])
	write(s.count)
	write(s.tail)
}

// Unseal returns the whole task.
func (s *Sealed) Unseal() *recommend.Task {
	t, d := s.Task, decoder{b: s.history} // OpenTask found no fault with it
	t.History = make([]recommend.Watch, d.list(3))
	at := t.At.Unix()
	for i := range t.History {
		movie := int32(d.uint())
		at -= d.int()
		t.History[i] = recommend.Watch{Movie: movie, At: time.Unix(at, 0), Rating: float32(d.byte()) / ratingSteps}
	}
	t.Exclude = make([]int32, d.list(1))
	var last int32
	for i := range t.Exclude {
		last += int32(d.uint())
		t.Exclude[i] = last
	}
	return &t
}

// DecodeTask reads what EncodeTask wrote. An error says what is wrong with the body.
func DecodeTask(body []byte, criterion string) (*recommend.Task, error) {
	s, err := OpenTask(TypeTask, body, criterion)
	if err != nil {
		return nil, err
	}
	return s.Unseal(), nil
}
