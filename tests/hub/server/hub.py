"""The stand-in hub: its addresses, what each request becomes, and the record of all of them."""

import threading
import time

from access import Access, error
from api import Api
from catalogue import catalogue
from faults import Faults, instead, spoil
from files import Files
from limits import RateLimit
from repositories import Repositories
from wire import Listener

# Addresses of the loopback network, so that a change of host is one.
HOSTS = {"hub": "127.0.0.1", "cdn": "127.0.0.2", "other": "127.0.0.3"}


class Hub:
    def __init__(self, scenario, folder):
        for spec in catalogue(scenario.get("catalogue")):
            scenario.setdefault("repositories", []).append(spec)
        self.repositories = Repositories(scenario, folder)
        self.access = Access(scenario)
        self.api = Api(scenario, self.repositories, self.access)
        self.faults = Faults(scenario.get("faults", []))
        self.limit = RateLimit(scenario.get("rate_limit"))
        self.latency = scenario.get("latency_ms", 0) / 1000
        self.lock = threading.Lock()
        self.records = []
        self.listeners = {name: Listener(name, host, self.serve) for name, host in HOSTS.items()}
        self.origins = {name: listener.origin for name, listener in self.listeners.items()}
        self.files = Files(scenario, self.repositories, self.access, self.origins["cdn"])

    def serve(self, request, connection):
        record = {"on": request.listener, "method": request.method, "target": request.target,
                  "headers": request.headers, "status": None, "sent": 0, "began": time.monotonic()}
        with self.lock:
            self.records.append(record)
        if self.latency:
            time.sleep(self.latency)
        fault = self.faults.of(request)
        response = self.response(request, fault)
        record["status"] = response.status

        def sent(count):
            record["sent"] += count
        try:
            return connection.send(response, request.method == "HEAD", sent)
        finally:
            record["ended"] = time.monotonic()

    def response(self, request, fault):
        if "delay" in fault:
            time.sleep(fault["delay"])
        if "move" in fault:
            self.repositories.move(**fault["move"])
        if fault.get("whole"):
            request.headers = {k: v for k, v in request.headers.items() if k != "range"}
        answer = instead(fault, request, self.origins) or self.right(request)
        return spoil(fault, answer) if fault else answer

    def right(self, request):
        if request.target.startswith("/again/"):  # where the fault "redirect": "same" sends
            request.target = request.target[len("/again"):]
            request.__post_init__()
        if request.listener == "cdn":
            return self.files.from_cdn(request)
        if request.listener == "other":
            return error(404, "Nothing is here")
        if refusal := self.access.refuse_token(request) or self.limit.refuse(request):
            return refusal
        if request.method not in ("GET", "HEAD", "POST"):
            return error(405, "Method not allowed")
        if request.raw_path.startswith("/api/") and not request.raw_path.startswith("/api/resolve-cache/"):
            return self.api.answer(request)
        return self.files.resolve(request)

    def control(self, command):
        """One command of a test: {"do": NAME, ...}; the answer is JSON too."""
        actions = {"requests": self.requests, "clear": self.clear, "faults": self.set_faults,
                   "latency": self.set_latency, "move": self.move, "commits": self.commits}
        arguments = dict(command)
        return actions[arguments.pop("do")](**arguments)

    def requests(self):
        with self.lock:
            return list(self.records)

    def clear(self):
        with self.lock:
            self.records = []

    def set_faults(self, faults):
        self.faults.set(faults)

    def set_latency(self, milliseconds):
        self.latency = milliseconds / 1000

    def move(self, repo, branch, commit):
        self.repositories.move(repo, branch, commit)

    def commits(self, repo):
        return [c.sha for c in self.repositories.by_id[repo].commits]
