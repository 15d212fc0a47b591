//go:build !noui

package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// embedded returns the app as it was built into the binary.
func embedded() fs.FS {
	app, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // cannot happen: the name is valid
	}
	return app
}
