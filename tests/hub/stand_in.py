"""The stand-in hub as a process, for tests in Python."""

import json
import pathlib
import subprocess
import sys

SERVER = pathlib.Path(__file__).parent / "server"


class StandIn:
    """`with StandIn(scenario, folder) as hub:`; the process ends with the block."""

    def __init__(self, scenario, folder):
        self.scenario = pathlib.Path(folder) / "scenario.json"
        self.scenario.write_text(json.dumps(scenario), encoding="utf-8")

    def __enter__(self):
        self.process = subprocess.Popen([sys.executable, "-B", SERVER, self.scenario], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.origins = json.loads(self.process.stdout.readline())
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()

    @property
    def address(self):
        return self.origins["hub"]

    def __call__(self, do, **arguments):
        self.process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["ok"]
