"""The commands about downloads, the cache and the account: python command_test.py

ORRERY_CLI names the command line.
"""

import json
import os
import stat
import subprocess
import tempfile
import unittest
from pathlib import Path

from client import Home, for_module, strays
from stand_in import StandIn

TOKEN = "hf_secretTokenOfTheTest"
TOKENIZER = {"version": "1.0", "added_tokens": [], "normalizer": None, "pre_tokenizer": {"type": "Whitespace"},
             "post_processor": None, "decoder": None,
             "model": {"type": "WordLevel", "vocab": {"hello": 0, "hub": 1, "[UNK]": 2}, "unk_token": "[UNK]"}}
TEXT = {"config.json": {"text": '{"model_type": "llama"}'}, "tokenizer.json": {"text": json.dumps(TOKENIZER)},
        "chat_template.jinja": {"text": "{% for m in messages %}{{ m.content }}{% endfor %}"}}
SCENARIO = {
    "users": {TOKEN: {"name": "me", "fullname": "Me Myself", "orgs": ["lab"]}},
    "repositories": [
        {"id": "lab/model", "commits": [
            {"files": {**TEXT, "model.safetensors": {"size": 500_000, "seed": 1}, "model.fp32.bin": {"size": 900_000, "seed": 2},
                       "pytorch_model.bin": {"size": 500_000, "seed": 3}}},
            {"files": {"config.json": {"text": '{"model_type": "qwen2"}'}}}], "branches": {"old": 0}},
        {"id": "lab/gguf", "files": {"a.Q8_0.gguf": {"size": 9000, "seed": 4}, "m.Q4_K_M.gguf": {"size": 5000, "seed": 5},
                                     "README.md": {"text": "# GGUF"}}},
        {"id": "lab/mixed", "files": {"a.Q8_0.gguf": {"size": 9000, "seed": 4}, "mmproj-a.gguf": {"size": 900, "seed": 6},
                                      "training_args.bin": {"size": 700, "seed": 7}, "config.json": {"text": "{}"}}},
        {"id": "lab/secret", "private": True, "files": TEXT}]}


def setUpModule():
    global hub
    hub = for_module(lambda folder: StandIn(SCENARIO, folder))


class Commands(unittest.TestCase):
    def setUp(self):
        self.place = tempfile.TemporaryDirectory()
        self.home = Home(self.place.name, hub.address)
        hub("clear")

    def tearDown(self):
        self.place.cleanup()

    def sent(self):
        return sum(r["sent"] for r in hub("requests") if r["on"] == "cdn")


class Downloads(Commands):
    def test_only_what_is_needed(self):
        done = self.home.succeed("hub", "download", "lab/model")
        names = sorted(p.name for p in Path(done.stdout.strip()).iterdir())
        self.assertEqual(names, ["chat_template.jinja", "config.json", "model.safetensors", "tokenizer.json"])
        self.assertIn("1.4 MB of other files", done.stderr)
        self.assertEqual(self.sent(), 500_000)

    def test_dry_run_fetches_nothing(self):
        plan = self.home.json("hub", "download", "lab/model", "--dry-run")
        self.assertEqual(plan["bytes_left"], plan["bytes_wanted"])
        self.assertEqual({f["path"]: f["present"] for f in plan["files"]}["model.safetensors"], False)
        self.assertEqual(self.sent(), 0)
        self.assertFalse(self.home.cache.exists())

    def test_names_and_patterns(self):
        self.home.succeed("hub", "download", "lab/model", "config.json")
        plan = self.home.json("hub", "download", "lab/model", "--include", "*.bin", "--exclude", "*fp32*", "--dry-run")
        self.assertEqual([f["path"] for f in plan["files"]], ["pytorch_model.bin"])
        missing = self.home.orrery("hub", "download", "lab/model", "none.json")
        self.assertEqual(missing.returncode, 1)
        self.assertIn("no such file", missing.stderr)

    def test_progress_without_a_terminal_is_plain_lines(self):
        done = self.home.succeed("hub", "download", "lab/model")
        self.assertNotIn("\r", done.stderr)
        self.assertNotIn("\033", done.stderr)

    def test_progress_on_a_terminal(self):
        main, other = os.openpty()
        process = subprocess.Popen(**self.home.command(os.environ["ORRERY_CLI"], ["hub", "download", "lab/model", "--limit", "400k"]),
                                   stderr=other, stdout=subprocess.DEVNULL)
        os.close(other)
        shown = b""
        while True:
            try:
                part = os.read(main, 4096)
            except OSError:
                break
            shown += part
        os.close(main)
        self.assertEqual(process.wait(30), 0)
        self.assertRegex(shown.decode(), r"\r.*kB of .*%\), .*kB/s")

    def test_bad_references(self):
        for text in ("lab/model@../x", "a/b/c", "--x/y", "lab/model@", "lab/none"):
            done = self.home.orrery("hub", "download", "--", text)
            self.assertEqual((done.returncode, done.stdout), (1, ""), text)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)


class Caches(Commands):
    def setUp(self):
        super().setUp()
        self.other = Path(self.place.name, "other")

    def test_several_folders(self):
        self.home.succeed("hub", "download", "lab/model", "--cache-dir", self.other)
        self.home.succeed("hub", "download", "lab/gguf")
        both = ("--cache-dir", self.home.cache, "--cache-dir", self.other)
        scanned = self.home.json("hub", "scan", *both)
        self.assertEqual([[r["id"] for r in c["repositories"]] for c in scanned["caches"]], [["lab/gguf"], ["lab/model"]])
        self.assertEqual(scanned["size"], sum(c["size"] for c in scanned["caches"]))
        self.assertEqual(self.home.orrery("hub", "verify", "lab/model", *both).returncode, 0)
        self.assertEqual(self.home.orrery("hub", "verify", "lab/model").returncode, 1)
        self.home.succeed("hub", "delete", "lab/model", *both)
        self.assertEqual(list(self.other.glob("models--*")), [])

    def test_models_of_other_programs_are_listed(self):
        place = self.home.folder / ".lmstudio" / "models" / "org" / "big"
        place.mkdir(parents=True)
        for part, size in ((1, 300), (2, 200)):
            (place / f"big-0000{part}-of-00002.gguf").write_bytes(bytes(size))
        (self.home.folder / "ollama" / "manifests" / "x").mkdir(parents=True)
        (self.home.folder / "ollama" / "manifests" / "x" / "broken").write_text("{")
        variables = {"OLLAMA_MODELS": str(self.home.folder / "ollama")}
        scanned = self.home.json("hub", "scan", **variables)["collections"]
        self.assertEqual([(m["program"], m["name"], m["size"]) for m in scanned["models"]],
                         [("lmstudio", "org/big/big-00001-of-00002", 500)])
        self.assertEqual(len(scanned["problems"]), 1)
        self.assertIn("org/big/big", self.home.succeed("hub", "scan", **variables).stdout)
        named = self.home.json("hub", "scan", "--cache-dir", self.home.cache)
        self.assertEqual(named["collections"]["models"], [])

    def test_the_older_name_of_the_cache_variable(self):
        self.home.succeed("hub", "download", "lab/model", "config.json", HUGGINGFACE_HUB_CACHE=str(self.other))
        self.assertTrue(any(self.other.glob("models--*")))

    def test_a_model_of_another_cache_is_used_where_it_is(self):
        self.home.succeed("hub", "download", "lab/model", "--cache-dir", self.other)
        hub("clear")
        for more in ([], ["--offline"]):
            self.home.succeed("tokenize", "--model", "lab/model", "--text", "hello hub", *more, ORRERY_HUB_CACHES=str(self.other))
        self.assertEqual(self.sent(), 0)
        self.assertFalse(self.home.cache.exists())

    def test_delete_says_what_it_frees_and_frees_it(self):
        self.home.succeed("hub", "download", "lab/model@old")
        self.home.succeed("hub", "download", "lab/model")
        dry = self.home.json("hub", "delete", "lab/model@old", "--dry-run")
        self.assertEqual(dry["bytes_to_free"], len('{"model_type": "llama"}'))
        self.assertEqual(self.home.json("hub", "delete", "lab/model@old")["bytes_freed"], dry["bytes_to_free"])
        self.assertEqual(self.home.orrery("hub", "verify", "lab/model").returncode, 0)
        self.assertEqual(strays(self.home, "lab/model"), [])
        gone = self.home.orrery("hub", "delete", "lab/model@old")
        self.assertEqual(gone.returncode, 1)
        self.assertIn("no revision", gone.stderr)

    def test_prune_leaves_what_is_used(self):
        self.home.succeed("hub", "download", "lab/model")
        blobs = self.home.repository("lab/model") / "blobs"
        (blobs / ("b" * 40)).write_bytes(b"nobody's")
        self.assertEqual(self.home.json("hub", "prune", "--dry-run")["bytes_to_free"], 8)
        self.assertEqual(self.home.json("hub", "prune")["bytes_freed"], 8)
        self.assertEqual(self.home.orrery("hub", "verify", "lab/model").returncode, 0)
        self.assertEqual(strays(self.home, "lab/model"), [])


class Account(Commands):
    def test_login_is_what_hf_reads(self):
        done = self.home.orrery("hub", "login", "--json", input=TOKEN + "\n")
        self.assertEqual((done.returncode, json.loads(done.stdout)["name"]), (0, "me"), done.stderr)
        for name in ("token", "stored_tokens"):
            self.assertEqual(stat.S_IMODE((self.home.folder / name).stat().st_mode), 0o600)
        self.assertEqual(self.home.python("from huggingface_hub import get_token, whoami\n"
                                          "print(get_token(), whoami()['name'])"), TOKEN + " me")
        self.assertIn("test", self.home.hf("auth", "list").stdout)
        self.assertEqual(self.home.json("hub", "whoami")["orgs"], ["lab"])
        self.home.succeed("hub", "download", "lab/secret")

    def test_hf_login_is_what_orrery_reads(self):
        self.home.python(f"from huggingface_hub import login\nlogin({TOKEN!r})")
        self.assertEqual(self.home.json("hub", "whoami")["name"], "me")
        self.assertEqual(self.home.json("hub", "logout"), {"logged_out": True})
        self.assertEqual(self.home.python("from huggingface_hub import get_token\nprint(get_token())"), "None")
        done = self.home.orrery("hub", "whoami")
        self.assertEqual(done.returncode, 1)
        self.assertIn("not logged in", done.stderr)

    def test_a_token_that_nobody_has(self):
        done = self.home.orrery("hub", "login", input="hf_wrong\n")
        self.assertEqual(done.returncode, 1)
        self.assertNotIn("hf_wrong", done.stdout + done.stderr)
        self.assertFalse((self.home.folder / "token").exists())

    def test_no_token_at_all(self):
        done = self.home.orrery("hub", "login", input="\n")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr.count("\n"), 1)


class ModelById(Commands):
    def tokenize(self, *more, **variables):
        return self.home.orrery("tokenize", "--text", "hello hub", *more, **variables)

    def test_only_the_tokenizer_comes_and_it_is_said(self):
        done = self.tokenize("--model", "lab/model")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("to fetch", done.stderr)
        self.assertEqual(self.sent(), 0)  # no large file
        again = self.tokenize("--model", "lab/model")
        self.assertEqual((again.stdout, again.stderr), (done.stdout, ""))

    def test_offline(self):
        never = self.tokenize("--model", "lab/model", "--offline")
        self.assertEqual(never.returncode, 1)
        self.assertIn("not in the cache", never.stderr)
        self.assertEqual(hub("requests"), [])
        first = self.tokenize("--model", "lab/model")
        hub("clear")
        for more, variables in ((["--offline"], {}), ([], {"HF_HUB_OFFLINE": "1"})):
            self.assertEqual(self.tokenize("--model", "lab/model", *more, **variables).stdout, first.stdout)
        lacking = self.home.orrery("inspect", "--model", "lab/model", "--offline")
        self.assertIn("500.0 kB of its files are not in the cache", lacking.stderr)
        self.assertEqual(hub("requests"), [])

    def test_without_a_network(self):
        first = self.tokenize("--model", "lab/model")
        away = self.tokenize("--model", "lab/model", HF_ENDPOINT="http://127.0.0.1:9")
        self.assertEqual(away.stdout, first.stdout)
        self.assertIn("the copy in the cache is used", away.stderr)
        never = self.tokenize("--model", "lab/gguf", HF_ENDPOINT="http://127.0.0.1:9")
        self.assertEqual(never.returncode, 1)
        self.assertIn("cannot be reached", never.stderr)

    def test_revisions(self):
        self.assertEqual(self.tokenize("--model", "lab/model@old").returncode, 0)
        self.assertTrue((self.home.repository("lab/model") / "refs" / "old").exists())
        wrong = self.tokenize("--model", "lab/model@never")
        self.assertEqual(wrong.returncode, 1)
        self.assertIn("no such revision", wrong.stderr)

    def test_one_gguf_file_of_several(self):
        done = self.home.orrery("inspect", "--model", "lab/gguf")
        self.assertIn("m.Q4_K_M.gguf", done.stderr)
        self.assertEqual(self.sent(), 5000)
        self.home.succeed("hub", "download", "lab/gguf", "--all")
        (self.home.snapshot("lab/gguf", hub("commits", repo="lab/gguf")[0]) / "config.json").write_text("{}")
        for more in ([], ["--offline"]):
            self.assertIn("m.Q4_K_M.gguf", self.home.orrery("inspect", "--model", "lab/gguf", *more).stderr)

    def test_a_gguf_file_beside_a_bin_that_holds_no_weights(self):
        self.home.succeed("hub", "download", "lab/mixed", "--all")
        self.assertIn("a.Q8_0.gguf", self.home.orrery("inspect", "--model", "lab/mixed", "--offline").stderr)

    def test_a_path_goes_first(self):
        place = Path(self.place.name, "lab", "model")
        place.mkdir(parents=True)
        (place / "tokenizer.json").write_text(json.dumps(TOKENIZER))
        done = subprocess.run(**self.home.command(os.environ["ORRERY_CLI"], ["tokenize", "--text", "hello", "--model", "lab/model"]),
                              capture_output=True, cwd=self.place.name)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(hub("requests"), [])


if __name__ == "__main__":
    unittest.main()
