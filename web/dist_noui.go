//go:build noui

package web

import (
	"embed"
	"io/fs"
)

//go:embed noui
var noui embed.FS

// embedded returns a page that says that this binary was built without the app.
func embedded() fs.FS {
	app, err := fs.Sub(noui, "noui")
	if err != nil {
		panic(err) // cannot happen: the name is valid
	}
	return app
}
