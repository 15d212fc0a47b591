package embedded

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// maven brings the archives that the zonky project publishes on Maven Central: a zip that holds a tar packed with xz.
type maven struct {
	base  string        // address of the repository
	pin   pin           // zero: none for this platform
	limit time.Duration // for the download
	look  func(program string) (string, error)
}

func newMaven() maven {
	p, _ := mavenPin()
	return maven{base: "https://repo1.maven.org/maven2", pin: p, limit: 15 * time.Second, look: exec.LookPath}
}

func (m maven) unpack(ctx context.Context, want int, dir string, say func(string)) (string, error) {
	if err := m.pin.usable(want); err != nil {
		return "", err
	}
	if err := m.tools(); err != nil {
		return "", err
	}
	tmp, remove, err := scratch(dir)
	if err != nil {
		return "", err
	}
	defer remove()

	say(fmt.Sprintf("PostgreSQL %s from Maven Central (about 15 MB, once)", m.pin.version))
	jar := filepath.Join(tmp, "postgres.jar")
	if err := m.download(ctx, jar); err != nil {
		return "", err
	}
	txz := filepath.Join(tmp, "postgres.txz")
	if err := extractTxz(jar, txz); err != nil {
		return "", err
	}
	if _, err := output(exec.CommandContext(ctx, "tar", "-xJf", txz, "-C", dir, "--no-same-owner")); err != nil {
		return "", fmt.Errorf("unpack it with tar: %w", err)
	}
	return "postgres-" + m.pin.version + "-maven", nil
}

// tools checks what unpacking takes before anything is downloaded. Go has no xz; the tar of macOS has.
func (m maven) tools() error {
	programs := []string{"tar", "xz"}
	if runtime.GOOS == "darwin" {
		programs = programs[:1]
	}
	for _, program := range programs {
		if _, err := m.look(program); err != nil {
			return fmt.Errorf("unpacking it takes %s, which is not installed", program)
		}
	}
	return nil
}

// download fetches the archive and refuses it unless its checksum is the pinned one.
func (m maven) download(ctx context.Context, path string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, m.limit, fmt.Errorf("not within %v", m.limit))
	defer cancel()
	address := fmt.Sprintf("%s/io/zonky/test/postgres/%s/%s/%s-%s.jar", m.base, m.pin.name, m.pin.version, m.pin.name, m.pin.version)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return err
	}
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment}
	defer transport.CloseIdleConnections()
	res, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		return errors.Join(err, context.Cause(ctx))
	}
	defer res.Body.Close() //nolint:errcheck // only read
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", address, res.Status)
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	hash := sha256.New()
	_, err = io.Copy(io.MultiWriter(f, hash), io.LimitReader(res.Body, 200<<20))
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("download %s: %w", address, errors.Join(err, context.Cause(ctx)))
	}
	if got := hex.EncodeToString(hash.Sum(nil)); got != m.pin.digest {
		return fmt.Errorf("%s has the checksum %s instead of %s: it is not the archive that we know, and was not unpacked", address, got, m.pin.digest)
	}
	return nil
}

// extractTxz takes the one packed tar out of the archive.
func extractTxz(jar, to string) error {
	z, err := zip.OpenReader(jar)
	if err != nil {
		return fmt.Errorf("open the archive: %w", err)
	}
	defer z.Close() //nolint:errcheck // only read
	for _, file := range z.File {
		if !strings.HasSuffix(file.Name, ".txz") {
			continue
		}
		r, err := file.Open()
		if err != nil {
			return err
		}
		defer r.Close() //nolint:errcheck // only read
		f, err := os.Create(to)
		if err != nil {
			return err
		}
		_, err = io.Copy(f, r)
		return errors.Join(err, f.Close())
	}
	return errors.New("the archive holds no .txz")
}
