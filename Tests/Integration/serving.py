"""A server that runs beside a test."""

import os
import signal
import subprocess

from conftest import ALBUMEN


class serving:
    """A server on a free port, ended at the end."""

    def __init__(self, albumen, *arguments):
        self.arguments = [ALBUMEN, "serve", *map(os.fspath, arguments), "--port", "0"]
        self.environment = albumen.environment

    def __enter__(self):
        self.process = subprocess.Popen(
            self.arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=self.environment)
        for line in self.process.stdout:
            if "http://" in line:
                address = "http://" + line.split("http://")[1].split()[0].rstrip("/")
                return self.process, address
        raise AssertionError("the server ended before it printed its address")

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=20) in (0, 130)
