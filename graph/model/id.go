package model

import (
	"strconv"
	"strings"

	"webflix/recommend"
)

// Kinds of global ids: what stands before the colon.
const (
	KindMovie   = "movie"
	KindUser    = "user"
	KindRequest = "request"
	KindGenre   = "genre"
	KindModel   = "model"
)

// SplitID returns what a global id speaks of: its kind, and the rest. The kind is "" when there is none.
func SplitID(id string) (kind, rest string) {
	kind, rest, ok := strings.Cut(id, ":")
	if !ok {
		return "", id
	}
	return kind, rest
}

// MovieID writes a film's global id.
func MovieID(id int32) string { return KindMovie + ":" + strconv.Itoa(int(id)) }

// UserID writes a person's global id.
func UserID(id int64) string { return KindUser + ":" + strconv.FormatInt(id, 10) }

// RequestID writes a request's global id.
func RequestID(id recommend.RequestID) string { return KindRequest + ":" + id.String() }

// ParseMovieID reads a film's global id. The error is a *recommend.InvalidError with the path.
func ParseMovieID(id string, path ...string) (int32, error) {
	n, err := parseNumber(id, KindMovie, 32, path)
	return int32(n), err //nolint:gosec // parseNumber keeps to 32 bits
}

// ParseUserID reads a person's global id. The error is a *recommend.InvalidError with the path.
func ParseUserID(id string, path ...string) (int64, error) {
	return parseNumber(id, KindUser, 64, path)
}

// ParseRequestID reads a request's global id. The error is a *recommend.InvalidError with the path.
func ParseRequestID(id string, path ...string) (recommend.RequestID, error) {
	kind, rest := SplitID(id)
	parsed, err := recommend.ParseRequestID(rest)
	if kind != KindRequest || err != nil {
		return recommend.RequestID{}, wrongID(KindRequest, path)
	}
	return parsed, nil
}

func parseNumber(id, kind string, bits int, path []string) (int64, error) {
	k, rest := SplitID(id)
	n, err := strconv.ParseInt(rest, 10, bits)
	if k != kind || err != nil || n <= 0 || rest[0] == '+' || rest[0] == '0' {
		return 0, wrongID(kind, path)
	}
	return n, nil
}

func wrongID(kind string, path []string) error {
	like := map[string]string{KindMovie: "movie:541", KindUser: "user:7", KindRequest: "request:0190c42e-7f35-7a6e-9d0c-5b6c2f3c8a11"}
	return &recommend.InvalidError{Path: path, Reason: "must be a global id such as " + like[kind]}
}
