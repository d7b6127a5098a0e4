#!/usr/bin/env bash
# check_sources.sh format|length|window|covered: what must hold for every source file of the project.
#   format   clang-format (version 14) would change nothing
#   length   no file has more than 500 lines, scripts and pages included
#   window   ui/ and app/gui/ name no header of LibTorch, nor of a part of core that includes them
#   covered  each folder of core has tests of its own
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

sources() {
  find app core plugins tests ui \( -name '*.h' -o -name '*.cpp' \) -not -path '*/build/*' 2>/dev/null | sort || true
}

others() {
  find .ci app cmake core packaging plugins tests ui \( -name '*.py' -o -name '*.sh' -o -name '*.cmake' -o -name '*.md' \
    -o -name CMakeLists.txt \) 2>/dev/null || true
  ls -- *.md CMakeLists.txt
}

case ${1:-} in
  format)
    formatter=$(command -v clang-format-14 || command -v clang-format) ||
      { echo "clang-format-14 is not installed"; exit 1; }
    sources | xargs "$formatter" --dry-run --Werror
    ;;
  length)
    long=$({ sources; others; } | xargs wc -l | awk '$2 != "total" && $1 > 500 {print $2 ": " $1 " lines, at most 500"}')
    [ -z "$long" ] || { echo "$long"; exit 1; }
    ;;
  window)
    folders=()
    for folder in ui app/gui; do [ ! -d $folder ] || folders+=($folder); done
    [ ${#folders[@]} -gt 0 ] || exit 0
    # base and protocol are all of core that the window may see, and they may not see LibTorch either.
    bad=$(grep -rnE '#include *[<"](torch|ATen|c10|caffe2)/' "${folders[@]}" core/base core/protocol || true)
    bad+=$(grep -rnE '#include *"core/' "${folders[@]}" | grep -vE '"core/(base|protocol)/' || true)
    [ -z "$bad" ] || { echo "$bad"; exit 1; }
    ;;
  covered)
    bad=
    for folder in core/*/; do
      area=tests/$(basename "$folder")
      [ -n "$(find "$area" -name '*_test.cpp' 2>/dev/null)" ] || bad+="$folder has no tests in $area"$'\n'
    done
    [ -z "$bad" ] || { printf '%s' "$bad"; exit 1; }
    ;;
  *)
    echo "usage: check_sources.sh format|length|window|covered"
    exit 2
    ;;
esac
