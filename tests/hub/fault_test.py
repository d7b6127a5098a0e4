"""Downloads from a hub that does everything wrong: python fault_test.py

Each case ends in the right content or in one sentence; memory stays small, the token goes nowhere else, and nothing
is written outside the cache. ORRERY_CLI names the command line.
"""

import os
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from client import CLI, Home, for_module, killed_later, peak_memory, sizes_of, strays
from stand_in import StandIn

# Sanitizers keep what was freed and put shadows beside everything.
MEMORY = 100_000_000 * (4 if "ORRERY_SANITIZED" in os.environ else 1)
TOKEN = "hf_secretTokenOfTheTest"
SIZE = 3_000_000
LARGE = 40_000_000  # two pieces
FILES = {"config.json": {"text": '{"model_type": "llama"}'}, "model.safetensors": {"size": SIZE, "seed": 3}}
BAD_NAMES = ["../out.json", "/tmp/out.json", "a/../../out.json", "a\\b.json", "a\nb.json", "NUL.json", "aux",
             "C:x.json", "a//b.json", ".", "..", "a/./b.json", "x" * 300 + ".json"]
SCENARIO = {
    "users": {TOKEN: {"name": "me", "access": {"lab/waiting": "pending", "lab/denied": "rejected", "lab/open": "accepted"}}},
    "repositories": [
        {"id": "lab/model", "files": FILES},
        {"id": "lab/large", "files": {"model.safetensors": {"size": LARGE, "seed": 4}}},
        {"id": "lab/moving", "commits": [{"files": FILES}, {"files": {"config.json": {"text": "{}"}}}],
         "branches": {"main": 0}},
        {"id": "lab/secret", "private": True, "files": FILES},
        *({"id": f"lab/{name}", "gated": "manual", "files": FILES} for name in ("gated", "waiting", "denied", "open")),
        *({"id": f"bad/n{n}", "files": {"config.json": {"text": "{}"}, name: {"text": "evil"}}}
          for n, name in enumerate(BAD_NAMES))]}
CDN = {"on": "cdn"}


def setUpModule():
    global hub
    hub = for_module(lambda folder: StandIn(SCENARIO, folder))


class Faulty(unittest.TestCase):
    def setUp(self):
        self.place = tempfile.TemporaryDirectory()
        self.home = Home(Path(self.place.name, "home"), hub.address, HF_TOKEN=TOKEN, HF_HUB_DOWNLOAD_TIMEOUT="1",
                         HF_HUB_ETAG_TIMEOUT="2", ORRERY_HUB_RETRY_MS="20")
        hub("faults", faults=[])
        hub("clear")

    def tearDown(self):
        self.assertEqual([p for p in Path(self.place.name).iterdir() if p.name != "home"], [])
        for request in hub("requests"):
            if request["on"] != "hub":
                self.assertNotIn(TOKEN, str(request))
        self.place.cleanup()

    def download(self, faults, model="lab/model", *arguments, **variables):
        """(exit code, error output) of a download meanwhile."""
        hub("faults", faults=faults)
        with killed_later(self.home.start("hub", "download", model, "--all", *arguments, **variables)) as process:
            code, errors, memory = peak_memory(process)
        self.assertLess(memory, MEMORY)
        self.assertNotIn(TOKEN, errors)
        self.assertIn(code, (0, 1), errors)
        return code, errors

    def mended(self, *faults, model="lab/model", **variables):
        """The right content comes in spite of the faults."""
        code, errors = self.download(list(faults), model, **variables)
        self.assertEqual(code, 0, errors)
        self.assertEqual(self.home.orrery("hub", "verify", model).returncode, 0)
        self.assertEqual(strays(self.home, model), [])
        return errors

    def refused(self, words, *faults, model="lab/model", **variables):
        """One sentence with these words, and nothing that could be taken for the content."""
        code, errors = self.download(list(faults), model, **variables)
        self.assertEqual(code, 1, errors)
        last = errors.strip().split("\n")[-1]
        self.assertTrue(last.startswith("orrery-cli: "), errors)
        self.assertRegex(last, words)
        blobs = self.home.repository(model) / "blobs"
        for blob in blobs.iterdir() if blobs.exists() else ():
            self.assertTrue(blob.suffix == ".incomplete" or blob.stat().st_size in (SIZE, 23), blob)
        return errors


class Transport(Faulty):
    def test_cut(self):
        self.mended({**CDN, "cut": 1_000_000, "times": 2})

    def test_reset(self):
        self.mended({**CDN, "cut": 1_000_000, "reset": True, "times": 2})

    def test_cut_goes_on_at_the_byte(self):
        self.mended({**CDN, "cut": 1_000_000, "times": 1})
        self.assertEqual(sum(r["sent"] for r in hub("requests") if r["on"] == "cdn"), SIZE)

    def test_cut_again_and_again(self):
        self.mended({**CDN, "cut": 200_000, "times": 12})

    def test_no_answer(self):
        self.mended({**CDN, "close": True, "times": 2}, {"path": "/resolve/", "close": True, "times": 1})

    def test_never_an_answer(self):
        self.refused("127.0.0.2|empty|Empty", {**CDN, "close": True})

    def test_stall(self):
        self.mended({**CDN, "stall": 1_000_000, "seconds": 5, "times": 1})

    def test_drip(self):
        self.mended({**CDN, "drip": 200_000, "seconds": 0.05})

    def test_length_too_large(self):
        self.mended({**CDN, "length": SIZE + 1000, "times": 1})

    def test_length_too_small(self):
        self.mended({**CDN, "length": 1000, "times": 1})

    def test_endless(self):
        code, _ = self.download([{**CDN, "endless": True}])  # bytes beyond the end are dropped
        kept = sum(p.stat().st_size for p in self.home.cache.rglob("*") if p.is_file() and not p.is_symlink())
        self.assertLessEqual(kept, SIZE + 10_000)
        if code == 0:
            self.mended()

    def test_bomb_of_content(self):
        self.refused("more than|ETag", {**CDN, "bomb": 500 << 20})

    def test_bomb_of_json(self):
        self.refused("longer than", {"path": "/api/", "bomb": 500 << 20})

    def test_garbage_for_a_head(self):
        self.refused("127.0.0.2", {**CDN, "base64": "bm90IEhUVFAgYXQgYWxsDQoNCg=="})


class Content(Faulty):
    def test_one_bit_once(self):
        self.mended({**CDN, "corrupt": 12345, "times": 1})

    def test_one_bit_always(self):
        self.refused("not what was published", {**CDN, "corrupt": 12345})

    def test_one_bit_of_a_small_file(self):
        self.refused("not what was published", {"path": "resolve-cache.*config.json", "corrupt": 3})

    def test_ranges_ignored(self):
        self.mended({**CDN, "whole": True}, model="lab/large")

    def test_ranges_ignored_after_a_cut(self):
        self.mended({**CDN, "cut": 1_000_000, "times": 1}, {**CDN, "whole": True})

    def test_wrong_range(self):
        wrong = {"Content-Range": f"bytes 5-{LARGE - 1}/{LARGE}"}
        self.refused("asked for bytes", {**CDN, "ranged": True, "headers": wrong}, model="lab/large")

    def test_no_range_named(self):
        self.refused("asked for bytes", {**CDN, "ranged": True, "headers": {"Content-Range": None}}, model="lab/large")

    def test_wrong_etag(self):
        self.refused("ETag", {"path": "/resolve/.*safetensors", "headers": {"X-Linked-ETag": '"' + "0" * 64 + '"'}})

    def test_no_etag(self):
        self.mended({"path": "/resolve/", "headers": {"X-Linked-ETag": None, "ETag": None, "X-Repo-Commit": None}})

    def test_wrong_commit(self):
        self.refused("commit", {"path": "/resolve/", "headers": {"X-Repo-Commit": "f" * 40}})

    def test_revision_that_moves(self):
        old, new = hub("commits", repo="lab/moving")
        self.mended({"path": "/resolve/", "times": 1, "move": {"repo": "lab/moving", "branch": "main", "commit": 1}},
                    model="lab/moving")
        snapshots = self.home.repository("lab/moving") / "snapshots"
        self.assertEqual([p.name for p in snapshots.iterdir()], [old])
        self.assertEqual((snapshots / old / "config.json").read_text(), FILES["config.json"]["text"])
        self.home.succeed("hub", "download", "lab/moving", "--all")
        self.assertEqual((snapshots / new / "config.json").read_text(), "{}")


class Statuses(Faulty):
    def test_errors_that_pass(self):
        for status in (429, 500, 503):
            with self.subTest(status):
                self.home.orrery("hub", "delete", "lab/model")
                self.mended({**CDN, "status": status, "times": 2}, {"path": "/api/", "status": status, "times": 1})

    def test_errors_that_stay(self):
        self.refused("fault of its own", {**CDN, "status": 500})

    def test_retry_after_is_obeyed(self):
        self.mended({**CDN, "status": 429, "retry_after": 2, "times": 1})
        refusal, answer = [r for r in hub("requests") if r["on"] == "cdn"][:2]
        self.assertGreaterEqual(answer["began"] - refusal["began"], 1.95)

    def test_retry_after_of_hours(self):
        self.refused("too many requests.*7200 s", {"path": "/api/", "status": 429, "retry_after": 7200})
        self.refused("too many requests.*7200 s", {**CDN, "status": 429, "retry_after": 7200})

    def test_not_found_in_mid_download(self):
        self.refused("no such file|not on the hub", {"path": "/resolve/", "status": 404, "error_code": "EntryNotFound"})

    def test_range_refused(self):
        self.refused("416", {**CDN, "ranged": True, "status": 416}, model="lab/large")

    def test_signature_that_ended(self):
        self.mended({**CDN, "status": 403, "times": 1})

    def test_private_and_missing_are_one(self):
        for name in ("lab/secret", "lab/none"):
            self.refused("is not on the hub|private", model=name)

    def test_gates(self):
        self.refused("log", model="lab/gated", HF_TOKEN="")
        for name, words in (("gated", "licen|access|ask"), ("waiting", "wait|review"), ("denied", "rejected|denied|refused")):
            self.refused(words, model="lab/" + name)
        self.mended(model="lab/open")

    def test_unknown_token(self):
        self.refused("token|account|private", HF_TOKEN="hf_unknown")


class Redirects(Faulty):
    def test_same_host(self):
        self.mended({"path": "^/lab/.*/resolve/", "redirect": "same", "times": 2})

    def test_other_host_gets_no_token(self):
        self.refused("not on the hub|404", {"on": "hub", "path": "/resolve/.*safetensors", "redirect": "other"})
        self.assertTrue([r for r in hub("requests") if r["on"] == "other"])

    def test_loop(self):
        self.refused("redirects more than", {"path": "/resolve/", "redirect": "loop"})

    def test_to_a_file(self):
        self.refused("no http address", {"path": "/resolve/", "redirect": "file:///etc/passwd"})

    def test_next_page_elsewhere(self):
        self.refused("expected an address of", {"path": "/tree/", "headers": {"Link": '<http://127.0.0.3:1/>; rel="next"'}})


class Json(Faulty):
    def test_wrong_documents(self):
        for fault in ({"deep": 100_000}, {"huge": 1_500_000}, {"huge": 20_000_000}, {"body": "{"}, {"body": "[1, 2]"}, {"body": ""},
                      {"body": '{"sha": 5}'}, {"body": '[{"type": "file", "path": 7}]'}, {"body": "\udcff\udcfe"},
                      {"body": '[{"type": "file", "path": "a.json", "size": -1, "oid": "x"}]'},
                      {"body": '[{"type": "file", "path": "a.json", "size": 1e300, "oid": "x"}]'}):
            for path in ("/revision/", "/tree/"):
                with self.subTest(fault=str(fault)[:60], path=path):
                    self.refused("revision|files of|tree|lab/model|sha|longer", {"path": path, **fault})

    def test_pages_without_end(self):
        commit, = hub("commits", repo="lab/model")
        link = f'</api/models/lab/model/tree/{commit}?recursive=true>; rel="next"'
        self.refused("more than|pages", {"headers": {"Link": link}, "path": "/tree/"})


class Names(Faulty):
    def test_names_that_lead_elsewhere(self):
        for number, name in enumerate(BAD_NAMES):
            with self.subTest(name):
                self.refused("nothing is written", model=f"bad/n{number}")
                self.assertFalse(os.path.exists("/tmp/out.json"))

    def test_a_folder_that_is_a_link(self):
        repository = self.home.repository("lab/model")
        outside = Path(self.place.name) / "home" / "outside"
        outside.mkdir(parents=True)
        commit, = hub("commits", repo="lab/model")
        repository.mkdir(parents=True)
        (repository / "snapshots").mkdir()
        (repository / "snapshots" / commit).symlink_to(outside)
        self.refused("is a link")
        self.assertEqual(list(outside.iterdir()), [])


class Limits(Faulty):
    def test_bandwidth(self):
        begin = time.monotonic()
        self.download([], "lab/model", "--limit", "1.5M")
        self.assertGreater(time.monotonic() - begin, 1.4)
        self.assertLess(time.monotonic() - begin, 8)

    def test_cancel_and_go_on(self):
        hub("faults", faults=[{**CDN, "drip": 100_000, "seconds": 0.05}])
        with killed_later(self.home.start("hub", "download", "lab/model", "--all")) as process:
            while not any(sizes_of(self.home.cache.rglob("*.incomplete"))):
                time.sleep(0.05)
            process.terminate()
            code, errors, _ = peak_memory(process)
        self.assertEqual(code, 1)
        self.assertIn("cancel", errors)
        first = sum(r["sent"] for r in hub("requests") if r["on"] == "cdn")
        hub("clear")
        self.mended()
        second = sum(r["sent"] for r in hub("requests") if r["on"] == "cdn")
        self.assertLess(second, SIZE)
        self.assertGreaterEqual(first + second, SIZE)

    def test_rate_limit_of_the_hub(self):
        with tempfile.TemporaryDirectory() as place, StandIn(
                {"repositories": [{"id": "a/b", "repeat": [{"name": "f{:02}.txt", "count": 30, "size": 100}]}],
                 "rate_limit": {"requests": 40, "window_s": 2}}, place) as limited:
            home = Home(Path(place, "home"), limited.address)
            home.succeed("hub", "download", "a/b", "--all")
            self.assertEqual(len(home.json("hub", "verify", "a/b")["verified"]), 30)
            self.assertIn(429, [r["status"] for r in limited("requests")])


class FullDisk(Faulty):
    """On a file system of 70 MB that only the test's processes see."""

    def in_small_disk(self, script):
        """The script's exit code, with the cache in $HF_HUB_CACHE; its steps may use $CLI."""
        disk = Path(self.place.name, "home", "disk")
        disk.mkdir(parents=True)
        mounted = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-ec",
                   f"mount -t tmpfs -o size=70m none {disk}; {script}"]
        if subprocess.run(["unshare", "--user", "--map-root-user", "--mount", "true"], capture_output=True).returncode:
            self.skipTest("no mounts of one's own here")
        command = self.home.command("sh", [], HF_HUB_CACHE=str(disk / "hub"), CLI=CLI, DISK=str(disk))
        return subprocess.run(mounted, env=command["env"], capture_output=True, text=True, timeout=60)

    def test_not_enough_to_begin(self):
        done = self.in_small_disk("head -c 40000000 /dev/zero > $DISK/other; $CLI hub download lab/large")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr.strip().split("\n")[-1], "40.0 MB are to be fetched, but only .* are free")

    def test_full_in_mid_download(self):
        hub("faults", faults=[{**CDN, "drip": 200_000, "seconds": 0.03}])
        done = self.in_small_disk("""
            $CLI hub download lab/large 2> $DISK/said & download=$!
            until ls $HF_HUB_CACHE/*/blobs/*.incomplete 2> /dev/null; do sleep 0.1; done
            cat /dev/zero > $DISK/other 2> /dev/null || true
            until grep -q "disk is full" $DISK/said; do sleep 0.1; done
            rm $DISK/other
            wait $download
            cat $DISK/said >&2
            $CLI hub verify lab/large""")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stderr.count("the disk is full"), 1, done.stderr)
        self.assertIn("there is room again", done.stderr)


def run_side_by_side(processes=10):
    """A share of the tests in each process: most of their time they wait, as the program that they test does."""
    loader = unittest.defaultTestLoader
    names = [f"{c.__name__}.{n}" for c in Faulty.__subclasses__() for n in loader.getTestCaseNames(c)]
    shares = [names[i::processes] for i in range(processes)]
    running = [subprocess.Popen([sys.executable, "-B", __file__, *share]) for share in shares]
    return max(process.wait() for process in running)


if __name__ == "__main__":
    sys.exit(run_side_by_side() if len(sys.argv) == 1 else unittest.main())
