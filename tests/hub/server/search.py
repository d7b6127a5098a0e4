"""GET /api/models: filters, sorting and pages."""

import base64
import json
from urllib.parse import urlencode

from models import summary

SORT_KEYS = {"downloads": 0, "likes": 0, "trendingScore": 0, "createdAt": "", "lastModified": "", "id": ""}
UNITS = {"K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}
LARGEST_PAGE = 1000


def search(request, repositories, access, page_size):
    found = [r for r in repositories.by_id.values()
             if access.refuse_repository(request, r) is None and matches(request, r)]
    key = request.first("sort", "trendingScore")
    if key not in SORT_KEYS:
        return 400, {"error": f"Invalid sort parameter: {key}"}, {}
    found.sort(key=lambda r: (value_of(r, key), r.id), reverse=request.first("direction", "-1") != "1")
    limit = min(int(request.first("limit", page_size)), page_size, LARGEST_PAGE)
    start = from_cursor(request.first("cursor"))
    page = [summary(r, request) for r in found[start : start + limit]]
    headers = {}
    if start + limit < len(found):
        headers["Link"] = next_link(request, start + limit)
    return 200, page, headers


def next_link(request, start):
    query = [(k, v) for k, values in request.query.items() for v in values if k != "cursor"]
    query.append(("cursor", base64.urlsafe_b64encode(json.dumps({"from": start}).encode()).decode()))
    return f'<{request.origin}{request.raw_path}?{urlencode(query)}>; rel="next"'


def from_cursor(text):
    return json.loads(base64.urlsafe_b64decode(text))["from"] if text else 0


def value_of(repository, key):
    model = model_of(repository)
    return repository.id if key == "id" else model.get(key, SORT_KEYS[key])


def model_of(repository):
    """The facts that filters ask for; the scenario's go before those of the files."""
    head = repository.head()
    computed = repository.computed(head) if head else {}
    return {"lastModified": head.date if head else "", **computed, **repository.facts}


def matches(request, repository):
    model = model_of(repository)
    tags = set(model.get("tags", [])) | {model.get("library_name"), model.get("pipeline_tag")}
    words = request.first("search", "").lower().split()
    wanted_apps = request.query.get("apps", [])
    providers = request.query.get("inference_provider", [])
    has = model.get("inferenceProviders", [])
    return (all(word in repository.id.lower() for word in words)
            and request.first("author", repository.author) == repository.author
            and all(tag in tags for value in request.query.get("filter", []) for tag in value.split(","))
            and request.first("pipeline_tag", model.get("pipeline_tag")) == model.get("pipeline_tag")
            and set(wanted_apps) <= set(model.get("apps", []))
            and ("gated" not in request.query or request.flag("gated") == bool(model.get("gated")))
            and ("inference" not in request.query or request.first("inference") == model.get("inference"))
            and (not providers or bool(has if "all" in providers else set(providers) & set(has)))
            and in_range(model, request.first("num_parameters")))


def in_range(model, text):
    """"min:6B,max:128B", either part alone too."""
    if not text:
        return True
    total = model.get("safetensors", {}).get("total") or model.get("gguf", {}).get("total")
    bounds = dict(part.split(":") for part in text.split(","))
    return (total is not None and number_of(bounds.get("min", "0")) <= total
            and total <= number_of(bounds.get("max", "1000000T")))


def number_of(text):
    unit = UNITS.get(text[-1:].upper())
    return float(text[:-1]) * unit if unit else float(text)
