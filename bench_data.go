package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"webflix/db/grouplens"
	"webflix/recommend"
)

// benchDataCommand returns the command that writes the data of webflix bench train down, for all that reads a database.
func benchDataCommand(getenv func(string) string) *cobra.Command {
	o := &trainingOptions{}
	var size string
	cmd := storelessCommand(getenv, "data FILE.zip", "Write invented data as a zip that webflix import takes", func(_ context.Context, p *process) error {
		o.ratings = []string{size}
		sizes, err := o.sizes()
		if err != nil {
			return err
		}
		data := recommend.Generate(o.world(sizes[0]))
		name := strings.TrimSuffix(filepath.Base(p.args[0]), ".zip")
		if err := writeFile(p.args[0], func(w io.Writer) error { return grouplens.Write(w, name, data) }); err != nil {
			return err
		}
		fmt.Fprintf(p.out, "%s: %d films, %d people, %d ratings\n", p.args[0], len(data.Movies), o.people, len(data.Ratings))
		return nil
	}, (*Config).logFlags, func(_ *Config, f *pflag.FlagSet) {
		o.worldFlags(f)
		f.StringVar(&size, "ratings", "25M", "about so many ratings")
	})
	cmd.Args = func(_ *cobra.Command, args []string) error {
		if len(args) != 1 || !strings.HasSuffix(args[0], ".zip") {
			return usagef("bench data takes one path, of the zip to write")
		}
		return nil
	}
	cmd.Long = `Data invents films, people and ratings as webflix bench train does, so that import, training from the database and
serving can be tried on data of any size.`
	cmd.Example = `  webflix bench data invented-25m.zip --ratings 25M
  webflix import --no-train invented-25m.zip`
	return cmd
}
