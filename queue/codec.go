package queue

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"webflix/recommend"
)

// encoder appends values to b: integers as varints, floats and ids as fixed bytes in little-endian order, strings and
// lists after their length.
type encoder struct{ b []byte }

func (e *encoder) id(id recommend.RequestID) { e.b = append(e.b, id[:]...) }
func (e *encoder) byte(v byte)               { e.b = append(e.b, v) }
func (e *encoder) uint(v uint64)             { e.b = binary.AppendUvarint(e.b, v) }
func (e *encoder) int(v int64)               { e.b = binary.AppendVarint(e.b, v) }
func (e *encoder) float32(v float32) {
	e.b = binary.LittleEndian.AppendUint32(e.b, math.Float32bits(v))
}

// float16 appends the upper half of a float32, rounded: its whole range, and eight bits of precision (bfloat16).
func (e *encoder) float16(v float32) {
	bits := math.Float32bits(v)
	upper := bits >> 16
	if rounded := (bits + 1<<15) >> 16; upper&0x7f80 != 0x7f80 && rounded&0x7f80 != 0x7f80 {
		upper = rounded // to no infinity, and nothing from one
	}
	e.b = append(e.b, byte(upper), byte(upper>>8))
}

func (e *encoder) float64(v float64) {
	e.b = binary.LittleEndian.AppendUint64(e.b, math.Float64bits(v))
}

func (e *encoder) bool(v bool) {
	if v {
		e.byte(1)
	} else {
		e.byte(0)
	}
}

func (e *encoder) str(s string) {
	e.uint(uint64(len(s)))
	e.b = append(e.b, s...)
}

func (e *encoder) strs(list []string) {
	e.uint(uint64(len(list)))
	for _, s := range list {
		e.str(s)
	}
}

// time travels in microseconds, which is what Postgres keeps; the zero time is 0.
func (e *encoder) time(t time.Time) {
	if t.IsZero() {
		e.int(0)
		return
	}
	e.int(t.UnixMicro())
}

func (e *encoder) evidence(list []recommend.Evidence) {
	e.uint(uint64(len(list)))
	for i := range list {
		v := &list[i]
		e.uint(uint64(uint32(v.Movie)))
		e.str(v.Label)
		e.float32(v.Share)
		e.int(int64(v.Count))
		e.int(int64(v.Of))
	}
}

// decoder takes values off b. After the first error it returns zero values, and err says what was wrong.
type decoder struct {
	b   []byte
	err error

	pieces []recommend.Evidence // memory for evidence that is still to come
	labels [8]string            // the last ones, more than a request has criteria
	label  int                  // the oldest of them
}

func (d *decoder) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf(format, args...)
	}
	d.b = nil
}

// take returns the next n bytes, or nil when there are fewer.
func (d *decoder) take(n int) []byte {
	if n < 0 || n > len(d.b) {
		d.fail("the message ends %d bytes too soon", n-len(d.b))
		return nil
	}
	b := d.b[:n]
	d.b = d.b[n:]
	return b
}

func (d *decoder) id() (id recommend.RequestID) {
	copy(id[:], d.take(len(id)))
	return id
}

func (d *decoder) byte() byte {
	if b := d.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (d *decoder) bool() bool { return d.byte() != 0 }

func (d *decoder) uint() uint64 {
	switch { // most have one or two bytes
	case len(d.b) > 0 && d.b[0] < 0x80:
		v := uint64(d.b[0])
		d.b = d.b[1:]
		return v
	case len(d.b) > 1 && d.b[1] < 0x80:
		v := uint64(d.b[0]&0x7f) | uint64(d.b[1])<<7
		d.b = d.b[2:]
		return v
	}
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.fail("the message ends inside a number, or the number is too large")
		return 0
	}
	d.b = d.b[n:]
	return v
}

// int takes a signed number: 0, -1, 1, -2, ... in the order of those without a sign.
func (d *decoder) int() int64 {
	v := d.uint()
	return int64(v>>1) ^ -int64(v&1)
}

func (d *decoder) float32() float32 {
	if b := d.take(4); b != nil {
		bits := binary.LittleEndian.Uint32(b)
		if bits&0x7f800000 == 0x7f800000 {
			d.finite(float64(math.Float32frombits(bits)))
			return 0
		}
		return math.Float32frombits(bits)
	}
	return 0
}

func (d *decoder) float16() float32 {
	b := d.take(2)
	if b == nil {
		return 0
	}
	bits := uint32(b[0])<<16 | uint32(b[1])<<24
	if bits&0x7f800000 == 0x7f800000 {
		d.finite(float64(math.Float32frombits(bits)))
		return 0
	}
	return math.Float32frombits(bits)
}

func (d *decoder) float64() float64 {
	if b := d.take(8); b != nil {
		return d.finite(math.Float64frombits(binary.LittleEndian.Uint64(b)))
	}
	return 0
}

// finite refuses what no score is, and what would make every sum with it meaningless.
func (d *decoder) finite(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		d.fail("a number is %v", v)
		return 0
	}
	return v
}

func (d *decoder) time() time.Time {
	if us := d.int(); us != 0 {
		return time.UnixMicro(us)
	}
	return time.Time{}
}

// list reads a list's length and refuses one that the rest of the message cannot hold, at least size bytes an element.
func (d *decoder) list(size int) int {
	n := d.uint()
	if n > maxList || int(n)*size > len(d.b) {
		d.fail("a list of %d elements does not fit the message", n)
		return 0
	}
	return int(n)
}

func (d *decoder) str() string { return string(d.take(d.list(1))) }

func (d *decoder) strs() []string {
	n := d.list(1)
	if n == 0 {
		return nil
	}
	list := make([]string, n)
	for i := range list {
		list[i] = d.str()
	}
	return list
}

// A message has hundreds of pieces of evidence, and few labels: memory is taken for many at a time.
const pieceChunk = 256

func (d *decoder) evidence() []recommend.Evidence {
	n := d.list(8)
	if n == 0 {
		return nil
	}
	if n > len(d.pieces) {
		d.pieces = make([]recommend.Evidence, max(n, min(pieceChunk, len(d.b)/8)))
	}
	list := d.pieces[:n:n]
	d.pieces = d.pieces[n:]
	for i := range list {
		e := &list[i]
		e.Movie, e.Label, e.Share, e.Count, e.Of = int32(d.uint()), d.known(), d.float32(), int32(d.int()), int32(d.int())
	}
	return list
}

// known returns a text, the same in memory as one of the last ones if it is the same.
func (d *decoder) known() string {
	raw := d.take(d.list(1))
	if len(raw) == 0 {
		return ""
	}
	for i := range d.labels {
		if d.labels[i] == string(raw) {
			return d.labels[i]
		}
	}
	d.labels[d.label] = string(raw)
	d.label = (d.label + 1) % len(d.labels)
	return d.labels[(d.label+len(d.labels)-1)%len(d.labels)]
}
