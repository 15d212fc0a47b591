#!/bin/sh
# compare.sh COMMIT: runs the Go benchmarks of the hot functions on that commit and on the working tree, and prints what
# changed. DATABASE_URL, when it is set, takes in the ledger.
set -eu
cd "$(dirname "$0")/.."
old=${1:?say which commit to compare with: make bench-compare OLD=main~10}
folder=$(mktemp -d)
trap 'git worktree remove --force "$folder/old" 2>/dev/null; rm -rf "$folder"' EXIT
git worktree add -q --detach "$folder/old" "$old"
measure() (
	cd "$1"
	go test -run '^$' -bench 'Encode|Decode|Tally|Score|Ledger|Merge' -benchmem -count "${COUNT:-6}" -benchtime "${BENCHTIME:-300ms}" \
		./queue ./recommend ./workers ${DATABASE_URL:+./db}
)
measure "$folder/old" >"$folder/old.txt"
measure . >"$folder/new.txt"
go run golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da "$folder/old.txt" "$folder/new.txt"
