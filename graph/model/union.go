package model

// The interfaces and unions of the schema that the types of this package are members of.

// IsNode marks a node.
func (Movie) IsNode() {}

// IsNode marks a node.
func (Genre) IsNode() {}

// IsNode marks a node.
func (User) IsNode() {}

// IsNode marks a node.
func (*Recommendation) IsNode() {}

// IsNode marks a node.
func (Model) IsNode() {}

// IsRecommendResult marks a member of the union.
func (*Recommendation) IsRecommendResult() {}

// IsRecommendEvent marks a member of the union.
func (RecommendationUpdate) IsRecommendEvent() {}
