package chaos

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// behindProxy makes every role reach the database through a proxy.
func behindProxy(d *deployment) (p *proxy, aggregator *process) {
	p = newProxy(d.t, d.ledger.address())
	d.env = append(d.env, "DATABASE_URL="+p.through(d.ledger.url()))
	aggregator, _, _ = d.oneOfEach()
	return p, aggregator
}

// databaseAway takes the database away for a second, by way of end, and brings it back.
func databaseAway(f *fault, end func(d *deployment, aggregator *process)) *fault {
	var p *proxy
	var aggregator *process
	f.late, f.shown = 6*time.Second, 6*time.Second // no ranking is shown whose films cannot be read
	f.setup = func(d *deployment) { p, aggregator = behindProxy(d) }
	f.strike = func(d *deployment) {
		finish := d.starters(4)
		d.pause(time.Second)
		end(d, aggregator)
		p.Stop()
		d.strangers(time.Second)
		d.ledger.start()
		p.Upstream = d.ledger.address() // another port than before
		if err := p.Start(); err != nil {
			d.t.Fatal(err)
		}
		d.whole(10 * time.Second)
		finish()
	}
	f.check = func(d *deployment) {
		refused(d)
		d.t.Logf("%d requests were started that nobody followed", d.seen.started)
		if d.seen.started == 0 {
			d.t.Error("nobody started a request that nobody follows")
		}
	}
	return f
}

// databaseRestarted stops PostgreSQL as an administrator does.
func databaseRestarted() *fault {
	return databaseAway(&fault{name: "PostgreSQL restarted", short: 1, long: 10}, func(d *deployment, _ *process) { d.ledger.stop() })
}

// databaseKilled ends PostgreSQL as a power cut does. Aggregators stand still just before, so that no commit of theirs takes what was
// accepted to the disk.
func databaseKilled() *fault {
	return databaseAway(&fault{name: "PostgreSQL killed", short: 1, long: 10}, func(d *deployment, aggregator *process) {
		aggregator.signal(syscall.SIGSTOP)
		d.pause(300 * time.Millisecond)
		d.kills.Add(1)
		d.ledger.kill()
		aggregator.signal(syscall.SIGCONT)
	})
}

// databaseSlow makes every round trip to PostgreSQL take half a second more.
func databaseSlow() *fault {
	var p *proxy
	return &fault{
		name: "PostgreSQL slow by 500 ms", long: 3, clients: 24, deadline: 5 * time.Second,
		setup: func(d *deployment) { p, _ = behindProxy(d) },
		strike: func(d *deployment) {
			heal := p.toxic("latency", `{"latency": 250}`)
			d.pause(6 * time.Second)
			heal()
			d.whole(10 * time.Second)
		},
		check: complete,
	}
}

// databaseFull fills PostgreSQL's disk up, and makes room again. When the server has given up by then, it is started again.
func databaseFull() *fault {
	var p *proxy
	var disk string
	return &fault{
		name: "PostgreSQL's disk full", long: 3, late: 15 * time.Second, shown: 15 * time.Second,
		setup: func(d *deployment) {
			disk = mount(d.t)
			d.ledger = startPostgresIn(d.t, disk)
			d.env = append(d.env, "DATABASE_URL="+d.ledger.url())
			p, _ = behindProxy(d)
		},
		strike: func(d *deployment) {
			d.pause(time.Second)
			ballast := filepath.Join(disk, "ballast")
			fill(d.t, ballast)
			d.pause(4 * time.Second)
			if err := os.Remove(ballast); err != nil {
				d.t.Fatal(err)
			}
			select {
			case <-d.ledger.server.Done():
				d.t.Log("PostgreSQL has given up, and is started again")
				p.Stop()
				d.ledger.start()
				p.Upstream = d.ledger.address()
				if err := p.Start(); err != nil {
					d.t.Fatal(err)
				}
			case <-time.After(time.Second):
			}
			d.whole(20 * time.Second)
		},
		check: refused,
	}
}

// mount makes a small disk until the test ends.
func mount(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "webflix-disk-") //nolint:usetesting // a folder that another user may enter
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "mount", "-t", "tmpfs", "-o", "size=300m,mode=755", "tmpfs", dir).CombinedOutput(); err != nil {
		_ = os.RemoveAll(dir)
		missing(t, "a small disk needs the right to mount one: %v: %s", err, out)
	}
	t.Cleanup(func() {
		_ = exec.Command("umount", "-l", dir).Run()
		_ = os.Remove(dir)
	})
	return dir
}

// fill writes a file until the disk has no room.
func fill(t *testing.T, path string) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{1 << 20, 4 << 10, 1} { // to the last byte
		for piece := make([]byte, size); err == nil; {
			_, err = file.Write(piece)
		}
		err = nil
	}
	_ = file.Close()
}
