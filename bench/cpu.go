package bench

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// cpuTimes is processor time: of this process and those that it started, of every RabbitMQ on this machine, whoever uses it,
// and of PostgreSQL's processes that serve one database. Where the system does not tell, it is 0.
type cpuTimes struct{ webflix, rabbitmq, postgres time.Duration }

func (c cpuTimes) add(more cpuTimes) cpuTimes {
	return cpuTimes{c.webflix + more.webflix, c.rabbitmq + more.rabbitmq, c.postgres + more.postgres}
}

func (c cpuTimes) since(before cpuTimes) cpuTimes {
	return cpuTimes{c.webflix - before.webflix, c.rabbitmq - before.rabbitmq, c.postgres - before.postgres}
}

// tick is the unit of /proc on every Linux of today.
const tick = 10 * time.Millisecond

// readCPU reads the times. database is the one to count; PostgreSQL's processes have its name in their titles.
func readCPU(database string) cpuTimes {
	var c cpuTimes
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return c
	}
	own := strconv.Itoa(os.Getpid())
	for _, path := range stats {
		raw, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		head, rest, ok := strings.Cut(string(raw), ") ")
		if !ok {
			continue
		}
		pid, name, _ := strings.Cut(head, " (")
		fields := strings.Fields(rest)
		if len(fields) < 15 {
			continue
		}
		total := time.Duration(number64(fields[11])+number64(fields[12])) * tick
		switch {
		case name == "beam.smp":
			c.rabbitmq += total
		case name == "postgres":
			if serves(filepath.Dir(path), database) {
				c.postgres += total
			}
		case pid == own || fields[1] == own:
			c.webflix += total
		}
	}
	return c
}

// serves reports whether a process of PostgreSQL serves the database.
func serves(process, database string) bool {
	title, err := os.ReadFile(filepath.Join(process, "cmdline"))
	return err == nil && database != "" && strings.Contains(string(title), " "+database+" ")
}

func number64(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0
	}
	return n
}
