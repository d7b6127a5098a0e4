#!/usr/bin/env bash
# Sets up what is missing, builds, and runs every test: packaging/test.sh
# Ends at the first step that fails.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
source "$repository/tests/oracle/reference.sh"
cd "$repository"
[ $# -eq 0 ] || { say "usage: packaging/test.sh (no arguments)"; exit 2; }

export ORRERY_STARTER_MODEL=$starterModel QT_QPA_PLATFORM=offscreen
prefix=-DCMAKE_PREFIX_PATH=$libtorch/torch/share/cmake
oracle=-DORRERY_ORACLE_PYTHON=$referencePython

runTests() { ctest --test-dir "build/$1" --output-on-failure --no-tests=error --timeout 600; }

began=$SECONDS
lockSetup
step "System packages" installPackages "${buildPackages[@]}" "${testPackages[@]}"
step "LibTorch $torchVersion, CPU" fetchLibtorch
step "Starter model, SmolLM2-135M-Instruct" fetchStarterModel
step "Reference implementation, transformers $referenceTransformers" makeReference
unlockSetup
step "Format of the sources" tests/quality/check_sources.sh format
step "Configure (release)" configure release "$prefix" "$oracle"
step "Build (release)" build release
step "Tests (release)" runTests release
say "== All tests passed, $((SECONDS - began)) s"
