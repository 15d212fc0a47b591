package queue

import "time"

// parting is the time between the wish to end a subscription and the end. What a quorum queue hands out while it is being told of the
// end goes back unread, and comes again to another as if something had gone wrong with it. So messages are taken and handled as before,
// but not acknowledged, until the broker may send no more, or has sent nothing for a while: then nothing is on its way. Where messages
// neither stop nor fill the prefetch, it ends in the midst of them all the same.
type parting struct {
	over  *time.Timer // fires when it is time for the end; nil from then on
	until time.Time   // at the latest
	held  outcome     // of what was handled meanwhile: the broker is told after the end
}

// partingCalm is for how long nothing has come when nothing is about to.
const partingCalm = 300 * time.Millisecond

// newParting begins when the last delivery came at a moment, and there is room for so many more. It takes most at most.
func newParting(came time.Time, room int, most time.Duration) *parting {
	now := time.Now()
	p := &parting{over: time.NewTimer(partingCalm - now.Sub(came)), until: now.Add(most)}
	if room <= 0 {
		p.over.Reset(0)
	}
	return p
}

// took waits for more after a delivery, if there is room for more.
func (p *parting) took(room int) {
	switch {
	case p.over == nil:
	case room <= 0:
		p.over.Reset(0)
	default:
		p.over.Reset(min(partingCalm, time.Until(p.until)))
	}
}
