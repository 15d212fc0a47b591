package deploy

import (
	"net/url"
	"strings"
	"testing"
)

// composeFile is what the tests look at of docker-compose.yml.
type composeFile struct {
	Services map[string]struct {
		Image   string
		Build   struct{ Context, Dockerfile string }
		EnvFile string            `yaml:"env_file"`
		Needs   map[string]any    `yaml:"depends_on"`
		Env     map[string]string `yaml:"environment"`
		Volumes []string
	}
	Volumes map[string]any
}

// Compose names nothing that there is not.
func TestComposeNamesWhatThereIs(t *testing.T) {
	t.Parallel()
	const file = "docker-compose.yml"
	compose := documents[composeFile](t, file, read(t, "../"+file), false)[0]
	for name, s := range compose.Services {
		for other := range s.Needs {
			if _, ok := compose.Services[other]; !ok {
				t.Errorf("%s waits for %s, which there is not", name, other)
			}
		}
		for _, v := range s.Volumes {
			v, _, _ = strings.Cut(v, ":")
			if _, ok := compose.Volumes[v]; !ok {
				t.Errorf("%s keeps its data in %s, which there is not", name, v)
			}
		}
		if s.Build.Context == "." {
			read(t, "../"+s.Build.Dockerfile)
			read(t, "../"+s.Build.Dockerfile+".dockerignore")
		} else if s.Image == "" || s.Image == "webflix" {
			t.Errorf("%s has no image: %+v", name, s)
		}
		if s.EnvFile != "deploy/compose.env" {
			t.Errorf("%s reads its settings in %s", name, s.EnvFile)
		}
	}
}

// Webflix comes with the names and passwords that the servers are told.
func TestComposeSettingsAgree(t *testing.T) {
	t.Parallel()
	compose := documents[composeFile](t, "docker-compose.yml", read(t, "../docker-compose.yml"), false)[0]
	env := map[string]string{}
	for line := range strings.Lines(read(t, "compose.env.example")) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && !strings.HasPrefix(key, "#") {
			env[key] = value
		}
	}
	postgres, rabbitmq := compose.Services["postgres"].Env, compose.Services["rabbitmq"].Env
	for key, want := range map[string]url.URL{
		"DATABASE_URL": {
			Scheme: "postgres", Host: "postgres:5432", Path: "/" + postgres["POSTGRES_DB"], RawQuery: "sslmode=disable",
			User: url.UserPassword(postgres["POSTGRES_USER"], env["POSTGRES_PASSWORD"]),
		},
		"AMQP_URL": {
			Scheme: "amqp", Host: "rabbitmq:5672", Path: "/" + rabbitmq["RABBITMQ_DEFAULT_VHOST"],
			User: url.UserPassword(rabbitmq["RABBITMQ_DEFAULT_USER"], env["RABBITMQ_DEFAULT_PASS"]),
		},
	} {
		if env[key] != want.String() {
			t.Errorf("compose.env.example has %s=%s, and the servers are told %s", key, env[key], want.String())
		}
	}
}
