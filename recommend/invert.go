package recommend

import (
	"math"

	"gonum.org/v1/gonum/blas"
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
	blas32.Gemm(blas.NoTrans, blas.Trans, 1, q, p, 0, t)
	blas32.Gemm(blas.NoTrans, blas.Trans, -1, t, q, 1, r)
	if !invertBlock(r) {
		return false
	}
	turned := transposed(t)
	w := newMatrix(m, n-m) // inv(P) Q' inv(S)
	blas32.Gemm(blas.NoTrans, blas.Trans, 1, turned, r, 0, w)
	blas32.Gemm(blas.NoTrans, blas.Trans, 1, w, turned, 1, p)
	for i := range m {
		for j := range n - m {
			v := -w.Data[i*w.Stride+j]
			a.Data[i*a.Stride+m+j], a.Data[(m+j)*a.Stride+i] = v, v
		}
	}
	return true
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
