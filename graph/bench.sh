#!/usr/bin/env bash
# Measure what requests cost, ours beside a plain gqlgen server with the same schema, resolvers and data. The plain one runs
# in a copy of the code, where gqlgen generates and nobody trims.
set -euo pipefail
cd "$(dirname "$0")/.."

copy=$(mktemp -d)
[ -d "$copy" ] || exit 1
trap 'rm -rf "$copy"' EXIT
mkdir "$copy/src"
cp go.mod go.sum gqlgen.yml "$copy/src/"
cp -R recommend "$copy/src/"
tar -c --exclude node_modules graph | tar -x -C "$copy/src"

export GOGC=${GOGC:-400}
bench=(go test ./graph -run '^$' -bench '^BenchmarkAPI$' -benchtime "${BENCHTIME:-2s}")
echo "ours"
"${bench[@]}" | grep ^Benchmark
(cd "$copy/src" && go tool gqlgen generate)
echo "plain gqlgen"
(cd "$copy/src" && WEBFLIX_BENCH_STOCK=1 "${bench[@]}" | grep ^Benchmark)
