#!/usr/bin/env bash
# Measure what requests cost, ours beside a plain gqlgen server with the same schema, resolvers and data, and what an idle
# subscription holds. The plain server is set up by gqlgen's documentation, and runs in a copy of the code where gqlgen
# generates and nobody trims. Each is run three times, in turns; the table has the medians. With --write the table goes into
# docs/api.md, too.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
[ -d "$work" ] || exit 1
trap 'rm -rf "$work"' EXIT
mkdir "$work/src"
cp go.mod go.sum gqlgen.yml "$work/src/"
tar -c --exclude node_modules $(go list -deps ./graph | sed -n 's#^webflix/\([^/]*\).*#\1#p' | sort -u) | tar -x -C "$work/src"
go test -c -o "$work/ours" ./graph
(cd "$work/src" && go tool gqlgen generate && go test -c -o "$work/stock" ./graph)

export GOGC=${GOGC:-400}
measure() { # NAME PROGRAM
	(cd graph && "$2" -test.run '^$' -test.bench '^BenchmarkAPI$' -test.benchtime "${BENCHTIME:-2s}") |
		awk -v name="$1" '/^Benchmark/ {
			sub(/^BenchmarkAPI\//, "", $1); sub(/-[0-9]+$/, "", $1); gsub(/_/, " ", $1)
			for (i = 2; i < NF; i++) { if ($(i+1) == "cpu-ns/op") cpu = $i; if ($(i+1) == "req/s") rate = $i; if ($(i+1) == "allocs/op") allocs = $i }
			printf "%s\t%s\t%s\t%s\t%s\n", $1, name, rate, cpu / 1000, allocs }'
}
for _ in 1 2 3; do
	measure ours "$work/ours"
	WEBFLIX_BENCH_STOCK=1 measure stock "$work/stock"
done >"$work/figures"

table() {
	echo "$(nproc) cores, $(go env GOOS)/$(go env GOARCH), $(go version | cut -d' ' -f3), $(date -u '+%Y-%m-%d %H:%M UTC'), load average $(cut -d' ' -f1 /proc/loadavg 2>/dev/null || echo unknown)"
	echo
	printf '%-33s %19s %19s %15s\n' '' 'requests/s' 'CPU µs a request' 'allocations'
	printf '%-33s %9s %9s %9s %9s %7s %7s %9s\n' '' ours gqlgen ours gqlgen ours gqlgen 'CPU ratio'
	awk -F'\t' '
		function median(key, n, i, j, t, v) { n = split(seen[key], v, " ")
			for (i = 1; i <= n; i++) for (j = i + 1; j <= n; j++) if (v[j] + 0 < v[i] + 0) { t = v[i]; v[i] = v[j]; v[j] = t }
			return v[int((n + 1) / 2)] }
		!($1 in known) { known[$1]; order[++count] = $1 }
		{ for (i = 3; i <= 5; i++) seen[$1, $2, i] = seen[$1, $2, i] " " $i }
		END { for (k = 1; k <= count; k++) { d = order[k]
			printf "%-33s %9.0f %9.0f %9.1f %9.1f %7d %7d %8.2fx\n", d, median(d SUBSEP "ours" SUBSEP 3), median(d SUBSEP "stock" SUBSEP 3),
				median(d SUBSEP "ours" SUBSEP 4), median(d SUBSEP "stock" SUBSEP 4), median(d SUBSEP "ours" SUBSEP 5), median(d SUBSEP "stock" SUBSEP 5),
				median(d SUBSEP "stock" SUBSEP 4) / median(d SUBSEP "ours" SUBSEP 4) } }' "$work/figures"
	echo
	(cd graph && GOGC=100 WEBFLIX_IDLE=1 "$work/ours" -test.run '^TestMemoryOfIdleSubscriptions$' -test.v) | sed -n 's/.*idle_test.go:[0-9]*: //p'
}
table | tee "$work/table"

if [ "${1-}" = --write ]; then
	awk -v file="$work/table" '
		/^<!-- bench-api -->$/ { print; print "```"; while ((getline line < file) > 0) print line; print "```"; skip = 1; next }
		/^<!-- end of bench-api -->$/ { skip = 0 }
		!skip' docs/api.md >"$work/api.md"
	cp "$work/api.md" docs/api.md
fi
