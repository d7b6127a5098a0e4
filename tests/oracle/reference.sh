# The Python environment with the reference implementation that some tests compare with. Sourced by
# packaging/test.sh after packaging/setup.sh. Orrery itself needs no Python.

referenceTransformers=5.18.0
reference=$cacheFolder/reference-$torchVersion-$referenceTransformers
referencePython=$reference/bin/python
referencePackages=("torch==$torchVersion+cpu" "transformers==$referenceTransformers" tokenizers
  safetensors sentencepiece protobuf gguf jinja2 accelerate numpy)

# A virtual environment of the machine's python3; the file `complete` says that it is whole.
makeReference() {
  [ "$(cat "$reference/complete" 2>/dev/null)" != "${referencePackages[*]}" ] || { echo "   $reference"; return; }
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
    fail "the reference needs Python 3.10 or later, and python3 is $(python3 --version)"
  rm -rf "$reference"
  python3 -m venv "$reference"
  local install=("$referencePython" -m pip install --quiet --only-binary :all: "${referencePackages[@]}")
  # The version names the CPU build, so no source can answer with one for CUDA.
  "${install[@]}" 2>/dev/null || { echo "   not in pip's configured sources; asking $torchIndex too"; "${install[@]}" --extra-index-url "$torchIndex"; } ||
    fail "the reference could not be installed for $(python3 --version)"
  "$referencePython" -c 'import torch, transformers; print("  ", torch.__version__, transformers.__version__)'
  echo "${referencePackages[*]}" > "$reference/complete"
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
