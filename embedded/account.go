package embedded

import (
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
)

// account is the user whom PostgreSQL's processes run as. The zero value is whoever we are.
type account struct {
	name     string
	uid, gid uint32
	drop     bool // we are root and become that user
}

// chooseAccount decides whom the server runs as. It must be able to read the data that there is (major 0: none yet), must not be
// root, and must be in the user database, because initdb looks its own name up.
func chooseAccount(s store, major int) (account, error) {
	if os.Geteuid() != 0 {
		return account{}, nil
	}
	owner, err := s.owner(major)
	if err != nil {
		return account{}, err
	}
	as, err := rootsAccount(owner)
	if err != nil {
		return account{}, err
	}
	return as, as.reach(s.dir)
}

// rootsAccount is the account to become when we are root.
func rootsAccount(owner int) (account, error) {
	names := []string{"postgres", "nobody"}
	if owner == 0 {
		return account{}, fmt.Errorf("the data belongs to root, and PostgreSQL does not run as root: give it to another user with chown -R")
	}
	if owner > 0 {
		u, err := user.LookupId(strconv.Itoa(owner))
		if err != nil {
			return account{}, fmt.Errorf("the data belongs to the user id %d, which has no name here: %w", owner, err)
		}
		names = []string{u.Username}
	}
	for _, name := range names {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err1 != nil || err2 != nil || uid == 0 {
			continue
		}
		return account{name: name, uid: uint32(uid), gid: uint32(gid), drop: true}, nil
	}
	return account{}, fmt.Errorf("PostgreSQL does not run as root, and there is no user %v to run it as: start as an ordinary user", names)
}

// reach checks that the account may enter every folder down to dir.
func (a account) reach(dir string) error {
	if !a.drop {
		return nil
	}
	for at := dir; ; at = filepath.Dir(at) {
		info, err := os.Stat(at)
		if err != nil {
			return err
		}
		if !a.mayEnter(info) {
			return fmt.Errorf("as root PostgreSQL runs as the user %s, who may not enter %s (mode %#o): choose a data folder elsewhere, or start as an ordinary user",
				a.name, at, info.Mode().Perm())
		}
		if at == filepath.Dir(at) {
			return nil
		}
	}
}

func (a account) mayEnter(info fs.FileInfo) bool {
	uid, gid := ownerOf(info)
	switch perm := info.Mode().Perm(); {
	case uid == int(a.uid):
		return perm&0o100 != 0
	case gid == int(a.gid):
		return perm&0o010 != 0
	default:
		return perm&0o001 != 0
	}
}

// own gives a file or folder to the account.
func (a account) own(path string) error {
	if !a.drop {
		return nil
	}
	return os.Lchown(path, int(a.uid), int(a.gid))
}

func userName(uid int) string {
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return u.Username
	}
	return strconv.Itoa(uid)
}
