package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// apt brings the packages of Debian or Ubuntu without installing them, as any user: apt checks them against the signed lists of
// the system's own sources, and they are unpacked into the cache. Nothing of the system changes.
type apt struct {
	look func(program string) (string, error)
}

const aptLimit = 3 * time.Minute

func (a apt) unpack(ctx context.Context, want int, dir string, say func(string)) (string, error) {
	for _, program := range []string{"apt-get", "apt-cache", "dpkg-deb"} {
		if _, err := a.look(program); err != nil {
			return "", fmt.Errorf("this is no Debian or Ubuntu: %s is not installed", program)
		}
	}
	tmp, remove, err := scratch(dir)
	if err != nil {
		return "", err
	}
	defer remove()
	ctx, cancel := context.WithTimeoutCause(ctx, aptLimit, fmt.Errorf("not within %v", aptLimit))
	defer cancel()

	// The system's lists may be empty, as in a container, or name packages that are gone: then we fetch lists of our own.
	run, err := newAptRun(tmp, false)
	if err != nil {
		return "", err
	}
	if name, err := run.unpack(ctx, want, dir, say); err == nil {
		return name, nil
	}
	if run, err = newAptRun(tmp, true); err != nil {
		return "", err
	}
	say("the lists of packages with apt-get")
	_, failed := run.output(ctx, "apt-get", "-qq", "update") // one source may fail, and another have what we need
	name, err := run.unpack(ctx, want, dir, say)
	if err != nil {
		return "", errors.Join(failed, err)
	}
	return name, nil
}

// aptRun is one way to call apt: its configuration and where it may write.
type aptRun struct{ dir, config string }

func newAptRun(tmp string, ownLists bool) (aptRun, error) {
	dir := filepath.Join(tmp, strconv.FormatBool(ownLists))
	for _, sub := range []string{"lists/partial", "cache/archives/partial", "debs"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return aptRun{}, err
		}
	}
	lines := []string{
		fmt.Sprintf("Dir::Cache %q;", filepath.Join(dir, "cache")),
		`Debug::NoLocking "true";`,         // the system's locks are not ours to take
		`APT::Sandbox::User "";`,           // as root, apt would become a user who may not write here
		`#clear APT::Update::Post-Invoke;`, // these clean up the system
		`#clear APT::Update::Post-Invoke-Success;`,
		`APT::Update::Error-Mode "any";`, // an error, not a warning
		`Acquire::Languages "none";`,
		`Acquire::Retries "0";`,
	}
	if ownLists {
		lines = append(lines, fmt.Sprintf("Dir::State::Lists %q;", filepath.Join(dir, "lists")))
	}
	run := aptRun{dir: dir, config: filepath.Join(dir, "apt.conf")}
	return run, os.WriteFile(run.config, []byte(strings.Join(lines, "\n")+"\n"), 0o600)
}

// output runs one of apt's programs with our configuration, which it reads after the system's.
func (r aptRun) output(ctx context.Context, program string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, program, append([]string{"-c", r.config}, args...)...)
	cmd.Dir = filepath.Join(r.dir, "debs")
	cmd.Env = append(cmd.Environ(), "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive")
	cmd.WaitDelay = time.Second
	return output(cmd)
}

// unpack brings the newest PostgreSQL that the lists have.
func (r aptRun) unpack(ctx context.Context, want int, dir string, say func(string)) (string, error) {
	names, err := r.output(ctx, "apt-cache", "pkgnames", "postgresql-")
	if err != nil {
		return "", fmt.Errorf("read the lists of packages: %w", err)
	}
	majors := aptMajors(names, want)
	if len(majors) == 0 {
		if want != 0 {
			return "", fmt.Errorf("the lists have no package postgresql-%d", want)
		}
		return "", fmt.Errorf("the lists have no package postgresql-%d or newer", oldestMajor)
	}
	var failed error
	for _, major := range majors {
		server := fmt.Sprintf("postgresql-%d", major)
		plan, err := r.output(ctx, "apt-get", "-qq", "--print-uris", "--no-install-recommends", "install", server)
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		say(fmt.Sprintf("PostgreSQL %d with apt-get (about 20 MB, once)", major))
		packages := append([]string{server}, aptLibraries(plan)...)
		if _, err := r.output(ctx, "apt-get", append([]string{"-qq", "download"}, packages...)...); err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		return r.unpackDebs(ctx, server, dir)
	}
	return "", failed
}

func (r aptRun) unpackDebs(ctx context.Context, server, dir string) (string, error) {
	debs, err := filepath.Glob(filepath.Join(r.dir, "debs", "*.deb"))
	if err != nil {
		return "", err
	}
	name := ""
	for _, deb := range debs {
		if _, err := output(exec.CommandContext(ctx, "dpkg-deb", "--extract", deb, dir)); err != nil {
			return "", fmt.Errorf("unpack %s: %w", filepath.Base(deb), err)
		}
		if fields := strings.Split(filepath.Base(deb), "_"); fields[0] == server && len(fields) > 1 {
			name = "postgres-" + fields[1] + "-apt"
		}
	}
	if name == "" {
		return "", fmt.Errorf("apt-get brought no %s", server)
	}
	return name, nil
}

// aptMajors are the server packages' major versions that will do, newest first.
func aptMajors(names string, want int) []int {
	var majors []int
	for name := range strings.FieldsSeq(names) {
		major, err := strconv.Atoi(strings.TrimPrefix(name, "postgresql-"))
		if err == nil && major >= oldestMajor && (want == 0 || major == want) {
			majors = append(majors, major)
		}
	}
	slices.Sort(majors)
	slices.Reverse(majors)
	return majors
}

// aptLibraries are the libraries among the packages that apt would install with the server: what the system lacks. The server
// starts without LLVM, which is for compiling queries, and beside the system's own libc no other can be loaded.
func aptLibraries(plan string) []string {
	line := regexp.MustCompile(`(?m)^'\S+' ([^_\s]+)_`)
	needless := regexp.MustCompile(`^lib(c6$|c-|llvm|z3-|perl|pam-)|-perl$`)
	var names []string
	for _, m := range line.FindAllStringSubmatch(plan, -1) {
		if (strings.HasPrefix(m[1], "lib") || m[1] == "zlib1g") && !needless.MatchString(m[1]) {
			names = append(names, m[1])
		}
	}
	return names
}
