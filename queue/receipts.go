package queue

// receipts turns handled deliveries of a channel into as few acknowledgements as it can: one for a run that begins with the
// oldest. Delivery tags count from 1.
type receipts struct {
	low     uint64          // every delivery before it is settled
	settled map[uint64]bool // the later ones that are
}

func newReceipts() *receipts { return &receipts{low: 1, settled: make(map[uint64]bool)} }

// add notes deliveries that were handled, and others that were settled already in another way. It returns the tag up to
// which to acknowledge everything, 0 for none, and the tags to acknowledge alone.
func (r *receipts) add(handled, others []uint64) (upTo uint64, alone []uint64) {
	for _, tag := range handled {
		r.settled[tag] = true
	}
	for _, tag := range others {
		r.settled[tag] = true
	}
	for r.settled[r.low] {
		delete(r.settled, r.low)
		r.low++
	}
	for _, tag := range handled {
		if tag < r.low {
			upTo = max(upTo, tag)
		} else {
			alone = append(alone, tag)
		}
	}
	return upTo, alone
}
