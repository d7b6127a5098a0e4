"""Orrery's command line and huggingface_hub as processes that share a cache, for tests in Python."""

import contextlib
import hashlib
import json
import os
import pathlib
import signal
import struct
import subprocess
import sys
import tempfile
import unittest

CLI = os.environ["ORRERY_CLI"]
HF = pathlib.Path(sys.executable).parent / "hf"
PIECE = 32 << 20  # of a file that Orrery fetches by pieces
QUIET = {"HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_UPDATE_CHECK": "1"}


def for_module(make):
    """`make(folder)`, entered until the tests of the module that calls this in setUpModule have ended."""
    return unittest.enterModuleContext(make(unittest.enterModuleContext(tempfile.TemporaryDirectory())))


class Home:
    """A user's home with a cache, and the hub that its programs ask."""

    def __init__(self, folder, endpoint, **variables):
        self.folder = pathlib.Path(folder)
        self.cache = self.folder / "hub"
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "HUGGING", "ORRERY_HUB"))}
        self.environment = {**inherited, **QUIET, "HOME": str(self.folder), "HF_HOME": str(self.folder),
                            "HF_ENDPOINT": endpoint, **variables}

    def command(self, program, arguments, **variables):
        return dict(args=[str(program), *map(str, arguments)], env={**self.environment, **variables})

    def start(self, *arguments, program=CLI, **variables):
        return subprocess.Popen(**self.command(program, arguments, **variables), stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

    def orrery(self, *arguments, input=None, **variables):
        """A finished process; one that ends by a signal or takes more than two minutes fails the test."""
        done = subprocess.run(**self.command(CLI, arguments, **variables), capture_output=True, text=True, timeout=120,
                              stdin=subprocess.DEVNULL if input is None else None, input=input)
        assert done.returncode in (0, 1, 2), (arguments, done)
        return done

    def succeed(self, *arguments, **variables):
        done = self.orrery(*arguments, **variables)
        assert done.returncode == 0, (arguments, done.stdout, done.stderr)
        return done

    def json(self, *arguments, **variables):
        return json.loads(self.succeed(*arguments, "--json", **variables).stdout)

    def hf(self, *arguments, **variables):
        return subprocess.run(**self.command(HF, arguments, **variables), capture_output=True, text=True, timeout=120,
                              stdin=subprocess.DEVNULL)

    def python(self, text, **variables):
        """What a Python program that may use huggingface_hub prints."""
        done = subprocess.run(**self.command(sys.executable, ["-c", text], **variables), capture_output=True, text=True,
                              timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def repository(self, model):
        return self.cache / ("models--" + model.replace("/", "--"))

    def snapshot(self, model, commit):
        return self.repository(model) / "snapshots" / commit


def read_all(folder):
    """The bytes of all files below, by name."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def digests(folder):
    return {str(p.relative_to(folder)): sha256(p) for p in sorted(folder.rglob("*")) if p.is_file()}


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def strays(home, model):
    """What is in the cache of a model and has no place in the layout that huggingface_hub keeps."""
    folder, found = home.repository(model), []
    used = {p.resolve().name for p in (folder / "snapshots").rglob("*") if p.is_symlink()}
    found += [p for p in (folder / "blobs").iterdir() if p.name not in used]
    found += [p for p in (folder / "trees").iterdir() if p.suffix != ".json"]
    found += [p for p in (folder / "refs").rglob("*") if p.is_file() and "." in p.name]
    found += [p for p in (home.cache / ".locks").rglob("*") if p.is_file() and p.suffix != ".lock"]
    found += [p for p in folder.iterdir() if p.name not in ("blobs", "snapshots", "refs", "trees")]
    return [str(p.relative_to(home.cache)) for p in found]


def sizes_of(paths):
    """Bytes of each file, of those that are still there: a download that works on renames its own."""
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            yield path.stat().st_size


def kept_ranges(home, model):
    """By content: the bytes that a download left and that count, as (begin, end)."""
    blobs, kept = home.repository(model) / "blobs", {}
    for data in blobs.glob("*.orrery.incomplete") if blobs.exists() else ():
        content = data.name.split(".")[0]
        notes, size = blobs / f"{content}.orrery-pieces.incomplete", data.stat().st_size
        if not notes.exists():
            kept[content] = [(0, size)]
            continue
        counts = struct.unpack(f"<{notes.stat().st_size // 8}Q", notes.read_bytes())[2:]
        kept[content] = [(i * PIECE, i * PIECE + n) for i, n in enumerate(counts) if n]
    return kept


def asked_range(request, size):
    """The bytes of a file that a request asks for."""
    field = request["headers"].get("range")
    if not field:
        return 0, size
    first, last = field.removeprefix("bytes=").split("-")
    return int(first), int(last) + 1


@contextlib.contextmanager
def killed_later(process):
    """Whatever happens to the test, the process ends."""
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.communicate()


def peak_memory(process):
    """Waits for the process; (its exit code, its error output, its peak resident memory in bytes)."""
    errors = process.stderr.read()
    process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    process.stderr.close()
    return process.returncode, errors, usage.ru_maxrss * 1024
