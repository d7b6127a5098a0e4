"""Orrery's downloads against those of `hf download`, in pairs, from the stand-in hub on this machine.

    ORRERY_CLI=build/release/bin/orrery-cli python tests/bench/hub_download.py [--bytes N] [--files N] [--runs N] [--folder F]

The Python needs huggingface_hub; the folder should be in memory (/dev/shm), so that no disk is measured. Prints for
each case the median seconds of both, processor seconds, peak memory, and how many times faster Orrery is.
"""

import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "hub"))
from client import CLI, HF, Home  # noqa: E402
from stand_in import StandIn  # noqa: E402


def measure(home, program, arguments):
    """(seconds, processor seconds, peak bytes) of one download into an empty cache."""
    shutil.rmtree(home.cache, ignore_errors=True)
    begin = time.monotonic()
    process = subprocess.Popen(**home.command(program, arguments), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, arguments
    return time.monotonic() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def pair(home, title, model, runs):
    programs = {"hf": (HF, ["download", model]), "orrery": (CLI, ["hub", "download", model, "--all"])}
    results = {name: [] for name in programs}
    for _ in range(runs):
        for name, command in programs.items():
            results[name].append(measure(home, *command))
    median = {name: [statistics.median(column) for column in zip(*rows)] for name, rows in results.items()}
    for name, (seconds, processor, memory) in median.items():
        print(f"{title:28} {name:7} {seconds:8.2f} s {processor:8.2f} s of processor {memory / 1e6:7.0f} MB")
    print(f"{title:28} ratio   {median['hf'][0] / median['orrery'][0]:8.2f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bytes", type=int, default=4_000_000_000)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", default="/dev/shm")
    options = parser.parse_args()
    tempfile.tempdir = options.folder
    os.environ["TMPDIR"] = options.folder
    scenario = {"repositories": [
        {"id": "lab/large", "files": {"model.safetensors": {"size": options.bytes, "seed": 1}}},
        {"id": "lab/many", "repeat": [{"name": "{:04}.txt", "count": options.files, "size": 10_000, "seed": 1}]}]}
    with tempfile.TemporaryDirectory() as place, StandIn(scenario, place) as hub:
        home = Home(pathlib.Path(place, "home"), hub.address)
        for latency in (0, 50):
            hub("latency", milliseconds=latency)
            after = f", {latency} ms" if latency else ""
            pair(home, "one large file" + after, "lab/large", options.runs)
            pair(home, f"{options.files} files" + after, "lab/many", options.runs)


if __name__ == "__main__":
    main()
