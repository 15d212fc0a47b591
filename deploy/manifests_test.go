package deploy

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v2"
)

// manifest is what the tests look at of an object of Kubernetes.
type manifest struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string
	Metadata   struct {
		Name      string
		Namespace string
	}
	Type       string
	StringData map[string]string `yaml:"stringData"`
	Spec       struct {
		Template    template
		JobTemplate struct{ Spec struct{ Template template } } `yaml:"jobTemplate"`
		RabbitMQ    struct {
			AdditionalConfig string `yaml:"additionalConfig"`
		} `yaml:"rabbitmq"`
		Groups []any
	}
}

// template is that of a pod.
type template struct {
	Spec struct {
		Containers []container
		Volumes    []struct {
			Name   string
			Secret struct {
				SecretName string `yaml:"secretName"`
				Optional   bool
				Items      []struct{ Key, Path string }
			}
		}
	}
}

type container struct {
	Name         string
	Ports        []struct{ Name string }
	VolumeMounts []struct {
		Name      string
		MountPath string `yaml:"mountPath"`
		ReadOnly  bool   `yaml:"readOnly"`
	} `yaml:"volumeMounts"`
	StartupProbe   probe `yaml:"startupProbe"`
	ReadinessProbe probe `yaml:"readinessProbe"`
	LivenessProbe  probe `yaml:"livenessProbe"`
}

type probe struct {
	HTTPGet struct{ Path, Port string } `yaml:"httpGet"`
}

// pods returns the template of the pods that an object runs, with no container where it runs none.
func (m *manifest) pods() template {
	if m.Kind == "CronJob" {
		return m.Spec.JobTemplate.Spec.Template
	}
	return m.Spec.Template
}

// documents returns the documents of a YAML text. Strict refuses a key that comes twice, and one that T does not have.
func documents[T any](t *testing.T, name, text string, strict bool) []T {
	t.Helper()
	d := yaml.NewDecoder(strings.NewReader(text))
	d.SetStrict(strict)
	var all []T
	for {
		var next T
		err := d.Decode(&next)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("%s, document %d: %v", name, len(all)+1, err)
		}
		all = append(all, next)
	}
}

// manifests returns the objects in kubernetes/, as they are before kustomize has its way with them.
func manifests(t *testing.T) []manifest {
	t.Helper()
	var all []manifest
	for _, file := range kubernetesFiles(t) {
		all = append(all, documents[manifest](t, file, read(t, file), false)...)
	}
	return all
}

func kubernetesFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("kubernetes/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are the manifests %v: %v", files, err)
	}
	return files
}

func TestEveryFileParses(t *testing.T) {
	t.Parallel()
	documents[map[any]any](t, "docker-compose.yml", read(t, "../docker-compose.yml"), false) // its aliases are overridden
	files := []string{"kustomization.yaml"}
	err := fs.WalkDir(os.DirFS("."), ".", func(path string, _ fs.DirEntry, err error) error {
		if ext := filepath.Ext(path); ext == ".yaml" || ext == ".yml" {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		all := documents[map[any]any](t, file, read(t, file), true)
		if len(all) == 0 {
			t.Errorf("%s is empty", file)
		}
		for i, d := range all {
			if !strings.HasPrefix(file, "kubernetes/") && file != "kustomization.yaml" {
				continue
			}
			for _, key := range []string{"apiVersion", "kind"} {
				if s, _ := d[key].(string); s == "" {
					t.Errorf("%s, document %d has no %s", file, i+1, key)
				}
			}
		}
	}
}

// A process that hangs is ended; one that waits for a server, or for a migration, is not.
func TestEveryDeploymentIsProbed(t *testing.T) {
	t.Parallel()
	for _, m := range manifests(t) {
		if m.Kind != "Deployment" {
			continue
		}
		for _, c := range m.pods().Spec.Containers {
			for _, p := range []struct {
				name, path string
				probe      probe
			}{{"startup", "/healthz", c.StartupProbe}, {"readiness", "/readyz", c.ReadinessProbe}, {"liveness", "/healthz", c.LivenessProbe}} {
				if p.probe.HTTPGet.Port != "operations" || p.probe.HTTPGet.Path != p.path {
					t.Errorf("%s: its %s probe asks %+v, want %s", m.Metadata.Name, p.name, p.probe, p.path)
				}
			}
			if len(c.Ports) != 1 || c.Ports[0].Name != "operations" {
				t.Errorf("%s has the ports %v", m.Metadata.Name, c.Ports)
			}
		}
	}
}
