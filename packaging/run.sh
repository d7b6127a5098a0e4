#!/usr/bin/env bash
# Sets up what is missing, builds, and starts Orrery:
#   packaging/run.sh              the window
#   packaging/run.sh chat         a conversation in the terminal, with the starter model
#   packaging/run.sh COMMAND …    orrery-cli COMMAND … (try --help)
# `chat` without --model takes the starter model. Only the program writes to standard output.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

hasDisplay() { [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; }

# isGiven OPTION ARGUMENT…: whether OPTION or OPTION=… is among the arguments.
isGiven() {
  local option=$1 argument
  shift
  for argument in "$@"; do
    [[ $argument != "$option" && $argument != "$option"=* ]] || return 0
  done
  return 1
}

# Configured before, by test.sh or this script, for the same LibTorch and Arrow: ninja notices every other change.
isConfigured() {
  local cache=$repository/build/release/CMakeCache.txt
  [ -f "$repository/build/release/build.ninja" ] &&
    grep -qF "=$libtorch/torch/share/cmake" "$cache" && grep -qF "=$arrow/pyarrow" "$cache"
}

targets=(orrery_terminal)
if [ $# -eq 0 ] && hasDisplay; then targets=(orrery_window); fi

lockSetup
step "System packages" installPackages "${buildPackages[@]}"
step "LibTorch $torchVersion, CPU" fetchLibtorch
step "Arrow $arrowVersion" fetchArrow
step "Starter model, SmolLM2-135M-Instruct" fetchStarterModel
isConfigured ||
  step "Configure" configure release "-DCMAKE_PREFIX_PATH=$libtorch/torch/share/cmake" -DORRERY_ARROW="$arrow/pyarrow"
step "Build" build release "${targets[@]}"
unlockSetup

bin=$repository/build/release/bin
if [ $# -eq 0 ]; then
  if hasDisplay; then exec "$bin/orrery"; fi
  say "There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set), so the window cannot open."
  say "Talk in the terminal instead: packaging/run.sh chat"
  [ -t 0 ] && [ -t 1 ] || exit 0
  read -r -p "Start the conversation now? [Y/n] " answer
  case $answer in [nN]*) exit 0 ;; esac
  set -- chat
fi
if [ "$1" = chat ] && ! isGiven --model "$@" && ! isGiven --help "$@"; then
  set -- "$@" --model "$starterModel"
fi
exec "$bin/orrery-cli" "$@"
