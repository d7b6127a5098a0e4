"""Orrery and huggingface_hub on one cache, through olah: python mirror_download_test.py PYTHON_WITH_OLAH

olah knows no ranges: whatever is asked for, all of a file comes. ORRERY_CLI names the command line.
"""

import os
import shutil
import signal
import sys
import tempfile
import time
import unittest
from pathlib import Path

from client import Home, for_module, killed_later, read_all, strays
from mirror import Mirror, make_repository

FILES = {"config.json": b'{"model_type": "llama"}', "README.md": b"---\nlicense: mit\n---\n# Small\n",
         "sub/notes.txt": b"notes", "model.safetensors": os.urandom(12_000_000)}


def make_mirror(folder):
    global commit
    made = Mirror(MIRROR_PYTHON, folder)
    commit = make_repository(made.models / "lab/model", FILES, ["model.safetensors"])
    return made


def setUpModule():
    global mirror
    mirror = for_module(make_mirror)


class ThroughOlah(unittest.TestCase):
    def setUp(self):
        self.place = tempfile.TemporaryDirectory()
        self.home = Home(self.place.name, mirror.address)

    def tearDown(self):
        self.place.cleanup()

    def snapshot_download(self, **variables):
        return self.home.python("from huggingface_hub import snapshot_download\nprint(snapshot_download('lab/model'))",
                                **variables)

    def download(self, *more):
        return self.home.succeed("hub", "download", "lab/model", *FILES, *more).stdout.strip()

    def check(self, path):
        found = read_all(Path(path))
        self.assertEqual({name: found[name] for name in FILES}, FILES)
        self.assertEqual(self.home.orrery("hub", "verify", "lab/model").returncode, 0)
        done = self.home.hf("cache", "verify", "lab/model")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(strays(self.home, "lab/model"), [])

    def test_hf_accepts_and_uses_what_orrery_downloaded(self):
        path = self.home.succeed("hub", "download", "lab/model", "--all").stdout.strip()
        self.check(path)
        self.assertIn("lab/model", self.home.hf("cache", "ls").stdout)
        self.assertEqual(self.snapshot_download(HF_ENDPOINT="http://127.0.0.1:9", HF_HUB_OFFLINE="1"), path)

    def test_orrery_uses_what_hf_downloaded(self):
        path = self.snapshot_download()
        self.check(path)
        self.assertEqual(self.download("--offline"), path)
        self.home.succeed("hub", "delete", "lab/model")
        self.assertNotIn("lab/model", self.home.hf("cache", "ls").stdout)

    def test_killed_and_finished(self):
        for _ in range(5):
            process = self.home.start("hub", "download", "lab/model", "--all", "--limit", "20M")
            with killed_later(process):
                time.sleep(0.3)
                process.send_signal(signal.SIGKILL)
        self.check(self.home.succeed("hub", "download", "lab/model", "--all").stdout.strip())

    def test_each_finishes_what_the_other_left_out(self):
        self.home.python("from huggingface_hub import hf_hub_download\n"
                         "hf_hub_download('lab/model', 'model.safetensors', revision='main')")
        blobs = self.home.repository("lab/model") / "blobs"
        large = next(blobs.iterdir())
        before = large.stat().st_ino
        self.check(self.home.succeed("hub", "download", "lab/model", "--all").stdout.strip())
        self.assertEqual(large.stat().st_ino, before)
        shutil.rmtree(self.home.repository("lab/model"))
        self.home.succeed("hub", "download", "lab/model", "config.json")
        self.check(self.snapshot_download())


if __name__ == "__main__":
    MIRROR_PYTHON = sys.argv.pop(1)
    unittest.main()
