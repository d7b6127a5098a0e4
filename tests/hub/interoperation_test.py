"""Orrery and huggingface_hub on one cache, through the stand-in hub: python interoperation_test.py

ORRERY_CLI names the command line. huggingface_hub runs as it is installed (with hf-xet, where pip has it) and, in
the classes that say so, with HF_HUB_DISABLE_XET.
"""

import shutil
import signal
import tempfile
import time
import unittest
from pathlib import Path

from client import HF, Home, digests, for_module, kept_ranges, killed_later, sizes_of, strays
from stand_in import StandIn

LARGE = 40_000_000  # two pieces
OLD = {"config.json": {"text": '{"model_type": "llama"}'}, "README.md": {"text": "# Model\n"},
       "tokenizer.json": {"text": "{}"}, "sub/notes.txt": {"text": "notes"},
       "model.safetensors": {"size": LARGE, "seed": 1}}
NEW = {"config.json": {"text": '{"model_type": "llama", "changed": true}'}}
FEW = {"text": "few"}
SCENARIO = {"repositories": [
    {"id": "lab/model", "commits": [{"files": OLD}, {"files": NEW}], "branches": {"old": 0}},
    {"id": "lab/small", "files": {"config.json": {"text": "{}"}},
     "repeat": [{"name": "part-{:02}.bin", "count": 20, "size": 20_000, "seed": 7}]},
    {"id": "lab/gguf", "files": {"a.Q8_0.gguf": {"text": "GGUF"}, "a.Q4_K_M.gguf": {"text": "GGUF4"}}}]}


def setUpModule():
    global hub, commits
    hub = for_module(lambda folder: StandIn(SCENARIO, folder))
    commits = {name: hub("commits", repo=name) for name in ("lab/model", "lab/small", "lab/gguf")}


def content_requests():
    """Requests for the bytes of files that were answered with some."""
    return [r for r in hub("requests") if r["method"] == "GET" and r["sent"] and r["status"] in (200, 206)
            and not (r["target"].startswith("/api/") and "resolve-cache" not in r["target"])]


class Shared(unittest.TestCase):
    variables = {}

    def setUp(self):
        self.place = tempfile.TemporaryDirectory()
        self.home = Home(self.place.name, hub.address, **self.variables)
        hub("faults", faults=[])
        hub("clear")

    def tearDown(self):
        self.place.cleanup()

    def head(self, model="lab/model"):
        return commits[model][-1]

    def snapshot_download(self, arguments, model="lab/model", **variables):
        return self.home.python(f"from huggingface_hub import snapshot_download\n"
                                f"print(snapshot_download({model!r}, {arguments}))", **variables)

    def check_whole(self, model="lab/model"):
        """The content is the published one, as both programs find, and nothing else lies about."""
        self.assertEqual(self.home.orrery("hub", "verify", model).returncode, 0)
        done = self.home.hf("cache", "verify", model)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(strays(self.home, model), [])


class OrreryFirst(Shared):
    def test_hf_lists_what_orrery_downloaded(self):
        self.home.succeed("hub", "download", "lab/model", "--all")
        listed = self.home.hf("cache", "ls", "--revisions", "--format", "json")
        self.assertEqual(listed.returncode, 0, listed.stderr)
        self.assertIn(self.head(), listed.stdout)
        self.assertNotIn("warning", (listed.stdout + listed.stderr).lower())

    def test_hf_verifies_what_orrery_downloaded(self):
        self.home.succeed("hub", "download", "lab/model", "--all")
        done = self.home.hf("cache", "verify", "lab/model", "--fail-on-missing-files", "--fail-on-extra-files")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(strays(self.home, "lab/model"), [])

    def test_snapshot_download_uses_it_without_a_byte(self):
        path = self.home.succeed("hub", "download", "lab/model", "--all").stdout.strip()
        hub("clear")
        self.assertEqual(self.snapshot_download(f"revision={self.head()!r}"), path)
        self.assertEqual(self.snapshot_download("local_files_only=True"), path)
        self.assertEqual(self.snapshot_download("", HF_HUB_OFFLINE="1"), path)
        self.assertEqual(hub("requests"), [])

    def test_the_default_choice_is_what_hf_would_take_by_patterns(self):
        path = self.home.succeed("hub", "download", "lab/model").stdout.strip()
        self.assertEqual(set(digests(Path(path))), {"config.json", "tokenizer.json", "model.safetensors"})
        hub("clear")
        self.assertEqual(self.snapshot_download(f"revision={self.head()!r}, "
                                                "allow_patterns=['*.json', '*.safetensors']"), path)
        self.assertEqual(hub("requests"), [])

    def test_orrery_goes_on_with_the_second_revision_alone(self):
        self.home.succeed("hub", "download", "lab/model@old", "--all")
        hub("clear")
        self.home.succeed("hub", "download", "lab/model", "--all")
        self.assertEqual(sum(r["sent"] for r in content_requests()), len(NEW["config.json"]["text"]))
        self.assertEqual(self.snapshot_download("revision='old'", HF_HUB_OFFLINE="1"),
                         str(self.home.snapshot("lab/model", commits["lab/model"][0])))
        self.check_whole()

    def test_hf_deletes_what_orrery_downloaded(self):
        self.home.succeed("hub", "download", "lab/small", "--all")
        done = self.home.hf("cache", "rm", "model/lab/small", "--yes")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(self.home.json("hub", "scan")["caches"][0]["repositories"], [])
        self.home.succeed("hub", "download", "lab/small", "--all")
        self.check_whole("lab/small")

    def test_two_of_orrery_at_once(self):
        hub("faults", faults=[{"on": "cdn", "drip": 400_000, "seconds": 0.01}])
        with killed_later(self.home.start("hub", "download", "lab/model", "--all")) as one:
            self.home.succeed("hub", "download", "lab/model", "--all")
            self.assertEqual(one.wait(60), 0)
        fetched = sum(r["sent"] for r in content_requests() if r["on"] == "cdn")
        self.assertEqual(fetched, LARGE)
        self.check_whole()


class HfFirst(Shared):
    def test_orrery_uses_it_without_a_byte(self):
        path = self.snapshot_download("")
        self.assertEqual(self.home.json("hub", "download", "lab/model", "--all", "--dry-run")["bytes_left"], 0)
        hub("clear")
        self.assertEqual(self.home.succeed("hub", "download", "lab/model", "--all", "--offline").stdout.strip(), path)
        self.assertEqual(hub("requests"), [])

    def test_single_files_are_used_offline_without_their_tree(self):
        path = self.home.python("from huggingface_hub import hf_hub_download\n"
                                "print(hf_hub_download('lab/model', 'config.json'))")
        hub("clear")
        done = self.home.orrery("tokenize", "--model", "lab/model", "--offline", "--text", "text")
        self.assertNotIn("cache", done.stderr)  # the folder is opened; that a tokenizer lacks is its own word
        self.assertIn(str(Path(path).parent), done.stderr)
        self.assertEqual(hub("requests"), [])

    def test_orrery_verifies_and_scans_it(self):
        self.snapshot_download("")
        found = self.home.json("hub", "verify", "lab/model")
        self.assertEqual((len(found["verified"]), found["wrong"], found["not_downloaded"]), (5, [], []))
        repository, = self.home.json("hub", "scan")["caches"][0]["repositories"]
        self.assertEqual(repository["revisions"][0]["commit"], self.head())
        self.assertEqual(repository["revisions"][0]["refs"], ["main"])

    def test_a_spoilt_blob_is_found_by_both(self):
        path = Path(self.snapshot_download(""))
        blob = (path / "model.safetensors").resolve()
        with open(blob, "r+b") as file:
            file.seek(1_000_000)
            file.write(b"\0spoilt\0")
        found = self.home.orrery("hub", "verify", "lab/model", "--json")
        self.assertEqual(found.returncode, 1)
        self.assertIn('"path": "model.safetensors"', found.stdout)
        self.assertNotEqual(self.home.hf("cache", "verify", "lab/model").returncode, 0)

    def test_orrery_deletes_a_revision_that_hf_downloaded(self):
        self.snapshot_download("revision='old'")
        self.snapshot_download("")
        old, new = commits["lab/model"]
        planned = self.home.json("hub", "delete", "lab/model@old", "--dry-run")
        self.assertEqual(planned["bytes_to_free"], len(OLD["config.json"]["text"]))
        freed = self.home.json("hub", "delete", "lab/model@old")
        self.assertEqual(freed["bytes_freed"], planned["bytes_to_free"])
        listed = self.home.hf("cache", "ls", "--revisions", "--format", "json")
        self.assertIn(new, listed.stdout)
        self.assertNotIn(old, listed.stdout)
        self.assertEqual(self.snapshot_download("", HF_HUB_OFFLINE="1"), str(self.home.snapshot("lab/model", new)))
        self.check_whole()

    def test_orrery_deletes_a_repository_that_hf_downloaded(self):
        self.snapshot_download("", "lab/small")
        self.home.succeed("hub", "delete", "lab/small")
        listed = self.home.hf("cache", "ls", "--format", "json")
        self.assertNotIn("lab/small", listed.stdout)
        self.snapshot_download("", "lab/small")
        self.check_whole("lab/small")

    def test_prune_takes_what_hf_left_and_unnamed_revisions(self):
        self.snapshot_download(f"revision={commits['lab/model'][0]!r}")
        self.snapshot_download("")
        left = self.home.repository("lab/model") / "blobs" / ("a" * 64 + ".12345678.incomplete")
        left.write_bytes(b"begun")
        self.home.succeed("hub", "prune")
        self.assertFalse(left.exists())
        self.home.succeed("hub", "prune", "--detached")
        self.assertNotIn(commits["lab/model"][0], self.home.hf("cache", "ls", "--revisions", "--format", "json").stdout)
        self.check_whole()


class Interrupted(Shared):
    """One begins, is killed, and the other finishes."""

    def wait_for(self, condition, process):
        for _ in range(600):
            if condition():
                return
            self.assertIsNone(process.poll(), "it ended before it could be killed")
            time.sleep(0.02)
        self.fail("nothing came")

    def begun_bytes(self):
        return max(sizes_of((self.home.repository("lab/model") / "blobs").glob("*.incomplete")), default=0)

    def test_hf_begins_and_orrery_finishes(self):
        hub("faults", faults=[{"on": "cdn", "stall": 25_000_000, "seconds": 30}])
        process = self.home.start("download", "lab/model", program=HF)
        with killed_later(process):
            self.wait_for(lambda: self.begun_bytes() >= 20_000_000, process)
            process.send_signal(signal.SIGKILL)
        begun = self.begun_bytes()
        hub("faults", faults=[])
        hub("clear")
        self.home.succeed("hub", "download", "lab/model", "--all")
        fetched = sum(r["sent"] for r in content_requests() if r["on"] == "cdn")
        self.assertLessEqual(fetched, LARGE - begun)
        self.check_whole()

    def test_orrery_begins_and_hf_finishes(self):
        hub("faults", faults=[{"on": "cdn", "stall": 3_000_000, "seconds": 30}])
        process = self.home.start("hub", "download", "lab/model", "--all")
        with killed_later(process):
            self.wait_for(lambda: any(kept_ranges(self.home, "lab/model").values()), process)
            process.send_signal(signal.SIGKILL)
        hub("faults", faults=[])
        self.snapshot_download("")
        self.home.succeed("hub", "download", "lab/model", "--all")  # finds nothing to do but to tidy
        self.check_whole()

    def test_both_at_once(self):
        hub("faults", faults=[{"on": "cdn", "drip": 400_000, "seconds": 0.01}])
        process = self.home.start("hub", "download", "lab/model", "--all")
        with killed_later(process):
            path = self.snapshot_download("")
            self.assertEqual(process.wait(60), 0)
        self.assertEqual(digests(Path(path))["model.safetensors"], Path(path, "model.safetensors").resolve().name)
        self.check_whole()


class WithoutLinks(Shared):
    """Where links are not allowed files lie in the snapshots, for both."""

    variables = {"HF_HUB_DISABLE_SYMLINKS": "1"}

    def test_each_uses_the_others(self):
        path = self.home.succeed("hub", "download", "lab/model", "--all").stdout.strip()
        self.assertFalse(any(p.is_symlink() for p in Path(path).rglob("*")))
        hub("clear")
        self.assertEqual(self.snapshot_download(f"revision={self.head()!r}"), path)
        self.assertEqual(hub("requests"), [])
        shutil.rmtree(self.home.repository("lab/model"))
        self.snapshot_download("")
        hub("clear")
        self.assertEqual(self.home.succeed("hub", "download", "lab/model", "--all", "--offline").stdout.strip(), path)
        self.assertEqual(self.home.hf("cache", "verify", "lab/model").returncode, 0)


class WithoutXet(Interrupted):
    variables = {"HF_HUB_DISABLE_XET": "1"}
    test_orrery_begins_and_hf_finishes = None  # hf takes nothing over, whatever fetches


if __name__ == "__main__":
    unittest.main()
