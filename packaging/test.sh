#!/usr/bin/env bash
# Sets up what is missing, builds, and runs every test: packaging/test.sh
# Ends at the first step that fails. FUZZ_SECONDS (60) is how long a fuzz target runs.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
source "$repository/tests/oracle/reference.sh"
cd "$repository"
[ $# -eq 0 ] || { say "usage: packaging/test.sh (no arguments)"; exit 2; }

export ORRERY_STARTER_MODEL=$starterModel QT_QPA_PLATFORM=offscreen
prefix=-DCMAKE_PREFIX_PATH=$libtorch/torch/share/cmake
oracle=(-DORRERY_ORACLE_PYTHON="$referencePython" -DORRERY_MIRROR_PYTHON="$mirrorPython")
# Under the sanitizers the tasks and the window, which put together what is tested there, would take
# minutes more.
sanitized=("$prefix" "${oracle[@]}" -DORRERY_BUILD_TASKS=OFF -DORRERY_BUILD_WINDOW=OFF)

runTests() { ctest --test-dir "build/$1" --parallel "$(nproc)" --output-on-failure --no-tests=error --timeout 600; }

# Every target of tests/fuzz for FUZZ_SECONDS, as many at a time as there are cores; what reads small texts of the hub and
# of models, and has seen billions of inputs, for a quarter of it.
runFuzzers() {
  local seconds=${FUZZ_SECONDS:-60} target
  for target in $(basename -s .cpp -a tests/fuzz/fuzz_*.cpp); do
    case $target in
      fuzz_cache_scan | fuzz_card | fuzz_generation_config | fuzz_http_headers | fuzz_hub_json | fuzz_sentencepiece)
        echo "$(((seconds + 3) / 4)) $target" ;;
      *) echo "$seconds $target" ;;
    esac
  done | xargs -n 2 -P "$(nproc)" tests/fuzz/run_one.sh build/asan
}

began=$SECONDS
lockSetup
step "System packages" installPackages "${buildPackages[@]}" "${testPackages[@]}"
step "LibTorch $torchVersion, CPU" fetchLibtorch
step "Arrow $arrowVersion" fetchArrow
step "Starter model, SmolLM2-135M-Instruct" fetchStarterModel
step "Reference implementation, transformers $referenceTransformers" makeReference
step "Mirror server, $mirrorPackage" makeMirror
unlockSetup
step "Format of the sources" tests/quality/check_sources.sh format
step "Configure (release)" configure release "$prefix" -DORRERY_ARROW="$arrow/pyarrow" "${oracle[@]}"
step "Build (release)" build release
step "Tests (release)" runTests release
step "Configure (sanitizers)" configure asan "${sanitized[@]}"
step "Build (sanitizers)" build asan
step "Tests (sanitizers)" runTests asan
step "Fuzzing" runFuzzers
say "== All tests passed, $((SECONDS - began)) s"
