#!/usr/bin/env bash
# check_links.sh PROGRAM: fails when the program would load LibTorch or a library that is not found.
set -euo pipefail
needs=$(ldd "$1")
[ -n "$needs" ] || { echo "$1: ldd says nothing"; exit 1; }
bad=$(grep -E 'lib(torch|c10|ATen)|not found' <<<"$needs" || true)
[ -z "$bad" ] || { echo "$1 links:"; echo "$bad"; exit 1; }
