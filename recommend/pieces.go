package recommend

// pieces collects the weightiest evidence that speaks for each of the explained films, the first of equal ones first. A long
// history gives hundreds of pieces for each, so they are not kept and sorted.
type pieces struct {
	kept  []Evidence // evidenceKept for each film
	count [explained]int
	least [explained]float32 // the share above which a piece is kept
}

// reset starts anew for n films, in memory that a result may keep.
func (p *pieces) reset(n int) {
	p.kept = make([]Evidence, n*evidenceKept)
	clear(p.count[:])
	clear(p.least[:])
}

// add keeps a piece of the film that is explained as the i-th, when it is one of the weightiest.
func (p *pieces) add(i int, e Evidence) {
	if e.Share <= p.least[i] {
		return
	}
	own := p.kept[i*evidenceKept : (i+1)*evidenceKept]
	if p.count[i] < evidenceKept {
		p.count[i]++
	}
	at := p.count[i] - 1
	for ; at > 0 && own[at-1].Share < e.Share; at-- {
		own[at] = own[at-1]
	}
	own[at] = e
	if p.count[i] == evidenceKept {
		p.least[i] = own[evidenceKept-1].Share
	}
}

// of returns the pieces of the i-th film, with shares in the normalised score's unit.
func (p *pieces) of(i int, scale float64) []Evidence {
	from, to := i*evidenceKept, i*evidenceKept+p.count[i]
	own := p.kept[from:to:to]
	for k := range own {
		own[k].Share = float32(float64(own[k].Share) * scale)
	}
	return own
}
