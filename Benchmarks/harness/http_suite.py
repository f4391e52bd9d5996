"""Thumbnails over HTTP against nginx: the same bytes, the same client, in turns."""

import os
import re

from measuring import Failed, Running, command, tree
from suite import (Client, benchmark, free_port, middle, optional_tool, result, scan, serve)

CONNECTIONS = 32

NGINX = """
daemon off;
master_process on;
worker_processes 2;
error_log {folder}/error.log;
pid {folder}/nginx.pid;
events {{ worker_connections 512; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    tcp_nodelay on;
    keepalive_timeout 65;
    keepalive_requests 1000000000;
    open_file_cache max=4096 inactive=600s;
    open_file_cache_valid 600s;
    types {{ image/jpeg jpg; }}
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        root {folder}/root;
        location / {{ add_header Cache-Control "private, max-age=31536000, immutable"; }}
    }}
}}
"""

# Each thread of wrk walks the same list in the same order.
SCRIPT = """
local requests = {{}}
function init()
  for path in io.lines("{list}") do requests[#requests + 1] = wrk.format("GET", path) end
end
local at = 0
function request()
  at = at % #requests + 1
  return requests[at]
end
"""


def processor_seconds(pid):
    """Of a process and all it started, still running."""
    total = 0
    for process in tree(pid):
        try:
            with open(f"/proc/{process}/stat") as file:
                fields = file.read().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
        except OSError:
            pass  # it ended
    return total / os.sysconf("SC_CLK_TCK")


class Load:
    """wrk on a list of paths; remembers the server's processor time per request."""

    def __init__(self, context, wrk, name, port, pid, paths):
        self.wrk, self.port, self.pid = wrk, port, pid
        self.seconds = 1 if context.options.smoke else 5
        self.costs = []
        self.script = os.path.join(context.scratch, f"{name}.lua")
        listed = os.path.join(context.scratch, f"{name}.txt")
        with open(listed, "w") as file:
            file.writelines(path + "\n" for path in paths)
        with open(self.script, "w") as file:
            file.write(SCRIPT.format(list=listed))

    def __call__(self):
        """Requests a second."""
        before = processor_seconds(self.pid)
        _, output = command([self.wrk, "-t1", f"-c{CONNECTIONS}", f"-d{self.seconds}s", "-s", self.script,
                             f"http://127.0.0.1:{self.port}"])
        spent = processor_seconds(self.pid) - before
        rate = re.search(r"Requests/sec:\s*([\d.]+)", output)
        count = re.search(r"(\d+) requests in", output)
        if not rate or not count or "Non-2xx" in output or "Socket errors" in output:
            raise Failed(f"wrk did not get what it asked for: {output.strip()[-400:]}")
        self.costs.append(1e6 * spent / max(1, int(count[1])))
        return float(rate[1])


def warm(client, count):
    """Has the thumbnails of the first assets made and read, so that they are in memory."""
    answer = client.json("/api/v1/results", {"sort": "path", "order": "asc"})
    assets = []
    while len(assets) < min(count, answer["count"]):
        page = client.json(f"/api/v1/results/{answer['token']}/assets?position={len(assets)}&count=200")
        assets += page["assets"]
    assets = assets[:count]
    return [(asset, client.thumbnail(asset)) for asset in assets]


def against_nginx(context):
    wrk = context.tool("wrk", "wrk")
    nginx, missing = optional_tool(context, "nginx", "nginx-light")
    folder = context.library()
    library = context.fresh("catalog")
    scan(context, [folder], library)
    port, peer_port = free_port(), free_port()
    place = context.fresh("nginx")
    os.makedirs(os.path.join(place, "root"))
    with serve(context, library, port, "--no-background", "--no-watch") as process:
        client = Client(port, process)
        client.wait()
        pictures = warm(client, 40 if context.options.smoke else 1000)
        hits = client.json("/api/v1/memory")["tiers"]["l1"]
        for asset, data in pictures:
            with open(os.path.join(place, "root", f"{asset['id']}.jpg"), "wb") as file:
                file.write(data)
        ours = Load(context, wrk, "ours", port, process.pid,
                    [f"/thumb/{asset['id']}/256?v={asset['version']}" for asset, _ in pictures])
        if not nginx:
            return result(context, "requests/s", ours, skipped=missing)
        configuration = os.path.join(place, "nginx.conf")
        with open(configuration, "w") as file:
            file.write(NGINX.format(folder=place, port=peer_port))
        with Running([nginx, "-p", place, "-c", configuration, "-e", os.path.join(place, "error.log")],
                     log=os.path.join(place, "nginx.log")) as peer_process:
            peer = Client(peer_port, peer_process)
            wait_for(peer, f"/{pictures[0][0]['id']}.jpg")
            theirs = Load(context, wrk, "theirs", peer_port, peer_process.pid,
                          [f"/{asset['id']}.jpg" for asset, _ in pictures])
            outcome = result(context, "requests/s", ours, theirs)
        # The server has closed the connection that was idle meanwhile.
        after = Client(port, process).json("/api/v1/memory")["tiers"]["l1"]
        if after["misses"] > hits["misses"]:
            raise Failed(f"not all thumbnails came from memory: {hits} before, {after} after")
    mean = sum(len(data) for _, data in pictures) / len(pictures)
    outcome["note"] = (
        f"{len(pictures)} thumbnails of {mean / 1024:.1f} KiB, {CONNECTIONS} connections; processor time a "
        f"request: {middle(ours.costs):.1f} µs, the peer {middle(theirs.costs):.1f} µs")
    return outcome


def wait_for(client, path):
    import http.client
    import time
    end = time.perf_counter() + 10
    while True:
        try:
            if client.request(path)[0] == 200:
                return
        except (OSError, http.client.HTTPException):
            client.connection.close()
        if client.process.poll() is not None or time.perf_counter() > end:
            raise Failed("nginx did not answer")
        time.sleep(0.01)


@benchmark("http-thumbnails", "256-px thumbnails from memory over HTTP, 32 connections", "nginx")
def http_thumbnails(context):
    return against_nginx(context)
