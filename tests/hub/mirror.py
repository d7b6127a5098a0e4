"""olah, an independent mirror server, over git repositories that are made here, without a network."""

import hashlib
import os
import pathlib
import socket
import subprocess
import time
import urllib.error
import urllib.request

IDENTITY = ["-c", "user.name=Test", "-c", "user.email=test@localhost", "-c", "commit.gpgsign=false"]


def make_repository(folder, files, large=()):
    """A git repository with one commit; the files named in `large` as LFS keeps them. Returns the commit."""
    folder.mkdir(parents=True)
    git = ["git", *IDENTITY, "-C", folder]
    subprocess.run([*git, "init", "-q", "-b", "main"], check=True)
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(keep_large(folder, data) if name in large else data)
    subprocess.run([*git, "add", "-A"], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "Upload files"], check=True)
    return subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()


def keep_large(folder, data):
    """Puts the data among the LFS objects; returns the pointer that git keeps."""
    name = hashlib.sha256(data).hexdigest()
    place = folder / ".git/lfs/objects" / name[:2] / name[2:4]
    place.mkdir(parents=True, exist_ok=True)
    (place / name).write_bytes(data)
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{name}\nsize {len(data)}\n".encode()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return sock.getsockname()[1]


class Mirror:
    """`with Mirror(python, folder) as mirror:`; repositories lie in folder/mirrors/models/ORG/NAME."""

    def __init__(self, python, folder):
        self.folder, self.port = pathlib.Path(folder), free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.program = pathlib.Path(python).parent / "olah-cli"
        self.models = self.folder / "mirrors/models"

    def __enter__(self):
        config = self.folder / "olah.toml"
        config.write_text(f'[basic]\nhost = "127.0.0.1"\nport = {self.port}\nrepos-path = "{self.folder}/repos"\n'
                          f'mirrors-path = ["{self.folder}/mirrors"]\n[accessibility]\noffline = true\n')
        with open(self.folder / "olah.log", "wb") as log:
            self.process = subprocess.Popen([self.program, "--config", config], cwd=self.folder, stdout=log, stderr=log,
                                            env={**os.environ, "HF_HUB_OFFLINE": "1"})
        self.wait_until_it_answers()
        return self

    def wait_until_it_answers(self):
        for _ in range(300):
            try:
                urllib.request.urlopen(self.address + "/", timeout=5).close()
                return
            except urllib.error.HTTPError:
                return
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.1)
        raise RuntimeError("olah does not answer: " + (self.folder / "olah.log").read_text()[-2000:])

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(20)
