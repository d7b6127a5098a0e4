# The Python environment with the reference implementation that some tests compare with. Sourced by
# packaging/test.sh after packaging/setup.sh. Orrery itself needs no Python.

referenceTransformers=5.18.0
reference=$cacheFolder/reference-$torchVersion-$referenceTransformers
referencePython=$reference/bin/python
referencePackages=("torch==$torchVersion+cpu" "transformers==$referenceTransformers" tokenizers
  safetensors sentencepiece protobuf gguf jinja2 accelerate numpy pillow==13.0.0)
# Without what they ask for, which would bring another build of torch.
referenceAlone=(torchvision==0.28.0 timm==1.0.29)

# A virtual environment of the machine's python3; the file `complete` says that it is whole.
makeReference() {
  local whole="${referencePackages[*]} ${referenceAlone[*]}"
  [ "$(cat "$reference/complete" 2>/dev/null)" != "$whole" ] || { echo "   $reference"; return; }
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
    fail "the reference needs Python 3.10 or later, and python3 is $(python3 --version)"
  rm -rf "$reference"
  python3 -m venv "$reference"
  local install=("$referencePython" -m pip install --quiet --only-binary :all: "${referencePackages[@]}")
  # The version names the CPU build, so no source can answer with one for CUDA.
  "${install[@]}" 2>/dev/null || { echo "   not in pip's configured sources; asking $torchIndex too"; "${install[@]}" --extra-index-url "$torchIndex"; } ||
    fail "the reference could not be installed for $(python3 --version)"
  "$referencePython" -m pip install --quiet --only-binary :all: --no-deps "${referenceAlone[@]}"
  cp "$repository/tests/oracle/torchvision_operators.py" \
    "$("$referencePython" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/sitecustomize.py"
  "$referencePython" -c 'import torch, torchvision, transformers; print("  ", torch.__version__, transformers.__version__)'
  echo "$whole" > "$reference/complete"
}

# olah, a mirror server that speaks the hub's protocol, in an environment of its own: its packages shall
# not decide the reference's.
mirrorPackage=olah==0.5.4
mirror=$cacheFolder/mirror-${mirrorPackage#*==}
mirrorPython=$mirror/bin/python

makeMirror() {
  [ "$(cat "$mirror/complete" 2>/dev/null)" != "$mirrorPackage" ] || { echo "   $mirror"; return; }
  rm -rf "$mirror"
  python3 -m venv "$mirror"
  "$mirrorPython" -m pip install --quiet --only-binary :all: "$mirrorPackage"
  echo "$mirrorPackage" > "$mirror/complete"
}
