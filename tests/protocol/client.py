"""A client of the protocol written from core/protocol/PROTOCOL.md alone: any language can speak it.

    client.py ENGINE [ARGUMENT...]     starts the engine, talks with it, exits 0 if all went well
"""

import json
import subprocess
import sys


class EngineError(Exception):
    pass


class Engine:
    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.last_id = 0
        self.notifications = []
        self.hello = self.call("initialize", protocol=1, client="client.py")

    def write(self, **message):
        content = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(content), content))
        self.process.stdin.flush()

    def read(self):
        headers = {}
        while line := self.process.stdout.readline().strip():
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        if not headers:
            raise EngineError("the engine has gone")
        content = self.process.stdout.read(int(headers["content-length"]))
        binary = headers.get("content-type") == "application/x-safetensors"
        return self.read() if binary else json.loads(content)

    def send(self, method, **params):
        self.last_id += 1
        self.write(id=self.last_id, method=method, params=params)
        return self.last_id

    def wait(self, request):
        while True:
            message = self.read()
            if "method" in message:
                self.notifications.append(message)
            elif message["id"] == request and "error" in message:
                raise EngineError(message["error"]["data"]["kind"])
            elif message["id"] == request:
                return message["result"]

    def call(self, method, **params):
        return self.wait(self.send(method, **params))


def kind_of_failure(engine, method, **params):
    try:
        engine.call(method, **params)
    except EngineError as error:
        return str(error)
    return "none"


def main():
    engine = Engine(sys.argv[1:])
    assert engine.hello["protocol"] == 1, engine.hello
    assert "library/list" in engine.hello["methods"], engine.hello
    assert engine.call("stats")["resident_bytes"] > 0
    assert engine.call("library/list", folders=[], data_folder=False, hub_cache=False)["models"] == []
    assert kind_of_failure(engine, "no/such/method") == "unsupported"
    assert kind_of_failure(engine, "library/list", folders=5, later=1) == "invalid_input"
    if engine.hello["engine"] == "fake_engine":
        result = engine.call("generate", prompt={"text": "x"}, top=2)
        tokens = [n["params"] for n in engine.notifications if n["method"] == "generate/token"]
        assert [t["id"] for t in tokens] == result["sequences"][0]["ids"], (tokens, result)
        assert all(len(t["top"]) == 2 for t in tokens), tokens
    engine.call("shutdown")
    assert engine.process.wait(timeout=10) == 0


main()
