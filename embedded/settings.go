package embedded

import (
	"os"
	"strconv"
)

// settings are the server's, given at every start, so that a new version of ours changes them on old data too. What is not here
// is PostgreSQL's default: fsync and full_page_writes are on.
func settings(access string, port int, ephemeral bool) []string {
	pairs := [][2]string{
		{"listen_addresses", "127.0.0.1"},
		{"port", strconv.Itoa(port)},
		{"unix_socket_directories", ""}, // a socket's path may be too long, and we need none
		{"hba_file", access},
		{"password_encryption", "scram-sha-256"},
		{"cluster_name", "webflix"},
		{"max_connections", "100"},
		{"shared_buffers", "128MB"},
		{"effective_cache_size", "512MB"},
		{"random_page_cost", "1.1"}, // there is hardly a spinning disk left, and the data fits in memory
		{"jit", "off"},              // compiling costs more than our short queries
		{"wal_level", "minimal"},    // nobody replicates this server, and an import writes half as much
		{"max_wal_senders", "0"},
		{"wal_compression", "on"},
		{"timezone", "GMT"}, // the one zone that needs no files of the system's
		{"log_timezone", "GMT"},
		{"lc_messages", "C"},
		{"logging_collector", "off"}, // the log goes to the file that we gave it
		{"log_destination", "stderr"},
		{"log_line_prefix", "%m [%p] "},
		{"log_checkpoints", "off"},
	}
	if ephemeral {
		pairs = append(
			pairs, [2]string{"fsync", "off"}, [2]string{"full_page_writes", "off"}, [2]string{"synchronous_commit", "off"},
		)
	}
	args := make([]string, 0, 2*len(pairs))
	for _, p := range pairs {
		args = append(args, "-c", p[0]+"="+p[1])
	}
	return args
}

// writeAccess writes who may log in: the application's role, from this machine, with its password.
func writeAccess(path string) error {
	text := "# written by webflix at every start\nhost all " + roleName + " 127.0.0.1/32 scram-sha-256\n"
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil { //nolint:gosec // the server's user reads it, and it says nothing
		return err
	}
	return os.Chmod(path, 0o644) //nolint:gosec // the same, whatever the umask
}
