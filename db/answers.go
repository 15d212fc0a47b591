package db

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/lib/pq"

	"webflix/recommend"
)

// Merge takes answers in, each once however often it comes, and finalises the requests that are complete. It returns the
// requests touched, as they are now, or recommend.ErrRefused. An answer to a request that there is not is dropped. Of the answers in a standing, those
// that this call stored have their Payload; what the ledger had before is not read again, nor when any of them came:
// Standings does.
func (db *DB) Merge(ctx context.Context, answers []recommend.Answer) ([]recommend.Standing, error) {
	if len(answers) == 0 {
		return nil, nil
	}
	answers = onceEach(answers)
	var (
		ids      = make([]string, len(answers))
		criteria = make([]string, len(answers))
		scored   = make([]bool, len(answers))
		starts   = make([]int32, len(answers)) // of a payload in all of them, from 1
		lengths  = make([]int32, len(answers))
		size     = 0
	)
	for i := range answers {
		a := &answers[i]
		ids[i], criteria[i], scored[i] = a.Request.String(), a.Criterion, a.Scored
		starts[i], lengths[i] = int32(size+1), int32(len(a.Payload))
		size += len(a.Payload)
	}
	payloads := make([]byte, 0, size)
	for i := range answers {
		payloads = append(payloads, answers[i].Payload...)
	}
	rows, err := db.keptQuery(ctx, `
		SELECT id, user_id, replica, deadline, spec, trace, sequence, final_at, now, criteria, scored, stored
		FROM merge_answers($1, $2, $3::uuid[], $4::text[], $5::boolean[], $6::integer[], $7::integer[], $8)`,
		ids[0], ids[len(ids)-1], pq.Array(ids), pq.Array(criteria), pq.Array(scored), pq.Array(starts), pq.Array(lengths), payloads)
	if err != nil {
		return nil, fmt.Errorf("merge %d answers: %w", len(answers), refusal(err))
	}
	defer func() { _ = rows.Close() }() // rows.Err says what went wrong
	var out []recommend.Standing
	for rows.Next() {
		s, err := db.scanMerged(rows, answers)
		if err != nil {
			return nil, fmt.Errorf("merge %d answers: %w", len(answers), err)
		}
		out = append(out, s)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("merge %d answers: %w", len(answers), refusal(err))
	}
	return out, nil
}

// refusal marks an error of the data itself, which comes again however often they are sent, as recommend.ErrRefused.
func refusal(err error) error {
	e, ok := errors.AsType[*pq.Error](err)
	if ok && (e.Code.Class() == "22" || e.Code.Class() == "23") {
		return fmt.Errorf("%w: %w", recommend.ErrRefused, err)
	}
	return err
}

func (db *DB) scanMerged(rows *sql.Rows, sent []recommend.Answer) (s recommend.Standing, err error) {
	var (
		spec     sql.RawBytes
		finalAt  sql.NullTime
		criteria pq.StringArray
		scored   pq.BoolArray
		stored   pq.BoolArray
	)
	err = rows.Scan(&s.ID, &s.User, &s.Replica, &s.Deadline, &spec, &s.Trace, &s.Sequence, &finalAt, &s.Now,
		&criteria, &scored, &stored)
	if err != nil {
		return s, err
	}
	if s.Spec, err = db.specs.read(spec); err != nil {
		return s, fmt.Errorf("read the spec of request %s: %w", s.ID, err)
	}
	s.FinalAt = finalAt.Time
	s.Answers = make([]recommend.Answer, len(criteria))
	for i, criterion := range criteria {
		a := recommend.Answer{Request: s.ID, Criterion: criterion, Scored: scored[i]}
		if at, ok := slices.BinarySearchFunc(sent, a, compareAnswers); ok && stored[i] {
			a.Payload = sent[at].Payload
		}
		s.Answers[i] = a
	}
	return s, nil
}

// onceEach returns the answers in the order of their requests, and only the first of those of a criterion.
func onceEach(answers []recommend.Answer) []recommend.Answer {
	sorted := slices.Clone(answers)
	slices.SortStableFunc(sorted, compareAnswers)
	return slices.CompactFunc(sorted, func(a, b recommend.Answer) bool { return compareAnswers(a, b) == 0 })
}

func compareAnswers(a, b recommend.Answer) int {
	if c := bytes.Compare(a.Request[:], b.Request[:]); c != 0 {
		return c
	}
	return cmp.Compare(a.Criterion, b.Criterion)
}
