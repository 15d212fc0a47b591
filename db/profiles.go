package db

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"github.com/lib/pq"

	"webflix/recommend"
)

// Profiles reads what scoring needs to know of people, all in one query. People that there are not are left out. Each person's
// watches come in one piece: a row for each, with its time in words, cost PostgreSQL and us several times as much.
func (db *DB) Profiles(ctx context.Context, users []int64) (map[int64]*recommend.Profile, error) {
	rows, err := db.keptQuery(ctx, `SELECT user_id, revision, watched, dismissed FROM profiles($1::bigint[])`, pq.Array(users))
	if err != nil {
		return nil, fmt.Errorf("read the history of %d people: %w", len(users), err)
	}
	defer func() { _ = rows.Close() }() // rows.Err says what went wrong
	profiles := make(map[int64]*recommend.Profile, len(users))
	for rows.Next() {
		var (
			user               int64
			revision           int64
			watches, dismissed []byte
		)
		if err := rows.Scan(&user, &revision, &watches, &dismissed); err != nil {
			return nil, fmt.Errorf("read a history: %w", err)
		}
		profiles[user] = readProfile(revision, watches, dismissed)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the history of %d people: %w", len(users), err)
	}
	return profiles, nil
}

// The bytes of a watch as Profiles reads it: the film, microseconds from 2000 on, the rating or 0.
const watchBytes = 4 + 8 + 4

// epoch is when PostgreSQL's times count from.
func epoch() time.Time { return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) }

// readProfile makes a profile of what the function profiles returns, newest first.
func readProfile(revision int64, watches, dismissed []byte) *recommend.Profile {
	p := &recommend.Profile{Revision: revision, Seen: len(watches) / watchBytes}
	p.History = make([]recommend.Watch, 0, min(p.Seen, recommend.MaxHistory))
	from := epoch().UnixMicro()
	for ; len(watches) >= watchBytes; watches = watches[watchBytes:] {
		movie := int32(binary.BigEndian.Uint32(watches))
		if len(p.History) == recommend.MaxHistory {
			p.Exclude = append(p.Exclude, movie)
			continue
		}
		p.History = append(p.History, recommend.Watch{
			Movie: movie, At: time.UnixMicro(from + int64(binary.BigEndian.Uint64(watches[4:]))),
			Rating: math.Float32frombits(binary.BigEndian.Uint32(watches[12:])),
		})
	}
	for ; len(dismissed) >= 4; dismissed = dismissed[4:] {
		p.Exclude = append(p.Exclude, int32(binary.BigEndian.Uint32(dismissed)))
	}
	return p
}
