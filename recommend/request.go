package recommend

import (
	"database/sql/driver"
	"encoding/hex"
	"fmt"
	"time"
)

// RequestID is the correlation id that every message of a request carries: a UUID of version 7, so that ids sort by time
// and the ledger can be partitioned by them.
type RequestID [16]byte

// String returns the usual form with hyphens.
func (id RequestID) String() string {
	var b [36]byte
	hex.Encode(b[:8], id[:4])
	hex.Encode(b[9:13], id[4:6])
	hex.Encode(b[14:18], id[6:8])
	hex.Encode(b[19:23], id[8:10])
	hex.Encode(b[24:], id[10:])
	b[8], b[13], b[18], b[23] = '-', '-', '-', '-'
	return string(b[:])
}

// ParseRequestID reads the form that String writes.
func ParseRequestID(s string) (RequestID, error) {
	var id RequestID
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return RequestID{}, fmt.Errorf("request id %.40q is not a UUID", s)
	}
	plain := s[:8] + s[9:13] + s[14:18] + s[19:23] + s[24:]
	if _, err := hex.Decode(id[:], []byte(plain)); err != nil {
		return RequestID{}, fmt.Errorf("request id %.40q is not a UUID", s)
	}
	return id, nil
}

// Time returns the moment in the id, to the millisecond: when the database accepted the request.
func (id RequestID) Time() time.Time {
	ms := int64(id[0])<<40 | int64(id[1])<<32 | int64(id[2])<<24 | int64(id[3])<<16 | int64(id[4])<<8 | int64(id[5])
	return time.UnixMilli(ms)
}

// Scan reads the id from a database's column.
func (id *RequestID) Scan(src any) (err error) {
	switch v := src.(type) {
	case []byte:
		*id, err = ParseRequestID(string(v))
	case string:
		*id, err = ParseRequestID(v)
	default:
		err = fmt.Errorf("cannot read a request id from a %T", src)
	}
	return err
}

// Value writes the id to a database's column.
func (id RequestID) Value() (driver.Value, error) { return id.String(), nil }

// Bounds of what a request may ask for.
const (
	DefaultFirst    = 20
	MaxFirst        = 100
	DefaultDeadline = time.Second
	MinDeadline     = 50 * time.Millisecond
	MaxDeadline     = 10 * time.Second
)

// Spec is what a request asks for, apart from whose films they are. It is stored with the request as it was accepted.
type Spec struct {
	First        int           `json:"first"`                 // films in the ranking, 1 to MaxFirst
	Filter       Filter        `json:"filter"`                // what may be ranked
	Blend        Blend         `json:"blend"`                 // the criteria to ask, and their weights
	Learned      bool          `json:"learned,omitempty"`     // the blend is the model's, not the client's: it is suited to the person
	Deadline     time.Duration `json:"deadline"`              // from acceptance to the final ranking
	MinCoverage  float64       `json:"minCoverage,omitempty"` // per cent; a final below it is answered from the ladder
	AllowPartial bool          `json:"allowPartial"`          // send partial rankings before the final one
	Diversity    float64       `json:"diversity,omitempty"`   // 0: by score alone; 1: as varied as can be
	Model        int64         `json:"model,omitempty"`       // version of the model that the blend belongs to
}

// Request is one person's wish for a ranking. It is accepted when the ledger has committed it, which gives it ID and
// Deadline, both from the database's clock.
type Request struct {
	ID       RequestID
	User     int64
	Replica  string // the API replica that has the subscriber
	Trace    string // W3C traceparent, "" for none
	Deadline time.Time
	Spec     Spec

	// These are for its acceptance, and not kept.
	Revision int64    // of the Profile that it is asked with; 0: whichever it is; Unread
	Fewest   int      // of who is Unread: films that they must have watched, at least 1
	Profile  *Profile // of who is Unread: what the ledger read when it accepted the request
}

// Unread is the revision of a request by somebody whose profile nobody has read.
const Unread int64 = -1

// Answer is one criterion's result as the ledger keeps it.
type Answer struct {
	Request   RequestID
	Criterion string
	Payload   []byte    // the result message's body; queue.DecodeResult reads it
	Scored    bool      // the payload has scores; false when the criterion failed or the task was rejected
	Late      bool      // it came after the final: counted, never shown
	At        time.Time // when the ledger took it, by the database's clock
}

// ResultHead is how many bytes of a payload tell how its criterion came to it: with the longest names, some 200.
const ResultHead = 512

// Profile is what scoring needs to know of a person.
type Profile struct {
	History []Watch // newest first, at most MaxHistory
	Exclude []int32 // films never to rank: seen ones beyond History, and dismissed ones
	Seen    int     // films in the whole history

	Revision int64 // changes with every change of the above; never 0
}

// Standing is a request as the ledger has it at one moment, with the answers that count for its ranking.
type Standing struct {
	Request
	Sequence int64     // rises with every change
	FinalAt  time.Time // zero while the request is open
	Now      time.Time // when the ledger was read, by the database's clock
	Answers  []Answer  // in no order; late ones are left out
}

// Ranked is a request with its newest update.
type Ranked struct {
	*Standing
	Newest *Update
}

// Final reports whether the request's last ranking is fixed.
func (s *Standing) Final() bool { return !s.FinalAt.IsZero() }
