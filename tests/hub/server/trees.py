"""File trees: folders and files of a commit, one level or all, with pages."""

import hashlib

PAGE, EXPANDED_PAGE = 1000, 50


def page_size(request, largest):
    usual = EXPANDED_PAGE if request.flag("expand") else PAGE
    return min(int(request.first("limit", usual)), usual, largest)


def entries(commit, folder, recursive, expand):
    """Entries below `folder`, by path; None where there is no such folder."""
    prefix = folder.strip("/") + "/" if folder.strip("/") else ""
    found = {}
    for name, blob in commit.files.items():
        if not name.startswith(prefix):
            continue
        steps = name[len(prefix) :].split("/")
        for depth in range(1, len(steps)):
            path = prefix + "/".join(steps[:depth])
            if recursive or depth == 1:
                found[path] = directory(path)
        if recursive or len(steps) == 1:
            found[name] = entry(name, blob)
    if expand:
        for item in found.values():
            item["lastCommit"] = {"id": commit.sha, "title": commit.title, "date": commit.date}
            if item["type"] == "file":
                item["securityFileStatus"] = {"status": "safe", "avScan": {"status": "safe"}, "pickleImportScan": None}
    if prefix and not found:
        return None
    return [found[path] for path in sorted(found)]


def directory(path):
    oid = hashlib.sha1(path.encode("utf-8", "surrogateescape")).hexdigest()
    return {"type": "directory", "oid": oid, "size": 0, "path": path}


def entry(name, blob):
    item = {"type": "file", "oid": blob.oid, "size": blob.size, "path": name}
    if blob.sha256:
        item["lfs"] = {"oid": blob.sha256, "size": blob.size, "pointerSize": blob.pointer_size}
    return item


def paths_info(commit, paths, expand):
    every = {e["path"]: e for e in entries(commit, "", True, expand)}
    return [every[path] for path in paths if path in every]
