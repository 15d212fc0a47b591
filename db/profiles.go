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
	rows, err := db.keptQuery(ctx, `
		SELECT u.id, u.revision,
		       (SELECT string_agg(int4send(w.movie_id) || timestamptz_send(w.watched_at) || float4send(coalesce(w.rating, 0)), ''
		                          ORDER BY w.watched_at DESC, w.movie_id)
		        FROM watches w WHERE w.user_id = u.id),
		       (SELECT string_agg(int4send(d.movie_id), '' ORDER BY d.dismissed_at DESC, d.movie_id)
		        FROM dismissals d WHERE d.user_id = u.id)
		FROM users u WHERE u.id = ANY ($1)`, pq.Array(users))
	if err != nil {
		return nil, fmt.Errorf("read the history of %d people: %w", len(users), err)
	}
	defer func() { _ = rows.Close() }() // rows.Err says what went wrong
	profiles := make(map[int64]*recommend.Profile, len(users))
	for rows.Next() {
		var (
			user               int64
			p                  recommend.Profile
			watches, dismissed []byte
		)
		if err := rows.Scan(&user, &p.Revision, &watches, &dismissed); err != nil {
			return nil, fmt.Errorf("read a history: %w", err)
		}
		readProfile(&p, watches, dismissed)
		profiles[user] = &p
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

// readProfile reads what Profiles asks for, newest first.
func readProfile(p *recommend.Profile, watches, dismissed []byte) {
	p.Seen = len(watches) / watchBytes
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
}
