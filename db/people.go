package db

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/lib/pq"

	"webflix/recommend"
)

// Users returns the people with these ids, in no order, without those that there are not.
func (db *DB) Users(ctx context.Context, ids []int64) ([]recommend.User, error) {
	var users []recommend.User
	if err := db.SelectContext(ctx, &users, `SELECT id, name FROM users WHERE id = ANY ($1)`, pq.Array(ids)); err != nil {
		return nil, fmt.Errorf("read %d people: %w", len(ids), err)
	}
	return users, nil
}

// FindUsers returns a page of people, by id.
func (db *DB) FindUsers(ctx context.Context, q recommend.UserQuery) (recommend.UserPage, error) {
	text := strings.TrimSpace(q.Text)
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		id = -1
	}
	var rows []struct {
		ID    int64
		Name  string
		Total int
	}
	err = db.SelectContext(ctx, &rows, `
		SELECT id, name, count(*) OVER () AS total FROM users
		WHERE $1 = '' OR name ILIKE '%' || $1 || '%' OR id = $2
		ORDER BY id OFFSET $3 LIMIT $4`, likePattern(text), id, q.Offset, q.Limit+1)
	if err != nil {
		return recommend.UserPage{}, fmt.Errorf("find people: %w", err)
	}
	page := recommend.UserPage{More: len(rows) > q.Limit}
	for _, r := range rows[:min(len(rows), q.Limit)] {
		page.Users = append(page.Users, recommend.User{ID: r.ID, Name: r.Name})
		page.Total = r.Total
	}
	return page, nil
}

// firstLocalUser is the lowest id of the people who are made here: above those of any data set.
const firstLocalUser = 100_000_000

// CreateUser makes a new person, who has no history.
func (db *DB) CreateUser(ctx context.Context, name string) (recommend.User, error) {
	user := recommend.User{Name: name}
	err := db.GetContext(ctx, &user.ID, `
		INSERT INTO users (id, name, dataset)
		VALUES ($1 + nextval('local_users'), $2, 'local') RETURNING id`, firstLocalUser, name)
	if err != nil {
		return recommend.User{}, fmt.Errorf("make a new person: %w", err)
	}
	return user, nil
}
