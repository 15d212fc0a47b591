// Command trim makes the code that gqlgen has generated cheaper to run, without changing what it answers:
//
//   - The elements of a list are resolved one after another. gqlgen starts a goroutine for each, to let them wait for their
//     reads together; ours wait for nothing, since what they need was read for the whole list.
//   - A field that is read from a Go value, with no argument, resolver or directive, is written at once. gqlgen goes through
//     closures for it that only field middleware needs, and for a leaf makes a context that only errors would look at: we
//     have no such middleware, and such a leaf has no errors.
//   - An object gets what deferred fields need when it has some, and is written without a map of its fields.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

func main() {
	if err := run("generated"); err != nil {
		fmt.Fprintln(os.Stderr, "trim:", err)
		os.Exit(1) //nolint:forbidigo // a main of its own
	}
}

func run(dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, "*.generated.go"))
	if err != nil {
		return fmt.Errorf("list the generated files: %w", err)
	}
	sources := make(map[string]string, len(files))
	var all strings.Builder
	for _, file := range files {
		code, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("read generated code: %w", err)
		}
		sources[file] = string(code)
		all.Write(code)
	}
	plain := plainFields(all.String())
	var lists, written, objects int
	for file, code := range sources {
		lists += strings.Count(code, concurrent)
		code = strings.ReplaceAll(code, concurrent, "marshalList(")
		code, n := writePlainly(code, plain)
		written += n
		objects += strings.Count(code, finished)
		code = strings.ReplaceAll(code, finished, "\n\treturn object{fields, out.Values}\n}\n")
		code = strings.ReplaceAll(code, "graphql.NewDeferredGroup(ctx)", "deferredGroup(ctx, fields)")
		if err := os.WriteFile(file, []byte(code), 0o600); err != nil {
			return fmt.Errorf("write generated code: %w", err)
		}
	}
	if lists == 0 || written == 0 || objects == 0 {
		return errors.New("there is nothing to trim: gqlgen's templates have changed, or it has not run before")
	}
	return nil
}

const (
	concurrent = "graphql.MarshalSliceConcurrently("
	finished   = "\n\treturn out\n}\n" // the end of an object's function
)

// plainFields returns the fields without arguments, as Type_field, and whether each is a scalar or an enum.
func plainFields(code string) map[string]bool {
	scalar := regexp.MustCompile(`\) fieldContext_(\w+)\(_ context\.Context[^\n]*\n(\treturn graphql\.NewScalarFieldContext\()?`)
	plain := make(map[string]bool)
	for _, m := range scalar.FindAllStringSubmatch(code, -1) {
		plain[m[1]] = m[2] != ""
	}
	return plain
}

// writePlainly makes the resolving functions of plain fields write the value at once, and says how many there were.
func writePlainly(code string, plain map[string]bool) (trimmed string, n int) {
	function := regexp.MustCompile(`(\nfunc \(ec \*executionContext\) _(\w+)\(ctx context\.Context, field graphql\.CollectedField, obj \*?[\w.]+\) \(ret graphql\.Marshaler\) \{\n)` +
		`\treturn graphql\.ResolveField\(\n\t\tctx,\n\t\tec\.OperationContext,\n\t\tfield,\n` +
		`\t\tfunc\(ctx context\.Context, field graphql\.CollectedField\) \(\*graphql\.FieldContext, error\) \{\n[^\n]*\n\t\t\},\n` +
		`\t\tfunc\(ctx context\.Context\) \(any, error\) \{\n\t\t\treturn (obj\.[\w.()]+), nil\n\t\t\},\n` +
		`\t\tnil,\n` +
		`\t\tfunc\([^\n]*\{\n\t\t\treturn ec\.([^(\s]+)\(ctx, selections, v\)\n\t\t\},\n` +
		`[^}]*\}\n`)
	trimmed = function.ReplaceAllStringFunc(code, func(found string) string {
		m := function.FindStringSubmatch(found)
		leaf, ok := plain[m[2]]
		if !ok {
			return found
		}
		n++
		body := "\treturn ec." + m[4] + "(ctx, field.Selections, " + m[3] + ")\n}\n"
		if !leaf {
			body = "\tctx = marshalIn(ctx, " + strconv.Quote(objectOf(m[2])) + ", field)\n" + body
		}
		return m[1] + body
	})
	for _, path := range []string{"time", "webflix/recommend"} { // what is gone may have been all that used it
		if !strings.Contains(trimmed, filepath.Base(path)+".") {
			trimmed = strings.Replace(trimmed, "\t"+strconv.Quote(path)+"\n", "", 1)
		}
	}
	return trimmed, n
}

// objectOf returns the type of Type_field.
func objectOf(name string) string {
	object, _, _ := strings.Cut(name, "_")
	return object
}
