"""A stand-in for the model hub, on addresses of this machine: python tests/hub/server SCENARIO.json

The scenario says users, repositories and faults; see access.py, contents.py, repositories.py and faults.py. The
first line of output is JSON: the address of each listener. Each line of input is a command of hub.Hub.control as
JSON, answered by one line of JSON; when the input ends, the server does.
"""

import json
import sys
import tempfile

from hub import Hub


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        scenario = json.load(file)
    with tempfile.TemporaryDirectory(prefix="orrery-hub-") as folder:
        hub = Hub(scenario, folder)
        reply(hub.origins)
        for line in sys.stdin:
            try:
                reply({"ok": hub.control(json.loads(line))})
            except Exception as failure:  # the test shall see it
                reply({"error": f"{type(failure).__name__}: {failure}"})


def reply(document):
    print(json.dumps(document), flush=True)


if __name__ == "__main__":
    main()
