"""The stand-in hub is right when the huggingface_hub of the Python registry works against it: shown here."""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from stand_in import StandIn

CARD = """---
license: mit
language: [en, de]
pipeline_tag: text-generation
library_name: transformers
base_model: lab/base
tags: [tiny]
---
# Small

A *small* model.
"""
WEIGHTS = {"safetensors": {"a.weight": ["F32", [64, 64]], "b.weight": ["BF16", [8]]}}
SMALL = {"README.md": {"text": CARD}, "config.json": {"text": '{"model_type": "llama"}'},
         "sub/deep/notes.txt": {"text": "n"}, "model.safetensors": WEIGHTS, "big.bin": {"size": 3_000_001, "seed": 7}}
SCENARIO = {
    "users": {"hf_reader": {"name": "reader", "orgs": ["lab"], "access": {"x/waiting": "pending", "x/yes": "accepted"}},
              "hf_stranger": {"name": "stranger"}},
    "tree_page": 3, "search_page": 40, "catalogue": {"count": 100},
    "repositories": [
        {"id": "lab/small", "commits": [{"files": {**SMALL, "old.txt": {"text": "o"}}}, {"removed": ["old.txt"], "files": {"new.txt": {"text": "é"}}}],
         "branches": {"first": 0}, "commit_tags": {"v1": 0}, "likes": 5, "apps": ["vllm"]},
        {"id": "lab/secret", "private": True, "files": {"a.txt": {"text": "s"}}},
        {"id": "x/closed", "gated": "manual", "files": {"a.txt": {"text": "s"}}},
        {"id": "x/waiting", "gated": "manual", "files": {"a.txt": {"text": "s"}}},
        {"id": "x/yes", "gated": "auto", "files": {"a.txt": {"text": "s"}}},
        {"id": "x/large", "files": {"big.bin": {"size": 12_000_000, "seed": 7}}},
        {"id": "x/many", "repeat": [{"count": 30, "name": "f{:03}.txt", "size": 100}]},
    ],
}

folder = tempfile.TemporaryDirectory()
hub = StandIn(SCENARIO, folder.name)
hub.__enter__()
os.environ.update(HF_ENDPOINT=hub.address, HF_HOME=folder.name + "/home", HF_HUB_DISABLE_PROGRESS_BARS="1",
                  HF_HUB_DISABLE_TELEMETRY="1", HF_HUB_DISABLE_UPDATE_CHECK="1")
for name in ("HF_TOKEN", "HF_HUB_OFFLINE", "HF_HUB_CACHE"):
    os.environ.pop(name, None)
from huggingface_hub import HfApi, hf_hub_download, snapshot_download  # noqa: E402 (reads the variables)
from huggingface_hub.errors import (EntryNotFoundError, GatedRepoError, HfHubHTTPError,  # noqa: E402
                                    RepositoryNotFoundError, RevisionNotFoundError)


class Server(unittest.TestCase):
    def setUp(self):
        self.api, self.reader, self.stranger = (HfApi(token=t) for t in (False, "hf_reader", "hf_stranger"))
        hub("faults", faults=[])

    def test_snapshot_is_whole_and_verified(self):
        path = Path(snapshot_download("lab/small"))
        self.assertEqual(path.joinpath("README.md").read_text(), CARD)
        self.assertEqual(path.joinpath("big.bin").stat().st_size, 3_000_001)
        self.assertEqual(path.joinpath("new.txt").read_text(), "é")
        self.assertFalse(path.joinpath("old.txt").exists())
        done = subprocess.run([Path(sys.executable).parent / "hf", "cache", "verify", "lab/small"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_snapshot_of_a_branch(self):
        path = Path(snapshot_download("lab/small", revision="first", cache_dir=folder.name + "/branch"))
        self.assertTrue(path.joinpath("old.txt").exists())
        self.assertEqual(path.name, hub("commits", repo="lab/small")[0])

    def test_cut_download_is_resumed_by_range(self):
        # huggingface_hub keeps what came in pieces of 10 MiB.
        hub("faults", faults=[{"on": "cdn", "cut": 11_000_000, "times": 1}])
        hub("clear")
        hf_hub_download("x/large", "big.bin", cache_dir=folder.name + "/cut")
        parts = [r for r in hub("requests") if r["on"] == "cdn"]
        self.assertEqual([r["status"] for r in parts], [200, 206])
        self.assertEqual([r["sent"] for r in parts], [11_000_000, 12_000_000 - (10 << 20)])

    def test_token_stays_with_the_hub(self):
        hub("clear")
        hf_hub_download("lab/small", "big.bin", token="hf_reader", cache_dir=folder.name + "/token")
        asked = hub("requests")
        self.assertTrue(any("hf_reader" in str(r) for r in asked if r["on"] == "hub"))
        self.assertFalse(any("hf_reader" in str(r) for r in asked if r["on"] != "hub"))

    def test_search_filters(self):
        def names(**filters):
            return [m.id for m in self.api.list_models(**filters)]
        self.assertEqual(names(author="lab"), ["lab/small"])
        self.assertEqual(names(filter=["license:mit", "tiny"]), ["lab/small"])
        self.assertEqual(names(search="SMALL", apps=["vllm"], pipeline_tag="text-generation"), ["lab/small"])
        self.assertEqual(names(gated=True, author="x"), names(gated=True, search="x/"))
        self.assertEqual(names(num_parameters="max:1M"), ["lab/small"])
        self.assertIn("lab/secret", [m.id for m in self.reader.list_models(author="lab")])

    def test_search_pages_and_order(self):
        hub("clear")
        likes = [m.likes for m in self.api.list_models(sort="likes")]
        self.assertEqual(len(likes), 106)  # all but the private one
        self.assertEqual(likes, sorted(likes, reverse=True))
        self.assertEqual(len(hub("requests")), 3)
        self.assertEqual(len(list(self.api.list_models(limit=50))), 50)

    def test_info(self):
        info = self.api.model_info("lab/small", files_metadata=True)
        self.assertEqual(info.sha, hub("commits", repo="lab/small")[1])
        self.assertEqual(info.safetensors.total, 64 * 64 + 8)
        self.assertEqual(info.card_data.license, "mit")
        sizes = {s.rfilename: s.size for s in info.siblings}
        self.assertEqual(sizes["big.bin"], 3_000_001)
        expanded = self.api.model_info("lab/small", expand=["safetensors", "likes", "usedStorage"])
        self.assertEqual((expanded.likes, expanded.tags), (5, None))

    def test_tree(self):
        top = {e.path for e in self.api.list_repo_tree("lab/small")}
        self.assertEqual(top, {"README.md", "config.json", "sub", "model.safetensors", "big.bin", "new.txt"})
        every = {e.path: e for e in self.api.list_repo_tree("lab/small", recursive=True, expand=True)}
        self.assertIn("sub/deep/notes.txt", every)
        self.assertEqual(every["big.bin"].lfs.size, 3_000_001)
        self.assertTrue(every["new.txt"].last_commit)
        self.assertEqual([e.path for e in self.api.list_repo_tree("lab/small", "sub/deep")], ["sub/deep/notes.txt"])
        self.assertEqual(len(list(self.api.list_repo_tree("x/many"))), 30)
        self.assertEqual(self.api.get_paths_info("lab/small", ["new.txt"])[0].size, 2)

    def test_refs_and_commits(self):
        refs = self.api.list_repo_refs("lab/small")
        self.assertEqual({b.name for b in refs.branches}, {"main", "first"})
        self.assertEqual(refs.tags[0].target_commit, hub("commits", repo="lab/small")[0])
        self.assertEqual([c.commit_id for c in self.api.list_repo_commits("lab/small")],
                         hub("commits", repo="lab/small")[::-1])

    def test_who_am_i(self):
        self.assertEqual(self.reader.whoami()["name"], "reader")
        with self.assertRaises(HfHubHTTPError):
            HfApi(token="hf_nobody").whoami()

    def test_what_is_not_there(self):
        with self.assertRaises(RepositoryNotFoundError):
            self.api.model_info("lab/none")
        with self.assertRaises(RevisionNotFoundError):
            self.api.model_info("lab/small", revision="none")
        with self.assertRaises(EntryNotFoundError):
            hf_hub_download("lab/small", "none.txt", cache_dir=folder.name + "/none")
        with self.assertRaises(RepositoryNotFoundError):
            self.stranger.model_info("lab/secret")

    def test_gates_are_told_apart(self):
        for api, repo, status, words in ((self.api, "x/closed", 401, "log in"), (self.stranger, "x/closed", 403, "ask for"),
                                         (self.reader, "x/waiting", 403, "awaiting")):
            with self.assertRaises(GatedRepoError) as caught:
                hf_hub_download(repo, "a.txt", token=api.token, cache_dir=folder.name + "/gate")
            self.assertEqual(caught.exception.response.status_code, status)
            self.assertIn(words, caught.exception.response.headers["X-Error-Message"])
        hf_hub_download("x/yes", "a.txt", token="hf_reader", cache_dir=folder.name + "/gate")

    def test_status_faults(self):
        hub("faults", faults=[{"path": "^/api/models", "status": 503, "retry_after": 0, "times": 1}])
        self.assertTrue(list(self.api.list_models(author="lab")))  # asked again


if __name__ == "__main__":
    try:
        unittest.main(verbosity=1)
    finally:
        hub.__exit__()
