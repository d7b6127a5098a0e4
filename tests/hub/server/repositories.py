"""Repositories, commits and branches of the stand-in hub, made from a scenario."""

import hashlib
import json
import os
from dataclasses import dataclass, field

from contents import Store
from facts import card_of, facts_of

FIRST_DAY = "2024-01-{:02}T12:00:00.000Z"


@dataclass
class Commit:
    sha: str
    title: str
    date: str
    files: dict  # path -> Blob


@dataclass
class Repository:
    id: str
    facts: dict  # what the scenario says of it, by the names of the hub's API
    commits: list = field(default_factory=list)
    branches: dict = field(default_factory=dict)
    tags: dict = field(default_factory=dict)
    _known: dict = field(default_factory=dict)

    @property
    def author(self):
        return self.id.split("/")[0] if "/" in self.id else None

    def commit(self, revision):
        """The commit of a branch, a tag, refs/... or (the beginning of) a hash; None without it."""
        name = revision.removeprefix("refs/heads/").removeprefix("refs/tags/")
        sha = self.branches.get(name) or self.tags.get(name) or revision
        return next((c for c in self.commits if len(sha) >= 7 and c.sha.startswith(sha)), None)

    def head(self):
        return self.commit("main")

    def computed(self, commit):
        """What the hub finds out from the files themselves."""
        if commit.sha not in self._known:
            self._known[commit.sha] = facts_of(commit.files)
        return self._known[commit.sha]

    def card(self, commit):
        return card_of(commit.files)

    def gate(self):
        return self.facts.get("gated", False)


class Repositories:
    def __init__(self, scenario, folder):
        self.store = Store(folder)
        self.by_id = {}
        for spec in scenario.get("repositories", []):
            self.add(spec)

    def add(self, spec):
        facts = {k: v for k, v in spec.items() if k not in ("files", "folder", "commits", "branches", "repeat")}
        repository = Repository(spec["id"], facts)
        files = {}
        for number, step in enumerate(spec.get("commits", [spec])):
            files = {**files, **self.files(step)}
            for name in step.get("removed", []):
                files.pop(name, None)
            title = step.get("title", "Upload files")
            repository.commits.append(Commit(sha_of(spec["id"], number, files), title,
                                             FIRST_DAY.format(1 + number), files))
        places = spec.get("branches", {})
        repository.branches = {"main": repository.commits[-1].sha,
                               **{name: repository.commits[n].sha for name, n in places.items()}}
        repository.tags = {name: repository.commits[n].sha for name, n in spec.get("commit_tags", {}).items()}
        self.by_id[spec["id"]] = repository

    def files(self, step):
        files = {}
        if folder := step.get("folder"):
            for name in files_below(folder):
                files[name] = self.store.blob(name, {"from": os.path.join(folder, name)})
        for name, spec in step.get("files", {}).items():
            files[name] = self.store.blob(name, spec)
        for spec in step.get("repeat", []):
            for number in range(spec["count"]):
                name = spec["name"].format(number)
                files[name] = self.store.blob(name, {"size": spec["size"], "seed": spec.get("seed", 1) + number})
        return files

    def move(self, repo, branch, commit):
        """Lets a branch point to another of the repository's commits, as a push does."""
        repository = self.by_id[repo]
        repository.branches[branch] = repository.commits[commit].sha

    def blob_of(self, sha256):
        for repository in self.by_id.values():
            for commit in repository.commits:
                for name, blob in commit.files.items():
                    if blob.sha256 == sha256:
                        return name, blob
        return None, None


def files_below(folder):
    for place, _, names in os.walk(folder, followlinks=True):
        for name in sorted(names):
            yield os.path.relpath(os.path.join(place, name), folder)


def sha_of(repo, number, files):
    content = json.dumps([repo, number, sorted((name, blob.oid) for name, blob in files.items())])
    return hashlib.sha1(content.encode("utf-8", "surrogateescape")).hexdigest()
