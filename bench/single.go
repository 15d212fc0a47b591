package bench

import (
	"cmp"
	"context"
	"sync"
	"time"

	"webflix/recommend"
)

// single is a program without queues: it serves one request at a time, and the next person waits.
type single struct {
	setup    *Setup
	blend    recommend.Blend
	delays   map[string]time.Duration
	together bool // all criteria at once

	turn sync.Mutex // whose request is served
}

func (p *single) ask(ctx context.Context, user int64) (outcome, error) {
	start := time.Now()
	p.turn.Lock()
	defer p.turn.Unlock()
	profiles, err := p.setup.DB.Profiles(ctx, []int64{user})
	if err != nil {
		return outcome{}, err
	}
	task := recommend.Task{User: user, At: time.Now(), History: profiles[user].History, Exclude: profiles[user].Exclude}
	answers := make(chan answer, len(p.blend))
	if p.together {
		for _, w := range p.blend {
			go func() { answers <- p.score(ctx, w.Criterion, task) }()
		}
	} else {
		go func() {
			for _, w := range p.blend {
				answers <- p.score(ctx, w.Criterion, task)
			}
		}()
	}
	var o outcome
	standing := recommend.Standing{Request: recommend.Request{User: user, Spec: recommend.Spec{First: recommend.DefaultFirst, Blend: p.blend}}}
	var results []recommend.Result
	for range p.blend {
		a := <-answers
		err = cmp.Or(err, a.err)
		results = append(results, a.result)
		standing.Sequence++
		if standing.Sequence == int64(len(p.blend)) {
			standing.FinalAt = time.Now()
		}
		ranking := recommend.Tally(&standing, results)
		if o.first == 0 && len(ranking.Picks) > 0 {
			o.first = time.Since(start)
		}
		o.coverage = ranking.Coverage.Percent
	}
	o.final = time.Since(start)
	return o, err
}

type answer struct {
	result recommend.Result
	err    error
}

func (p *single) score(ctx context.Context, criterion string, task recommend.Task) answer {
	if d := p.delays[criterion]; d > 0 {
		select {
		case <-time.After(d):
		case <-ctx.Done():
			return answer{err: ctx.Err()}
		}
	}
	task.Criterion = criterion
	scored, err := p.setup.criteria[criterion].Score(task)
	return answer{err: err, result: recommend.Result{
		Criterion: criterion, Status: recommend.StatusDone, Candidates: scored.Candidates, Evidence: scored.Evidence, Floor: scored.Floor,
	}}
}
