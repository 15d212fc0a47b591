package deploy

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// scaledObject is what the tests look at of one of KEDA's.
type scaledObject struct {
	Metadata struct{ Name string }
	Spec     struct {
		ScaleTargetRef struct{ Name string } `yaml:"scaleTargetRef"`
		Fallback       any
		Triggers       []struct {
			MetricType string `yaml:"metricType"`
			Metadata   struct{ Query, Threshold string }
		}
	}
}

func scaledObjects(t *testing.T) []scaledObject {
	t.Helper()
	const file = "kubernetes/scaling.yaml"
	return documents[scaledObject](t, file, read(t, file), false)
}

// Fallback is refused, or passed over, beside a metric of the type Value.
func TestScalingHasNoFallbackOfAnotherType(t *testing.T) {
	t.Parallel()
	for _, o := range scaledObjects(t) {
		for _, trigger := range o.Spec.Triggers {
			if o.Spec.Fallback != nil && trigger.MetricType != "AverageValue" {
				t.Errorf("%s has a fallback and a trigger of the type %s", o.Metadata.Name, trigger.MetricType)
			}
		}
	}
}

// What is scaled is there, scales on an age first, and on queues by whatever prefix.
func TestScalingIsByAge(t *testing.T) {
	t.Parallel()
	var deployments []string
	for _, m := range manifests(t) {
		if m.Kind == "Deployment" {
			deployments = append(deployments, m.Metadata.Name)
		}
	}
	age := regexp.MustCompile(`webflix_[a-z_]+_seconds`)
	for _, o := range scaledObjects(t) {
		if !slices.Contains(deployments, o.Spec.ScaleTargetRef.Name) {
			t.Errorf("%s scales %s, which there is not", o.Metadata.Name, o.Spec.ScaleTargetRef.Name)
		}
		for i, trigger := range o.Spec.Triggers {
			query := trigger.Metadata.Query
			if i == 0 && !age.MatchString(query) {
				t.Errorf("%s scales first on %s", o.Metadata.Name, query)
			}
			if strings.Contains(query, "queue=") && !strings.Contains(query, `queue=~".*`) {
				t.Errorf("%s does not find the queues of a deployment with a prefix: %s", o.Metadata.Name, query)
			}
		}
	}
}

// Before anything is overdue, the results that wait tell that the aggregators are behind.
func TestAggregatorScalesOnOverdueRequestsAndResults(t *testing.T) {
	t.Parallel()
	for _, o := range scaledObjects(t) {
		if o.Metadata.Name != "aggregator" {
			continue
		}
		var got []string
		for _, trigger := range o.Spec.Triggers {
			got = append(got, trigger.Metadata.Query+" > "+trigger.Metadata.Threshold)
		}
		want := []string{
			"max(webflix_overdue_seconds) or vector(0) > 0.25",
			`max(webflix_queue_ready{queue=~".*result"}) or vector(0) > 400`,
		}
		if !slices.Equal(got, want) {
			t.Errorf("the aggregator scales on %q, want %q", got, want)
		}
		return
	}
	t.Error("the aggregator is not scaled")
}
