package recommend

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestInvert(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 2, 47, 48, 49, 97, 301} {
		random := rand.New(rand.NewPCG(1, uint64(n)))
		a := make([]float32, n*n)
		for i := range n {
			for j := range i {
				a[i*n+j] = float32(random.NormFloat64())
				a[j*n+i] = a[i*n+j]
			}
			a[i*n+i] = float32(3 * n)
		}
		b := append([]float32(nil), a...)
		if !invert(b, n) {
			t.Fatalf("size %d: no inverse", n)
		}
		for i := range n {
			for j := range n {
				var sum, want float64
				for k := range n {
					sum += float64(a[i*n+k]) * float64(b[k*n+j])
				}
				if i == j {
					want = 1
				}
				if math.Abs(sum-want) > 1e-4 {
					t.Fatalf("size %d: product at %d, %d is %v, want %v", n, i, j, sum, want)
				}
			}
		}
	}
	if invert(make([]float32, 4), 2) {
		t.Error("a matrix of zeros has an inverse")
	}
}
