"""huggingface_hub against olah: python mirror_test.py PYTHON_WITH_OLAH

Without a network olah knows a repository by its revisions only: what is asked without one, it asks its hub.
"""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from mirror import Mirror, make_repository

FILES = {"config.json": b'{"model_type": "llama"}', "README.md": b"---\nlicense: mit\n---\n# Small\n",
         "sub/notes.txt": b"notes", "model.safetensors": os.urandom(300_000)}

folder = tempfile.TemporaryDirectory()
mirror = Mirror(sys.argv.pop(1), folder.name)
commit = make_repository(mirror.models / "lab/small", FILES, ["model.safetensors"])
mirror.__enter__()
os.environ.update(HF_ENDPOINT=mirror.address, HF_HOME=folder.name + "/home", HF_HUB_DISABLE_PROGRESS_BARS="1",
                  HF_HUB_DISABLE_TELEMETRY="1", HF_HUB_DISABLE_UPDATE_CHECK="1")
for name in ("HF_TOKEN", "HF_HUB_OFFLINE", "HF_HUB_CACHE"):
    os.environ.pop(name, None)
from huggingface_hub import HfApi, snapshot_download  # noqa: E402 (reads the variables)


class Olah(unittest.TestCase):
    def test_information_and_tree(self):
        self.assertEqual(HfApi().model_info("lab/small", revision="main").sha, commit)
        tree = {e.path: e for e in HfApi().list_repo_tree("lab/small", recursive=True)}
        self.assertLessEqual(set(FILES), set(tree))
        self.assertEqual(tree["model.safetensors"].lfs.size, 300_000)

    def test_snapshot_is_whole_and_verified(self):
        path = Path(snapshot_download("lab/small"))
        self.assertEqual({n: path.joinpath(n).read_bytes() for n in FILES}, FILES)
        done = subprocess.run([Path(sys.executable).parent / "hf", "cache", "verify", "lab/small"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    try:
        unittest.main()
    finally:
        mirror.__exit__()
