"""The hub's JSON addresses, /api/...; a route is a pattern and a function."""

import gzip
import json
import re
from urllib.parse import parse_qs, unquote

from access import error
from models import details
from search import from_cursor, next_link, search
from trees import entries, page_size, paths_info
from wire import Response

REPO = r"(?P<repo>[^/]+(?:/[^/]+)?)"
COMPRESSED_FROM = 1024


class Api:
    def __init__(self, scenario, repositories, access):
        self.repositories, self.access = repositories, access
        self.search_page = scenario.get("search_page", 1000)
        self.tree_page = scenario.get("tree_page", 1000)
        self.routes = [(re.compile(pattern), action) for pattern, action in [
            (r"/api/whoami-v2", self.whoami),
            (r"/api/models", self.search),
            (r"/api/models-tags-by-type", self.tags),
            (rf"/api/models/{REPO}/refs", self.refs),
            (rf"/api/models/{REPO}/tree/(?P<revision>[^/]+)(?:/(?P<folder>.*))?", self.tree),
            (rf"/api/models/{REPO}/commits/(?P<revision>[^/]+)", self.commits),
            (rf"/api/models/{REPO}/paths-info/(?P<revision>[^/]+)", self.paths),
            (rf"/api/models/{REPO}/revision/(?P<revision>[^/]+)", self.info),
            (rf"/api/models/{REPO}", self.info),
        ]]

    def answer(self, request):
        for pattern, action in self.routes:
            if match := pattern.fullmatch(request.raw_path):
                parts = {k: unquote(v) if v else v for k, v in match.groupdict().items()}
                result = action(request, **parts)
                if isinstance(result, Response):
                    return result
                status, document, headers = result if isinstance(result, tuple) else (200, result, {})
                return json_response(request, status, document, headers)
        return error(404, "Sorry, we can't find the page you are looking for.")

    def found(self, request, repo, revision="main"):
        """(repository, commit, None) or (None, None, refusal)."""
        repository = self.repositories.by_id.get(repo)
        if refusal := self.access.refuse_repository(request, repository):
            return None, None, refusal
        commit = repository.commit(revision)
        if commit is None:
            return None, None, error(404, f"Invalid rev id: {revision}", "RevisionNotFound")
        return repository, commit, None

    def whoami(self, request):
        return self.access.whoami(request)

    def search(self, request):
        return search(request, self.repositories, self.access, self.search_page)

    def tags(self, request):
        names = sorted({t for r in self.repositories.by_id.values() for t in r.facts.get("tags", [])})
        return {"other": [{"id": n, "label": n, "type": "other"} for n in names]}

    def info(self, request, repo, revision="main"):
        repository, commit, refusal = self.found(request, repo, revision)
        if refusal:
            return refusal
        return *details(repository, commit, request), {}

    def refs(self, request, repo):
        repository, _, refusal = self.found(request, repo)
        if refusal:
            return refusal

        def listed(places, kind):
            return [{"name": n, "ref": f"refs/{kind}/{n}", "targetCommit": sha} for n, sha in places.items()]
        answer = {"branches": listed(repository.branches, "heads"), "converts": [],
                  "tags": listed(repository.tags, "tags")}
        if request.flag("include_prs"):
            answer["pullRequests"] = []
        return answer

    def tree(self, request, repo, revision, folder=None):
        _, commit, refusal = self.found(request, repo, revision)
        if refusal:
            return refusal
        found = entries(commit, folder or "", request.flag("recursive"), request.flag("expand"))
        if found is None:
            return error(404, f"{folder} does not exist on \"{revision}\"", "EntryNotFound")
        start, count = from_cursor(request.first("cursor")), page_size(request, self.tree_page)
        headers = {"Link": next_link(request, start + count)} if start + count < len(found) else {}
        return 200, found[start : start + count], headers

    def commits(self, request, repo, revision):
        repository, commit, refusal = self.found(request, repo, revision)
        if refusal:
            return refusal
        past = repository.commits[: repository.commits.index(commit) + 1]
        return [{"id": c.sha, "title": c.title, "message": "", "date": c.date,
                 "authors": [{"user": repository.author or "hub"}]} for c in reversed(past)]

    def paths(self, request, repo, revision):
        _, commit, refusal = self.found(request, repo, revision)
        if refusal:
            return refusal
        form = (json.loads(request.body) if "json" in request.headers.get("content-type", "")
                else parse_qs(request.body.decode()))
        expand = str(form.get("expand", ["false"])[0] if isinstance(form.get("expand"), list)
                     else form.get("expand")).lower() == "true"
        return paths_info(commit, form.get("paths", []), expand)


def json_response(request, status, document, headers):
    # Names that are no UTF-8 go out as the bytes they are.
    body = json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogateescape")
    headers = {"Content-Type": "application/json; charset=utf-8", **headers}
    if "gzip" in request.headers.get("accept-encoding", "") and len(body) >= COMPRESSED_FROM:
        body, headers["Content-Encoding"] = gzip.compress(body, 1), "gzip"
    return Response(status, headers, body)
