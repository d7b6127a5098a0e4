"""Who may read what: tokens, private, gated and disabled repositories, and the hub's words for a refusal.

Scenario: "users": {TOKEN: {"name": ..., "orgs": [...], "access": {REPO: "accepted" | "pending" | "rejected"}}}
"""

import json

from wire import Response


def error(status, message, code=None, headers=None):
    fields = {"Content-Type": "application/json; charset=utf-8", "X-Error-Message": message, **(headers or {})}
    if code:
        fields["X-Error-Code"] = code
    return Response(status, fields, json.dumps({"error": message}).encode())


def token_of(request):
    value = request.headers.get("authorization", "")
    return value[7:] if value.startswith("Bearer ") else None


class Access:
    def __init__(self, scenario):
        self.users = scenario.get("users", {})

    def user(self, request):
        return self.users.get(token_of(request))

    def refuse_token(self, request):
        """A token that nobody has is refused everywhere."""
        if token_of(request) is not None and self.user(request) is None:
            return error(401, "Invalid credentials in Authorization header")
        return None

    def refuse_repository(self, request, repository):
        """None where the request may know of the repository."""
        user = self.user(request)
        if repository is None or repository.facts.get("private") and not self.member(user, repository):
            if user is None:
                return error(401, "Invalid username or password.", "RepoNotFound")
            return error(404, "Repository not found", "RepoNotFound")
        if repository.facts.get("disabled"):
            return error(403, "Access to this resource is disabled.")
        return None

    def refuse_content(self, request, repository):
        """None where the request may read the repository's files."""
        if not repository.gate():
            return None
        user, name = self.user(request), repository.id
        if user is None:
            return error(401, f"Access to model {name} is restricted. You must have access to it and be "
                         "authenticated to access it. Please log in.", "GatedRepo")
        if self.member(user, repository):
            return None
        state = user.get("access", {}).get(name)
        message = {
            "accepted": None,
            "pending": f"Your request to access model {name} is awaiting a review from the repo authors.",
            "rejected": f"Your request to access model {name} has been rejected by the repo's authors.",
        }.get(state, f"Access to model {name} is restricted and you are not in the authorized list. "
              f"Visit https://huggingface.co/{name} to ask for access.")
        return error(403, message, "GatedRepo") if message else None

    @staticmethod
    def member(user, repository):
        return user is not None and repository.author in (user["name"], *user.get("orgs", []))

    def whoami(self, request):
        user = self.user(request)
        if user is None:
            return error(401, "Invalid username or password.")
        return {"type": "user", "id": f"id-{user['name']}", "name": user["name"],
                "fullname": user.get("fullname", user["name"]), "isPro": False,
                "orgs": [{"type": "org", "name": o, "fullname": o} for o in user.get("orgs", [])],
                "auth": {"type": "access_token", "accessToken": {"displayName": "test", "role": "read"}}}
