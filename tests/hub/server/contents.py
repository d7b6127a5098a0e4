"""Files of the stand-in hub's repositories: where their bytes lie and what git and LFS call them.

A file is described in a scenario by one of
  {"text": "..."}  {"base64": "..."}  {"from": "/a/file"}
  {"size": N, "seed": S}                    bytes that look random
  {"size": N}                               a hole: no space on disk
  {"safetensors": {NAME: [DTYPE, SHAPE]}}   a header, and a hole for the data
with "lfs": true or false where the name and the size (see is_large) should not decide.
"""

import base64
import hashlib
import json
import os
import random
from dataclasses import dataclass

LARGE_ENDINGS = (".safetensors", ".gguf", ".bin", ".pt", ".pth", ".onnx", ".msgpack", ".h5", ".npz")
LARGE_SIZE = 10_000_000  # beyond it the hub takes no file that is not LFS
KEPT_SIZE = 1 << 16  # so small files are kept in memory
BLOCK = 1 << 20
DTYPE_BITS = {"F64": 64, "F32": 32, "F16": 16, "BF16": 16, "I64": 64, "I32": 32, "I16": 16, "I8": 8,
              "U8": 8, "BOOL": 8, "F8_E4M3": 8, "F8_E5M2": 8}


@dataclass(frozen=True)
class Blob:
    size: int
    oid: str  # git's name: of the content, or of the pointer of a large file
    sha256: str | None  # of large files only
    path: str  # where the bytes lie
    data: bytes | None  # the bytes of a small file

    @property
    def pointer_size(self):
        return len(pointer(self.sha256, self.size))

    @property
    def etag(self):
        return self.sha256 or self.oid

    def read(self):
        if self.data is not None:
            return self.data
        with open(self.path, "rb") as file:
            return file.read()


def pointer(sha256, size):
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size}\n".encode()


def git_oid(data):
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def is_large(name, size, spec):
    return spec.get("lfs", size > LARGE_SIZE or name.endswith(LARGE_ENDINGS))


class Store:
    """Makes blobs; what has to be written goes into `folder`."""

    def __init__(self, folder):
        self.folder = folder
        self.count = 0

    def blob(self, name, spec):
        path, made_up = self.place(name, spec)
        size = os.path.getsize(path)
        data = None
        if size <= KEPT_SIZE and not made_up:
            with open(path, "rb") as file:
                data = file.read()
        if not is_large(name, size, spec):
            return Blob(size, git_oid(data if data is not None else read(path)), None, path, data)
        sha256 = spec.get("sha256") or (sha_of_text(f"{name} {size} {spec}") if made_up else sha_of_file(path))
        return Blob(size, git_oid(pointer(sha256, size)), sha256, path, data)

    def place(self, name, spec):
        """Where the bytes are, and whether hashing them would take for ever."""
        if "from" in spec:
            return spec["from"], False
        self.count += 1
        path = os.path.join(self.folder, f"{self.count:06}")
        if "text" in spec or "base64" in spec:
            data = spec["text"].encode() if "text" in spec else base64.b64decode(spec["base64"])
            write(path, data)
            return path, False
        if "seed" in spec:
            write_random(path, spec["size"], spec["seed"])
            return path, False
        head, size = b"", spec.get("size", 0)
        if "safetensors" in spec:
            head, size = safetensors_head(spec["safetensors"])
        write(path, head)
        os.truncate(path, size)
        return path, size > LARGE_SIZE


def safetensors_head(tensors):
    header, at = {}, 0
    for name, (dtype, shape) in tensors.items():
        count = 1
        for extent in shape:
            count *= extent
        end = at + count * DTYPE_BITS[dtype] // 8
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, end]}
        at = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text, 8 + len(text) + at


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


def write_random(path, size, seed):
    """One random block, numbered, so that gigabytes take a second and no two blocks are equal."""
    block = random.Random(seed).randbytes(min(size, BLOCK))
    with open(path, "wb") as file:
        for number in range(0, (size + BLOCK - 1) // BLOCK):
            left = min(BLOCK, size - number * BLOCK)
            head = (number.to_bytes(8, "little") if number else block[:8])[:left]
            file.write(head)
            file.write(memoryview(block)[len(head) : left])


def read(path):
    with open(path, "rb") as file:
        return file.read()


def sha_of_file(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha_of_text(text):
    return hashlib.sha256(text.encode()).hexdigest()
