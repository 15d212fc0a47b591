package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Exit codes of doctor, as monitoring plugins have them.
const (
	exitWarnings = 1
	exitErrors   = 2
)

// doctorPatience is how long doctor may take over a server that does not answer.
const doctorPatience = 10 * time.Second

// severity is how bad a finding is.
type severity string

const (
	fine    severity = "ok"
	warning severity = "warning" // it works, and will not for ever
	fault   severity = "error"   // something does not work
)

// finding is one thing that doctor has looked at.
type finding struct {
	Severity severity `json:"severity"`
	Check    string   `json:"check"` // what was looked at: a part, a dot, its aspect
	What     string   `json:"what"`  // what was seen
	Why      string   `json:"why,omitempty"`
	Fix      string   `json:"fix,omitempty"` // a command or a setting
}

// examination gathers findings.
type examination struct {
	*process
	management string // URL of RabbitMQ's management API; "": its usual port at the broker's host
	findings   []finding
}

func (x *examination) ok(check, what string, args ...any) {
	x.findings = append(x.findings, finding{Severity: fine, Check: check, What: fmt.Sprintf(what, args...)})
}

func (x *examination) find(s severity, check, what, why, fix string) {
	x.findings = append(x.findings, finding{Severity: s, Check: check, What: what, Why: why, Fix: fix})
}

func doctorCommand(getenv func(string) string) *cobra.Command {
	var asJSON bool
	var management string
	cmd := storelessCommand(getenv, "doctor", "Look for what is wrong with a deployment, and say how to mend it",
		func(ctx context.Context, p *process) error {
			x := &examination{process: p, management: management}
			x.examine(ctx)
			return x.report(asJSON)
		},
		(*Config).storeFlags, (*Config).brokerFlags, (*Config).apiFlags, (*Config).workerFlags, (*Config).aggregatorFlags,
		func(_ *Config, f *pflag.FlagSet) {
			f.BoolVar(&asJSON, "json", false, "print the findings as JSON")
			f.StringVar(&management, "management-url", "", "RabbitMQ's management API, which tells of alarms (port 15672 of its host)")
		})
	cmd.Long = `Doctor looks at the settings, this machine, PostgreSQL, RabbitMQ and the model with the settings that a role would have, and
says of each finding what, why and how to mend it. It changes nothing and disturbs nobody: run it beside a deployment, or before
the first start. It ends with 0 when all is well, 1 with warnings, 2 with errors.`
	return cmd
}

// examine looks at everything that can be looked at.
func (x *examination) examine(ctx context.Context) {
	x.settings()
	x.machine(ctx)
	if x.database(ctx) {
		x.model(ctx)
	}
	x.messages(ctx)
}

// report prints the findings, the worst first, and returns the exit code as an error.
func (x *examination) report(asJSON bool) error {
	count := map[severity]int{}
	for _, f := range x.findings {
		count[f.Severity]++
	}
	if asJSON {
		e := json.NewEncoder(x.out)
		e.SetIndent("", "  ")
		err := e.Encode(struct {
			Errors   int       `json:"errors"`
			Warnings int       `json:"warnings"`
			Findings []finding `json:"findings"`
		}{count[fault], count[warning], x.findings})
		if err != nil {
			return fmt.Errorf("print the findings: %w", err)
		}
	} else {
		for _, s := range []severity{fault, warning, fine} {
			for _, f := range x.findings {
				if f.Severity == s {
					f.write(x.out)
				}
			}
		}
		fmt.Fprintf(x.out, "\n%d errors, %d warnings, %d in order\n", count[fault], count[warning], count[fine])
	}
	switch {
	case count[fault] > 0:
		return exitCode(exitErrors)
	case count[warning] > 0:
		return exitCode(exitWarnings)
	default:
		return nil
	}
}

func (f *finding) write(w io.Writer) {
	fmt.Fprintf(w, "%-8s %-22s %s\n", f.Severity, f.Check, f.What)
	for _, line := range []struct{ name, text string }{{"why", f.Why}, {"fix", f.Fix}} {
		if line.text != "" {
			fmt.Fprintf(w, "%32s%s: %s\n", "", line.name, strings.ReplaceAll(line.text, "\n", "\n"+strings.Repeat(" ", 37)))
		}
	}
}

// exitCode is the error of a command that has said all there is to say.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit code %d", int(e)) }
