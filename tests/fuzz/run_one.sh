#!/usr/bin/env bash
# run_one.sh BUILD SECONDS TARGET: fuzzes one target from its seeds (BUILD/seeds, made with the build), if any, and from
# what earlier runs found (BUILD/corpus). A finding is kept as BUILD/logs/TARGET-* and the log printed.
set -euo pipefail
build=$1 seconds=$2 target=$3
found=$build/corpus/$target seeds=$build/seeds/$target
mkdir -p "$found" "$build/logs"
inputs=("$found")
[ ! -d "$seeds" ] || inputs+=("$seeds" "-dict=$seeds.dict")
log=$build/logs/$target.log
# What is freed must not count against the limit of memory for long.
export ASAN_OPTIONS=quarantine_size_mb=16
if "$build/bin/$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=512 -print_final_stats=1 \
  -artifact_prefix="$build/logs/$target-" "${inputs[@]}" >"$log" 2>&1; then
  echo "   $target: $(awk '/number_of_executed_units/ {print $2}' "$log") inputs in $seconds s, none bad"
else
  grep -vE "^#[0-9]+[[:space:]]" "$log" | cut -c 1-240 | head -n 60
  echo "   $target: failed, see $log"
  exit 1
fi
