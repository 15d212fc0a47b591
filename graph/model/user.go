package model

import "webflix/recommend"

// User is a person who watches films.
type User struct {
	recommend.User
	Among []int64 // the people of the list that this one was read with, so that what hangs on them is read at once
}

// ID returns the global id.
func (u User) ID() string { return UserID(u.User.ID) }
