package recommend

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
)

// A part begins with partMagic, its name and its layout's version, and ends with a CRC-32C of all that is before it.
const (
	partMagic   = "WFP1"
	partTrailer = 4
)

// ErrCorrupt is the error of a model's part that is damaged, cut short, or of another version or criterion than it should be.
var ErrCorrupt = errors.New("the model's part is damaged or of another version")

// partWriter builds a part. Numbers are little-endian, lists are preceded by their length.
type partWriter struct{ b []byte }

func newPart(name string, version uint16) *partWriter {
	w := &partWriter{b: []byte(partMagic)}
	w.text(name)
	w.b = binary.LittleEndian.AppendUint16(w.b, version)
	return w
}

// seal appends the checksum and returns the part.
func (w *partWriter) seal() []byte {
	return binary.LittleEndian.AppendUint32(w.b, crc32.Checksum(w.b, castagnoli()))
}

func (w *partWriter) count(n int) { w.b = binary.AppendUvarint(w.b, uint64(n)) }

func (w *partWriter) text(s string) {
	w.count(len(s))
	w.b = append(w.b, s...)
}

func (w *partWriter) int64(v int64)     { w.b = binary.LittleEndian.AppendUint64(w.b, uint64(v)) }
func (w *partWriter) uint64(v uint64)   { w.b = binary.LittleEndian.AppendUint64(w.b, v) }
func (w *partWriter) float64(v float64) { w.uint64(math.Float64bits(v)) }

func (w *partWriter) texts(s []string) {
	w.count(len(s))
	for _, v := range s {
		w.text(v)
	}
}

func (w *partWriter) uint64s(s []uint64) {
	w.count(len(s))
	for _, v := range s {
		w.uint64(v)
	}
}

func (w *partWriter) int32s(s []int32) {
	w.count(len(s))
	for _, v := range s {
		w.b = binary.LittleEndian.AppendUint32(w.b, uint32(v))
	}
}

func (w *partWriter) uint16s(s []uint16) {
	w.count(len(s))
	for _, v := range s {
		w.b = binary.LittleEndian.AppendUint16(w.b, v)
	}
}

func (w *partWriter) float32s(s []float32) {
	w.count(len(s))
	for _, v := range s {
		w.b = binary.LittleEndian.AppendUint32(w.b, math.Float32bits(v))
	}
}

// partReader reads what partWriter wrote. After the first error every read returns nothing; done returns that error.
type partReader struct {
	b   []byte
	err error
}

// openPart checks a part's frame and returns a reader of what is inside.
func openPart(part []byte, name string, version uint16) (*partReader, error) {
	body := len(part) - partTrailer
	if body < len(partMagic) || string(part[:len(partMagic)]) != partMagic {
		return nil, fmt.Errorf("open part %s: not a model's part: %w", name, ErrCorrupt)
	}
	if crc32.Checksum(part[:body], castagnoli()) != binary.LittleEndian.Uint32(part[body:]) {
		return nil, fmt.Errorf("open part %s: the checksum is wrong: %w", name, ErrCorrupt)
	}
	r := &partReader{b: part[len(partMagic):body]}
	if got := r.text(); got != name {
		return nil, fmt.Errorf("open part %s: it is part %.40q: %w", name, got, ErrCorrupt)
	}
	if raw := r.take(2); raw != nil && binary.LittleEndian.Uint16(raw) != version {
		return nil, fmt.Errorf("open part %s: layout %d, want %d: %w", name, binary.LittleEndian.Uint16(raw), version, ErrCorrupt)
	}
	return r, r.err
}

// done returns the first error, and an error when something is left.
func (r *partReader) done() error {
	if r.err == nil && len(r.b) > 0 {
		r.fail()
	}
	return r.err
}

func (r *partReader) fail() {
	r.b = nil
	if r.err == nil {
		r.err = fmt.Errorf("read part: %w", ErrCorrupt)
	}
}

// want turns a condition that does not hold into an error.
func (r *partReader) want(holds bool) {
	if !holds {
		r.fail()
	}
}

func (r *partReader) take(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.fail()
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

// count reads a length of elements that take at least size bytes each, so that a damaged one cannot make us allocate more
// than the part is long.
func (r *partReader) count(size int) int {
	n, used := binary.Uvarint(r.b)
	if used <= 0 || n > uint64(len(r.b)/max(size, 1)) {
		r.fail()
		return 0
	}
	r.b = r.b[used:]
	return int(n)
}

func (r *partReader) text() string { return string(r.take(r.count(1))) }

func (r *partReader) uint64() uint64 {
	if raw := r.take(8); raw != nil {
		return binary.LittleEndian.Uint64(raw)
	}
	return 0
}

func (r *partReader) int64() int64     { return int64(r.uint64()) }
func (r *partReader) float64() float64 { return math.Float64frombits(r.uint64()) }

func (r *partReader) texts() []string {
	out := make([]string, r.count(1))
	for i := range out {
		out[i] = r.text()
	}
	return out
}

func (r *partReader) uint64s() []uint64 {
	raw := r.take(8 * r.count(8))
	out := make([]uint64, len(raw)/8)
	for i := range out {
		out[i] = binary.LittleEndian.Uint64(raw[8*i:])
	}
	return out
}

func (r *partReader) int32s() []int32 {
	raw := r.take(4 * r.count(4))
	out := make([]int32, len(raw)/4)
	for i := range out {
		out[i] = int32(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return out
}

func (r *partReader) uint16s() []uint16 {
	raw := r.take(2 * r.count(2))
	out := make([]uint16, len(raw)/2)
	for i := range out {
		out[i] = binary.LittleEndian.Uint16(raw[2*i:])
	}
	return out
}

func (r *partReader) float32s() []float32 {
	raw := r.take(4 * r.count(4))
	out := make([]float32, len(raw)/4)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return out
}

// castagnoli returns the table of CRC-32C, which crc32 keeps and the processor computes.
func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }
