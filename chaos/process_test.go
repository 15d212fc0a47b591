package chaos

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"webflix/recommend"
)

// process is one running webflix.
type process struct {
	d      *deployment
	args   []string
	cmd    *exec.Cmd
	output *buffer
	ended  chan struct{}
	url    string // of the API, "" for other roles
}

// env returns a variable of the process.
func (p *process) env(name string) (value string) {
	for _, pair := range p.cmd.Env {
		if v, found := strings.CutPrefix(pair, name+"="); found {
			value = v
		}
	}
	return value
}

// buffer keeps the end of what a process says.
type buffer struct {
	mu sync.Mutex
	b  []byte
}

const bufferSize = 1 << 20

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.b = append(b.b, p...)
	if len(b.b) > 2*bufferSize {
		b.b = slices.Clone(b.b[len(b.b)-bufferSize:])
	}
	return len(p), nil
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(b.b)
}

// tail returns the last lines.
func (b *buffer) tail() string {
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	return strings.Join(lines[max(0, len(lines)-15):], "\n")
}

// start runs a role until it is killed or the test ends.
func (d *deployment) start(args ...string) *process { return d.startWith(nil, args...) }

// startWith runs a role with other variables than the rest.
func (d *deployment) startWith(env []string, args ...string) *process {
	d.t.Helper()
	p := &process{d: d, args: args, output: &buffer{}, ended: make(chan struct{})}
	p.cmd = exec.Command(d.path, args...)
	p.cmd.Env = slices.Concat(d.env, []string{fmt.Sprintf("WEBFLIX_REPLICA=%s-%d", args[0], d.serial.Add(1))}, env)
	p.cmd.Stdout, p.cmd.Stderr = p.output, p.output
	if err := p.cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		_ = p.cmd.Wait() // most are killed
	}()
	d.t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // it may have ended
		<-p.ended
		if d.t.Failed() {
			d.t.Logf("the last words of webflix %s:\n%s", strings.Join(args, " "), p.output.tail())
		}
	})
	return p
}

// kill ends the process as a crash does, and returns when it is gone.
func (p *process) kill() {
	p.d.kills.Add(1)
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.ended
}

// signal sends a signal.
func (p *process) signal(s syscall.Signal) {
	if err := p.cmd.Process.Signal(s); err != nil {
		p.d.t.Errorf("signal webflix %s: %v", p.args[0], err)
	}
}

// end asks the process to stop, and fails the test unless it does so cleanly and within the longest deadline and a second.
func (p *process) end() {
	p.d.t.Helper()
	p.signal(syscall.SIGTERM)
	begun := time.Now()
	select {
	case <-p.ended:
		p.d.ends = append(p.d.ends, time.Since(begun))
		if code := p.cmd.ProcessState.ExitCode(); code != 0 {
			p.d.t.Errorf("webflix %s ended with %d:\n%s", p.args[0], code, p.output.tail())
		}
	case <-time.After(recommend.MaxDeadline + time.Second):
		p.d.t.Errorf("webflix %s has not stopped %v after SIGTERM", p.args[0], recommend.MaxDeadline+time.Second)
	}
}

// isReady asks /readyz.
func isReady(ctx context.Context, address string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/readyz", nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// address returns where an API replica listens.
func (p *process) address() string {
	return strings.TrimSuffix(strings.TrimPrefix(p.url, "ws://"), "/graphql")
}

// goroutines returns how many an API replica has.
func (p *process) goroutines() int {
	p.d.t.Helper()
	request, err := http.NewRequestWithContext(p.d.t.Context(), http.MethodGet, "http://"+p.address()+"/metrics", nil)
	if err != nil {
		p.d.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		p.d.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		if text, found := strings.CutPrefix(lines.Text(), "go_goroutines "); found {
			n, err := strconv.Atoi(text)
			if err != nil {
				p.d.t.Fatal(err)
			}
			return n
		}
	}
	p.d.t.Fatal("the API does not say how many goroutines it has")
	return 0
}
