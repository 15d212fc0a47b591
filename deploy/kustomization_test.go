package deploy

import (
	"bytes"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"testing"
)

// kustomization is what the tests look at of kustomization.yaml.
type kustomization struct {
	Resources          []string
	ConfigMapGenerator []struct {
		Name    string
		Files   []string
		Options struct {
			DisableNameSuffixHash bool `yaml:"disableNameSuffixHash"`
			Labels                map[string]string
		}
	} `yaml:"configMapGenerator"`
	Patches []struct {
		Target struct{ Kind string }
		Patch  string
	}
}

func customization(t *testing.T) kustomization {
	t.Helper()
	const file = "kustomization.yaml"
	return documents[kustomization](t, file, read(t, file), false)[0]
}

// What is not listed is never installed.
func TestKustomizationListsEveryManifest(t *testing.T) {
	t.Parallel()
	k := customization(t)
	want := slices.DeleteFunc(kubernetesFiles(t), func(file string) bool { return file == "kubernetes/secret.example.yaml" })
	if got := slices.Sorted(slices.Values(k.Resources)); !slices.Equal(got, want) {
		t.Errorf("kustomization.yaml lists %v, there are %v", got, want)
	}
	for _, g := range k.ConfigMapGenerator {
		for _, file := range g.Files {
			read(t, file)
		}
	}
}

// The certificate of a broker inside the cluster is seldom signed by one whom the image knows.
func TestEveryProcessFindsWhoSignedTheCertificate(t *testing.T) {
	t.Parallel()
	patches := customization(t).Patches
	for _, m := range manifests(t) {
		if len(m.pods().Spec.Containers) == 0 {
			continue
		}
		patched := false
		for _, p := range patches {
			if !regexp.MustCompile("^(" + p.Target.Kind + ")$").MatchString(m.Kind) {
				continue
			}
			patched = true
			patch := documents[manifest](t, "the patch of "+p.Target.Kind, p.Patch, false)[0]
			checkAuthority(t, &patch)
			if patch.pods().Spec.Containers[0].Name != m.pods().Spec.Containers[0].Name {
				t.Errorf("%s %s: its container is not the one that the patch names", m.Kind, m.Metadata.Name)
			}
		}
		if !patched {
			t.Errorf("%s %s: no patch mounts who signed RabbitMQ's certificate", m.Kind, m.Metadata.Name)
		}
	}
}

// checkAuthority looks whether pods have the certificate's authority where AMQP_URL says.
func checkAuthority(t *testing.T, m *manifest) {
	t.Helper()
	mounted := false
	pod := m.pods().Spec
	for _, c := range pod.Containers {
		for _, at := range c.VolumeMounts {
			for _, v := range pod.Volumes {
				mounted = mounted || v.Name == at.Name && at.MountPath == path.Dir(authority) && at.ReadOnly &&
					v.Secret.SecretName == "rabbitmq-tls" && v.Secret.Optional && len(v.Secret.Items) == 1 && v.Secret.Items[0].Path == path.Base(authority)
			}
		}
	}
	if !mounted {
		t.Errorf("%s %s: the container has no %s: %+v", m.Kind, m.Metadata.Name, authority, pod)
	}
}

// What kustomize makes of all this has everything that is in the manifests, and what the patches add.
func TestKustomizeBuilds(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("kubectl"); err != nil {
		t.Skip("kubectl is not at hand: whether kustomize takes the files is not tried")
	}
	var stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "kubectl", "kustomize", ".")
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("kubectl kustomize: %v\n%s", err, &stderr)
	}
	built := map[string]bool{}
	for _, m := range documents[manifest](t, "what kustomize makes", string(out), false) {
		built[m.Kind+" "+m.Metadata.Name] = true
		if len(m.pods().Spec.Containers) > 0 {
			checkAuthority(t, &m)
		}
	}
	for _, m := range manifests(t) {
		if name := m.Kind + " " + m.Metadata.Name; !built[name] && m.Kind != "Secret" {
			t.Errorf("kustomize leaves out %s", name)
		}
	}
	for _, g := range customization(t).ConfigMapGenerator {
		if !built["ConfigMap "+g.Name] {
			t.Errorf("kustomize leaves out ConfigMap %s", g.Name)
		}
	}
}
