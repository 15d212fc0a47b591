#!/bin/sh
# compare.sh COMMIT: runs the Go benchmarks on that commit and on the working tree, and prints what changed; one that the commit
# does not have stands alone. The two take turns, so that what else the machine does happens to both. It takes in every benchmark
# of every package, but for those of a broker outside, and of the API, which has graph/bench.sh. DATABASE_URL, when it is set,
# takes in the ledger.
set -eu
cd "$(dirname "$0")/.."
old=${1:?say which commit to compare with: make bench-compare OLD=main~10}
folder=$(mktemp -d)
trap 'git worktree remove --force "$folder/old" 2>/dev/null; rm -rf "$folder"' EXIT
git worktree add -q --detach "$folder/old" "$old"
packages() {
	git grep --untracked -l '^func Benchmark' -- '*_test.go' | sed 's|^|./|; s|/[^/]*$||' | sort -u |
		if [ -n "${DATABASE_URL-}" ]; then grep -vx ./graph; else grep -vxE './(graph|db)'; fi
}
measure() (
	cd "$1"
	# shellcheck disable=SC2046 # one word for each package
	go test -run '^$' -bench . -skip 'PublishConsume/rabbitmq|RawRabbitMQ' -benchmem -count 1 -benchtime "${BENCHTIME:-300ms}" \
		$(packages)
)
turn=0
while [ "$turn" -lt "${COUNT:-6}" ]; do
	measure "$folder/old" >>"$folder/old.txt"
	measure . >>"$folder/new.txt"
	turn=$((turn + 1))
done
go run golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da "$folder/old.txt" "$folder/new.txt"
