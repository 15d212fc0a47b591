package model

import "webflix/recommend"

// User is a person who watches films.
type User struct {
	recommend.User
}

// ID returns the global id.
func (u User) ID() string { return UserID(u.User.ID) }
