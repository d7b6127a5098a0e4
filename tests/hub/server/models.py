"""What the API says of a model: short in a search, long by its name; each property alone with `expand`."""

import hashlib

SHORT = ("likes", "trendingScore", "private", "downloads", "tags", "pipeline_tag", "library_name", "createdAt")
EXPANDABLE = {"author", "baseModels", "cardData", "childrenModelCount", "config", "createdAt", "disabled",
              "downloads", "downloadsAllTime", "evalResults", "gated", "gguf", "inference",
              "inferenceProviderMapping", "lastModified", "library_name", "likes", "mask_token", "model-index",
              "pipeline_tag", "private", "resourceGroup", "safetensors", "sha", "siblings", "spaces", "tags",
              "transformersInfo", "trendingScore", "usedStorage", "widgetData"}
DEFAULTS = {"likes": 0, "trendingScore": 0, "private": False, "gated": False, "disabled": False, "downloads": 0,
            "downloadsAllTime": 0, "tags": [], "createdAt": "2024-01-01T12:00:00.000Z"}


def everything(repository, commit, blobs=False):
    known = {**DEFAULTS, **(repository.computed(commit) if commit else {}), **repository.facts}
    known.update(author=repository.author)
    if commit:
        known.update(sha=commit.sha, lastModified=known.get("lastModified", commit.date),
                     siblings=[sibling(name, blob, blobs) for name, blob in commit.files.items()],
                     usedStorage=sum({b.etag: b.size for c in repository.commits for b in c.files.values()}.values()))
    return known


def sibling(name, blob, blobs):
    entry = {"rfilename": name}
    if blobs:
        entry.update(size=blob.size, blobId=blob.oid)
        if blob.sha256:
            entry["lfs"] = {"sha256": blob.sha256, "size": blob.size, "pointerSize": blob.pointer_size}
    return entry


def identity(repository):
    number = hashlib.sha1(repository.id.encode()).hexdigest()[:24]
    return {"_id": number, "id": repository.id, "modelId": repository.id}


def pick(known, names):
    return {name: known[name] for name in names if name in known}


def expanded(request):
    return [n for value in request.query.get("expand", []) + request.query.get("expand[]", [])
            for n in value.split(",")]


def summary(repository, request):
    if names := expanded(request):
        known = everything(repository, repository.head())
        return {**identity(repository), **pick(known, names)}
    names = list(SHORT)
    if request.flag("full"):
        names += ["author", "gated", "lastModified", "sha", "siblings", "disabled"]
    names += [n for n in ("cardData", "config") if request.flag(n)]
    head = repository.head()
    known = everything(repository, head) if len(names) > len(SHORT) else {
        **DEFAULTS, **(repository.computed(head) if head else {}), **repository.facts}
    return {**identity(repository), **pick(known, names)}


def details(repository, commit, request):
    """(status, document)"""
    known = everything(repository, commit, request.flag("blobs"))
    if names := expanded(request):
        if unknown := sorted(set(names) - EXPANDABLE):
            return 400, {"error": f'Invalid expand property: "{unknown[0]}"'}
        return 200, {**identity(repository), **pick(known, names)}
    hidden = {"downloadsAllTime", "baseModels", "childrenModelCount", "apps", "id"}
    return 200, {**identity(repository), **{k: v for k, v in known.items() if k not in hidden}}
