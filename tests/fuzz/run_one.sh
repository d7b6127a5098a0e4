#!/usr/bin/env bash
# run_one.sh BUILD SECONDS TARGET: fuzzes one target from its seeds in tests/fuzz/corpus/TARGET and what
# earlier runs found (BUILD/corpus/TARGET). A finding is kept as BUILD/logs/TARGET-* and the log printed.
set -euo pipefail
build=$1 seconds=$2 target=$3
seeds=$(dirname "${BASH_SOURCE[0]}")/corpus/$target
found=$build/corpus/$target
mkdir -p "$found" "$build/logs"
folders=("$found")
[ ! -d "$seeds" ] || folders+=("$seeds")
log=$build/logs/$target.log
if "$build/bin/$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
  -artifact_prefix="$build/logs/$target-" "${folders[@]}" >"$log" 2>&1; then
  echo "   $target: $(awk '/number_of_executed_units/ {print $2}' "$log") inputs in $seconds s, none bad"
else
  grep -vE "^#[0-9]+[[:space:]]" "$log" | cut -c 1-240 | head -n 60
  echo "   $target: failed, see $log"
  exit 1
fi
