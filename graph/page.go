package graph

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"webflix/graph/model"
	"webflix/recommend"
)

// Caps of the lists of the schema. The descriptions in the schema say them; Limits.First may be lower.
const (
	maxMovies  = 100
	maxUsers   = 100
	maxHistory = 500
	maxSimilar = 50
	maxNodes   = 100
	maxWatches = 1000
	maxOffset  = 1_000_000
)

// count checks how many elements a field asks for.
func (r *Resolver) count(first *int, most int) (int, error) {
	most = min(most, r.mostFirst)
	if first == nil || *first < 0 || *first > most {
		return 0, &recommend.InvalidError{Path: []string{"first"}, Reason: fmt.Sprintf("must be from 0 to %d", most)}
	}
	return *first, nil
}

// Cursors are opaque to clients: today they hold a place in the list.
const cursorPrefix = "at:"

func cursorAt(offset int) string {
	return base64.RawURLEncoding.EncodeToString([]byte(cursorPrefix + strconv.Itoa(offset)))
}

// behind returns the place in the list behind a cursor, 0 without a cursor.
func behind(after *string) (int, error) {
	if after == nil {
		return 0, nil
	}
	wrong := &recommend.InvalidError{Path: []string{"after"}, Reason: "must be a cursor that this list gave"}
	plain, err := base64.RawURLEncoding.DecodeString(*after)
	if err != nil {
		return 0, wrong
	}
	place, ok := strings.CutPrefix(string(plain), cursorPrefix)
	at, err := strconv.Atoi(place)
	if !ok || err != nil || at < 0 || at >= maxOffset {
		return 0, wrong
	}
	return at + 1, nil
}

// page checks the arguments of a connection and returns where its page starts and how long it is.
func (r *Resolver) page(first *int, after *string, most int) (offset, limit int, err error) {
	if limit, err = r.count(first, most); err != nil {
		return 0, 0, err
	}
	offset, err = behind(after)
	return offset, limit, err
}

// standing says where a page stands: n elements from offset on.
func standing(offset, n int, more bool) model.PageInfo {
	info := model.PageInfo{HasNextPage: more, HasPreviousPage: offset > 0}
	if n > 0 {
		start, end := cursorAt(offset), cursorAt(offset+n-1)
		info.StartCursor, info.EndCursor = &start, &end
	}
	return info
}
