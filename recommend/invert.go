package recommend

import (
	"math"

	"gonum.org/v1/gonum/blas/blas32"
)

// invert replaces a symmetric positive definite n by n matrix, stored whole by rows, by its inverse: by halves, so that nearly
// all the work is products of large matrices, which run on all cores. It is false when the matrix has no inverse.
func invert(a []float32, n int) bool {
	return invertBlock(blas32.General{Rows: n, Cols: n, Stride: n, Data: a})
}

// invertSmall is the size below which a block is inverted directly.
const invertSmall = 48

// invertBlock inverts [P Q'; Q R] through the complement S = R - Q inv(P) Q'.
func invertBlock(a blas32.General) bool {
	n := a.Rows
	if n <= invertSmall {
		return invertDirect(a)
	}
	m := n / 2
	p, q, r := block(a, 0, 0, m, m), block(a, m, 0, n-m, m), block(a, m, m, n-m, n-m)
	if !invertBlock(p) {
		return false
	}
	t := newMatrix(n-m, m) // Q inv(P)
	multiply(t, 1, q, p, false)
	multiply(r, -1, t, q, true)
	if !invertBlock(r) {
		return false
	}
	turned := transposed(t)
	w := newMatrix(m, n-m) // inv(P) Q' inv(S)
	multiply(w, 1, turned, r, false)
	multiply(p, 1, w, turned, true)
	for i := range m {
		for j := range n - m {
			v := -w.Data[i*w.Stride+j]
			a.Data[i*a.Stride+m+j], a.Data[(m+j)*a.Stride+i] = v, v
		}
	}
	return true
}

// Sizes of the blocks in which matrices are multiplied: the vectors of a block stay in the processor's caches.
const (
	multiplyRows   = 32
	multiplyOthers = 8
	multiplyLength = 512
)

// multiply adds a times the transpose of b, times factor, to c. With mirror, c is symmetric: half of it is computed. All the work
// is products of long vectors, for which the library has a fast kernel; its product of matrices cuts them short.
func multiply(c blas32.General, factor float32, a, b blas32.General, mirror bool) {
	parallel(0, (c.Rows+multiplyRows-1)/multiplyRows, func(block int) {
		from, to := block*multiplyRows, min((block+1)*multiplyRows, c.Rows)
		for k := 0; k < a.Cols; k += multiplyLength {
			length := min(multiplyLength, a.Cols-k)
			first := 0
			if mirror {
				first = from
			}
			for others := first; others < c.Cols; others += multiplyOthers {
				for i := from; i < to; i++ {
					x := blas32.Vector{N: length, Inc: 1, Data: a.Data[i*a.Stride+k:]}
					for j := others; j < min(others+multiplyOthers, c.Cols); j++ {
						c.Data[i*c.Stride+j] += factor * blas32.Dot(x, blas32.Vector{N: length, Inc: 1, Data: b.Data[j*b.Stride+k:]})
					}
				}
			}
		}
	})
	if mirror {
		for i := range c.Rows {
			for j := range i {
				c.Data[i*c.Stride+j] = c.Data[j*c.Stride+i]
			}
		}
	}
}

// invertDirect is Gauss and Jordan's elimination, which needs no pivoting here, in double precision.
func invertDirect(a blas32.General) bool {
	n := a.Rows
	w := make([]float64, n*n)
	for i := range n {
		for j := range n {
			w[i*n+j] = float64(a.Data[i*a.Stride+j])
		}
	}
	for k := range n {
		pivot := w[k*n+k]
		if !(pivot > 0) || math.IsInf(pivot, 0) {
			return false
		}
		w[k*n+k] = 1
		for j := range n {
			w[k*n+j] /= pivot
		}
		for i := range n {
			if i == k {
				continue
			}
			f := w[i*n+k]
			w[i*n+k] = 0
			for j := range n {
				w[i*n+j] -= f * w[k*n+j]
			}
		}
	}
	for i := range n {
		for j := range n {
			a.Data[i*a.Stride+j] = float32(w[i*n+j])
		}
	}
	return true
}

func newMatrix(rows, cols int) blas32.General {
	return blas32.General{Rows: rows, Cols: cols, Stride: cols, Data: make([]float32, rows*cols)}
}

// block is the part of a matrix from row i and column j.
func block(a blas32.General, i, j, rows, cols int) blas32.General {
	return blas32.General{Rows: rows, Cols: cols, Stride: a.Stride, Data: a.Data[i*a.Stride+j : (i+rows-1)*a.Stride+j+cols]}
}

func transposed(a blas32.General) blas32.General {
	t := newMatrix(a.Cols, a.Rows)
	for i := range a.Rows {
		for j := range a.Cols {
			t.Data[j*t.Stride+i] = a.Data[i*a.Stride+j]
		}
	}
	return t
}
