package recommend

import "math"

// triangle is a symmetric matrix of communitySize rows by the upper half, and after factorise its factor: the matrix is the
// factor's transpose times the factor (Cholesky). For so small a matrix it is faster than a library that spreads over cores.
type triangle []float64

// factorise replaces the matrix by its factor. It is false when the matrix is not positive definite.
func (t triangle) factorise() bool {
	for k := range communitySize {
		row := t[k*communitySize : (k+1)*communitySize]
		if !(row[k] > 0) {
			return false
		}
		root := math.Sqrt(row[k])
		for j := k; j < communitySize; j++ {
			row[j] /= root
		}
		for i := k + 1; i < communitySize; i++ {
			below, f := t[i*communitySize:(i+1)*communitySize], row[i]
			for j := i; j < communitySize; j++ {
				below[j] -= f * row[j]
			}
		}
	}
	return true
}

// solve writes to out the numbers that the matrix takes to right, which is overwritten. The triangle is factorised.
func (t triangle) solve(right []float64, out []float32) {
	for k := range communitySize {
		row := t[k*communitySize : (k+1)*communitySize]
		right[k] /= row[k]
		for j := k + 1; j < communitySize; j++ {
			right[j] -= row[j] * right[k]
		}
	}
	for k := communitySize - 1; k >= 0; k-- {
		row := t[k*communitySize : (k+1)*communitySize]
		for j := k + 1; j < communitySize; j++ {
			right[k] -= row[j] * right[j]
		}
		right[k] /= row[k]
		out[k] = float32(right[k])
	}
}
