"""Contents: /ORG/NAME/resolve/REVISION/PATH, where large files are redirected to the CDN's address.

The CDN's addresses are signed and end; a token has no business there.
"""

import hashlib
import re
import time
from urllib.parse import quote, unquote

from access import error
from wire import FilePart, Response

ROUTE = re.compile(r"/(?P<repo>[^/]+(?:/[^/]+)?)/(?:resolve|raw)/(?P<revision>[^/]+)/(?P<name>.+)")
CACHE_ROUTE = re.compile(r"/api/resolve-cache/models/(?P<repo>[^/]+(?:/[^/]+)?)/(?P<revision>[^/]+)/(?P<name>.+)")
RANGE = re.compile(r"bytes=(\d*)-(\d*)")


class Files:
    def __init__(self, scenario, repositories, access, cdn):
        self.repositories, self.access, self.cdn = repositories, access, cdn
        self.lifetime = scenario.get("signature_seconds", 3600)
        # The hub sends small files on to an address of its own host.
        self.via_cache = scenario.get("resolve_cache", True)

    def resolve(self, request):
        cached = CACHE_ROUTE.fullmatch(request.raw_path)
        match = cached or ROUTE.fullmatch(request.raw_path)
        if not match:
            return error(404, "Sorry, we can't find the page you are looking for.")
        repo, revision, name = (unquote(match[k]) for k in ("repo", "revision", "name"))
        repository = self.repositories.by_id.get(repo)
        refusal = (self.access.refuse_repository(request, repository)
                   or self.access.refuse_content(request, repository))
        if refusal:
            return refusal
        commit = repository.commit(revision)
        if commit is None:
            return error(404, f"Invalid rev id: {revision}", "RevisionNotFound")
        blob = commit.files.get(name)
        if blob is None:
            return error(404, "Entry not found", "EntryNotFound", {"X-Repo-Commit": commit.sha})
        return self.found(request, commit, name, blob, bool(cached), repo)

    def found(self, request, commit, name, blob, cached, repo):
        headers = {"X-Repo-Commit": commit.sha, "Accept-Ranges": "bytes",
                   "Content-Disposition": f"inline; filename*=UTF-8''{quote(name.split('/')[-1])};"}
        if blob.sha256:
            headers.update({"X-Linked-Size": str(blob.size), "X-Linked-ETag": f'"{blob.sha256}"',
                            "ETag": f'"{blob.oid}"', "Location": self.signed(blob.sha256)})
            return Response(302, headers, b"Found. Redirecting\n")
        headers["ETag"] = f'"{blob.oid}"'
        if self.via_cache and not cached:
            # Quoted, so that no name of a file becomes a header of its own.
            headers["Location"] = f"/api/resolve-cache/models/{repo}/{commit.sha}/{quote(name, safe='')}"
            return Response(307, headers, b"Temporary Redirect\n")
        return content(request, blob, headers)

    def signed(self, sha256):
        expires = int(time.time() + self.lifetime)
        return f"{self.cdn}/repos/{sha256}?Expires={expires}&Signature={signature(sha256, expires)}"

    def from_cdn(self, request):
        sha256 = request.path.removeprefix("/repos/")
        expires = int(request.first("Expires", "0"))
        if request.first("Signature") != signature(sha256, expires) or expires <= time.time():
            return Response(403, {"Content-Type": "application/xml"},
                            b"<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>")
        name, blob = self.repositories.blob_of(sha256)
        if blob is None:
            return Response(404, {}, b"NoSuchKey")
        return content(request, blob, {"ETag": f'"{blob.oid}"', "Accept-Ranges": "bytes"})


def signature(sha256, expires):
    return hashlib.sha256(f"{sha256} {expires} of the stand-in".encode()).hexdigest()[:32]


def content(request, blob, headers):
    """All of it, or the one range asked for (several ranges are answered with all, as CDNs do)."""
    headers = {"Content-Type": "application/octet-stream", **headers}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(304, headers)
    wanted = RANGE.fullmatch(request.headers.get("range", ""))
    condition = request.headers.get("if-range")
    if not wanted or wanted.groups() == ("", "") or condition not in (None, headers["ETag"]):
        return Response(200, headers, part_of(blob, 0, blob.size))
    first, last = wanted.groups()
    start = int(first) if first else max(blob.size - int(last), 0)
    end = min(int(last), blob.size - 1) if first and last else blob.size - 1
    if start > end:
        headers["Content-Range"] = f"bytes */{blob.size}"
        return Response(416, headers)
    headers["Content-Range"] = f"bytes {start}-{end}/{blob.size}"
    return Response(206, headers, part_of(blob, start, end - start + 1))


def part_of(blob, start, length):
    if blob.data is not None:
        return blob.data[start : start + length]
    return FilePart(blob.path, start, length)
