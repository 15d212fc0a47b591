package recommend

// Rating is one person's watch of one film as training reads it.
type Rating struct {
	User   int64
	Movie  int32
	Rating float32 // 0.5 to 5; 0: watched, not rated
	At     int64   // Unix seconds
}

// Dataset is what training and evaluation read: the catalogue, and every watch in it.
type Dataset struct {
	Movies  []Movie
	Ratings []Rating
}

// Model is what training makes: everything that the criteria need to score, under one version. A worker opens only the
// parts of its own criteria.
type Model struct {
	Version int64             // 0 until it is published
	Blend   Blend             // learned weights
	Parts   map[string][]byte // "catalog", and one part a criterion that has any, each checked by a checksum of its own
	Metrics map[string]float64
}

// Liked reports whether the rating speaks for the film, as Watch.Liked does.
func (r Rating) Liked() bool { return r.Rating == 0 || r.Rating >= LikedFrom }
