// Package model holds the types of the GraphQL schema as Go values: thin views of the core's types, written here, and the
// inputs, connections and payloads that gqlgen generates.
package model

import (
	"encoding/json"
	"io"
	"math"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"webflix/recommend"
)

const timeLayout = "2006-01-02T15:04:05.000Z07:00"

// MarshalTime writes a moment as the scalar Time.
func MarshalTime(t time.Time) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		b := make([]byte, 0, len(timeLayout)+2)
		b = append(b, '"')
		b = t.UTC().AppendFormat(b, timeLayout)
		_, _ = w.Write(append(b, '"'))
	})
}

// UnmarshalTime reads the scalar Time.
func UnmarshalTime(v any) (time.Time, error) {
	s, ok := v.(string)
	if !ok {
		return time.Time{}, &recommend.InvalidError{Reason: "a time is a string such as 2026-01-31T18:00:00Z"}
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}, &recommend.InvalidError{Reason: "a time is written like 2026-01-31T18:00:00Z"}
	}
	return t, nil
}

// MarshalInt writes a number as the scalar Int.
func MarshalInt(i int) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		var b [20]byte
		_, _ = w.Write(strconv.AppendInt(b[:0], int64(i), 10))
	})
}

// UnmarshalInt reads the scalar Int, which has 32 bits.
func UnmarshalInt(v any) (int, error) {
	var i int64
	var err error
	switch v := v.(type) {
	case json.Number:
		i, err = strconv.ParseInt(string(v), 10, 32)
	case int64:
		i = v
	case int:
		i = int64(v)
	case float64:
		i = int64(v)
		if float64(i) != v {
			err = strconv.ErrSyntax
		}
	default:
		err = strconv.ErrSyntax
	}
	if err != nil || i > math.MaxInt32 || i < math.MinInt32 {
		return 0, &recommend.InvalidError{Reason: "an Int is a whole number of 32 bits"}
	}
	return int(i), nil
}
