"""Downloads that are killed at random moments go on where they were: python kill_test.py

ORRERY_KILLS (20) kills, over a large file, many small ones, and both. ORRERY_CLI names the command line.
"""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
from urllib.parse import unquote

from client import Home, asked_range, digests, kept_ranges, strays
from stand_in import StandIn

KILLS = int(os.environ.get("ORRERY_KILLS", 20))
LARGE = {"files": {"model.safetensors": {"size": 50_000_000, "seed": 1}}}
MANY = {"repeat": [{"name": "part-{:03}.bin", "count": 150, "size": 10_000, "seed": 5},
                   {"name": "text-{:03}.txt", "count": 50, "size": 3_000, "seed": 900}]}
REPOSITORIES = {"lab/large": LARGE, "lab/many": MANY, "lab/both": {**LARGE, **MANY}}


class Kills(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        scenario = {"repositories": [{"id": name, **spec} for name, spec in REPOSITORIES.items()]}
        cls.hub = StandIn(scenario, cls.folder.name).__enter__()
        cls.home = Home(cls.folder.name, cls.hub.address)
        cls.random = random.Random(20)

    @classmethod
    def tearDownClass(cls):
        cls.hub.__exit__()
        cls.folder.cleanup()

    def test_every_start_resumes(self):
        names = list(REPOSITORIES)
        for number, name in enumerate(names):
            wanted = KILLS // len(names) + (number < KILLS % len(names))
            with self.subTest(name):
                self.kill(name, wanted)

    def kill(self, model, wanted):
        self.tree(model)
        kills = downloads = fetched = 0
        usual = self.time_of_download(model)
        while kills < wanted:
            kept = self.kept(model)
            self.hub("clear")
            process = self.home.start("hub", "download", model, "--all")
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(self.random.uniform(0, usual))
            process.send_signal(signal.SIGKILL)
            _, errors = process.communicate()
            killed = process.returncode == -signal.SIGKILL
            self.assertTrue(killed or process.returncode == 0, errors)
            fetched += self.check_requests(kept)
            kills += killed
            if not killed:
                downloads += 1
                self.check_whole(model)
        kept = self.kept(model)
        self.hub("clear")
        self.home.succeed("hub", "download", model, "--all")
        fetched += self.check_requests(kept)
        self.check_whole(model)
        size = sum(size for _, size in self.files.values())
        print(f"{model}: {kills} kills in {downloads + 1} downloads, "
              f"{fetched / (size * (downloads + 1)):.3f} of their bytes sent")

    def tree(self, model):
        """What the repository has, from a download that is thrown away: {name: (content, size)}."""
        plan = self.home.json("hub", "download", model, "--all")
        folder = self.home.snapshot(model, plan["commit"])
        self.files = {f["path"]: ((folder / f["path"]).resolve().name, f["size"]) for f in plan["files"]}
        self.published, self.folder_of = digests(folder), folder
        self.contents = dict(self.files.values())
        shutil.rmtree(self.home.repository(model))

    def time_of_download(self, model):
        begin = time.monotonic()
        self.home.succeed("hub", "download", model, "--all")
        shutil.rmtree(self.home.repository(model))
        return time.monotonic() - begin

    def kept(self, model):
        """What a next start must not fetch: {content: [(begin, end)]}."""
        kept = kept_ranges(self.home, model)
        blobs = self.home.repository(model) / "blobs"
        for blob in blobs.iterdir() if blobs.exists() else ():
            if blob.name in self.contents:
                kept[blob.name] = [(0, self.contents[blob.name])]
        return kept

    def check_requests(self, kept):
        """Nothing that was kept was asked for again; returns the bytes of content that were sent."""
        sent = 0
        for request in self.hub("requests"):
            content = self.content_of(request)
            if content is None:
                continue
            begin, end = asked_range(request, self.contents[content])
            for first, last in kept.get(content, ()):
                self.assertFalse(max(begin, first) < min(end, last),
                                 f"{request['target']}: {begin}-{end} though {first}-{last} was there")
            sent += request["sent"] if request["status"] in (200, 206) else 0
        return sent

    def content_of(self, request):
        path = unquote(request["target"].split("?")[0])
        if request["on"] == "cdn":
            return path.removeprefix("/repos/")
        if "/resolve/" in path or "/api/resolve-cache/" in path:
            return self.files[path.split("/")[-1]][0]
        return None

    def check_whole(self, model):
        self.assertEqual(digests(self.folder_of), self.published)
        self.assertEqual(strays(self.home, model), [])
        shutil.rmtree(self.home.repository(model))


if __name__ == "__main__":
    unittest.main()
