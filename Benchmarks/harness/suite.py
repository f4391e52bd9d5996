"""The benchmarks. Each answers a dictionary: unit, ours, and if there is a peer theirs and ratios."""

import http.client
import json
import os
import socket
import time

from inputs import CHECKOUT, last_json
from measuring import Failed, PeakSampler, Running, Skipped, command, paired

REGISTRY = {}


def benchmark(name, what, peer=None):
    """Registers a function as a benchmark."""
    def register(function):
        REGISTRY[name] = {"run": function, "what": what, "peer": peer}
        return function
    return register


def result(context, unit, ours, peer=None, **more):
    mine, theirs, ratios = paired(ours, peer, context.options.pairs,
                                 warm_ups=0 if context.options.smoke else 1,
                                 progress=context.progress)
    return {"unit": unit, "ours": mine, "theirs": theirs, "ratios": ratios, **more}


def middle(values):
    return sorted(values)[len(values) // 2]


def optional_tool(context, name, package):
    """The peer's path, or nil and why it is skipped."""
    try:
        return context.tool(name, package), None
    except Skipped as reason:
        return None, str(reason)


def scan(context, roots, library, env=None):
    """Scans and answers the summary; its reading of the time includes the start of the process."""
    seconds, output = command(
        [context.albumen(), "scan", *roots, "--library", library, "--json"], env=env)
    return seconds, last_json(output)


def check_count(summary, expected):
    if summary["assets"] != expected:
        raise Failed(f"the scan found {summary['assets']} assets of {expected}: {summary}")


# MARK: Thumbnails

def thumbnails(context, files):
    albumen = context.albumen()
    vips, missing = optional_tool(context, "vipsthumbnail", "libvips-tools")

    def count_files(folder):
        made = len(os.listdir(folder))
        if made != len(files):
            raise Failed(f"{made} of {len(files)} thumbnails were made")

    def ours():
        out = context.fresh("ours")
        seconds, _ = command([albumen, "thumbnail", *files, "--out-dir", out, "--size", "256"])
        count_files(out)
        return len(files) / seconds

    def peer():
        out = context.fresh("theirs")
        seconds, _ = command([vips, *files, "--size", "256x256", "-o", out + "/%s.jpg"])
        count_files(out)
        return len(files) / seconds

    return result(context, "pictures/s", ours, vips and peer, skipped=missing,
                  note=f"{len(files)} files")


@benchmark("thumbnail-rate", "256-px thumbnails of mixed photographs of about 2 MP, all cores",
           "vipsthumbnail")
def thumbnail_rate(context):
    return thumbnails(context, context.files(min(400, context.options.count)))


EIGHTHS = {
    # name: quality, sampling across and down, channels, progressive, restart interval
    "420": (90, 2, 2, 3, 0, 0), "422": (90, 2, 1, 3, 0, 0), "444": (90, 1, 1, 3, 0, 0),
    "grey": (90, 1, 1, 1, 0, 0), "restarts": (90, 2, 2, 3, 0, 125),
    "progressive": (90, 2, 2, 3, 1, 0),
}


def eighth(context, kind):
    """Both decoders in one process in turn, the file in memory."""
    tool = os.path.join(CHECKOUT, ".build", "release", "jpeg-eighth-benchmark")
    if not os.access(tool, os.X_OK):
        raise Skipped(f"{tool} is not built; build it with: "
                      "swift build -c release --product jpeg-eighth-benchmark")
    vips = context.tool("vips", "libvips-tools")
    width, height = (800, 600) if context.options.smoke else (4000, 3000)
    picture = os.path.join(context.cache, f"eighth-{width}-{kind}-seed{context.options.seed}.jpg")
    if not os.path.exists(picture):
        source, = context.files(1)
        folder = context.fresh("eighth")
        names = [os.path.join(folder, name) for name in ("a.v", "b.v", "c.v", "d.v", "e.ppm")]
        enlarged, noise, sum_, cast, samples = names
        command([vips, "thumbnail", source, enlarged, str(width), "--height", str(height),
                 "--size", "force", "--no-rotate"])
        # A camera's grain: an enlarged picture has none.
        command([vips, "gaussnoise", noise, str(width), str(height), "--sigma", "6", "--mean", "0",
                 "--seed", str(context.options.seed)])
        command([vips, "add", enlarged, noise, sum_])
        command([vips, "cast", sum_, cast, "uchar"])
        command([vips, "copy", cast, samples])
        command([tool, "encode", samples, picture, *map(str, EIGHTHS[kind])])
    _, output = command([tool, "compare", str(context.options.pairs), picture])
    told = last_json(output)
    if kind in ("444", "grey") and told["worst_difference"] != 0:
        raise Failed(f"the pictures differ: {told}")
    return {"unit": "pictures/s", "ours": [1000 / value for value in told["ours_ms"]],
            "theirs": [1000 / value for value in told["theirs_ms"]], "ratios": told["ratios"],
            "note": f"{told['bytes']} bytes, PSNR of one against the other {told['psnr']:.1f} dB"}


for eighth_kind in EIGHTHS:
    benchmark(f"jpeg-eighth-{eighth_kind}", f"a 12-MP JPEG at 1/8 in process ({eighth_kind})",
              "libjpeg-turbo at 1/8")(lambda context, kind=eighth_kind: eighth(context, kind))


@benchmark("library-thumbnails", "thumbnails of a whole library (both sizes and the placeholder)")
def library_thumbnails(context):
    folder = context.library()

    def ours():
        library = context.fresh("catalog")
        scan(context, [folder], library)
        seconds, _ = command([context.albumen(), "thumbs", library])
        return context.options.count / seconds

    # Minutes each: two say enough.
    pairs, context.options.pairs = context.options.pairs, min(2, context.options.pairs)
    try:
        return result(context, "pictures/s", ours, note=f"{context.options.count:,} files")
    finally:
        context.options.pairs = pairs


# MARK: Serving

def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Client:
    """One kept connection to a server that may not listen yet."""

    def __init__(self, port, process):
        self.port, self.process = port, process
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def request(self, path, body=None):
        """Answers (status, bytes)."""
        headers = {"Content-Type": "application/json"} if body is not None else {}
        data = json.dumps(body) if body is not None else None
        self.connection.request("POST" if data else "GET", path, body=data, headers=headers)
        response = self.connection.getresponse()
        return response.status, response.read()

    def json(self, path, body=None):
        status, data = self.request(path, body)
        if status >= 300:
            raise Failed(f"{path} answered {status}: {data[:300]!r}")
        return json.loads(data)

    def wait(self, seconds=60):
        end = time.perf_counter() + seconds
        while True:
            try:
                if self.request("/healthz")[0] == 200:
                    return
            except (OSError, http.client.HTTPException):
                self.connection.close()
            if self.process.poll() is not None:
                raise Failed(f"the server ended with {self.process.returncode}")
            if time.perf_counter() > end:
                raise Failed(f"the server did not answer within {seconds} s")
            time.sleep(0.002)

    def thumbnail(self, asset):
        """Asks until it is there: a full queue answers 503."""
        while True:
            status, data = self.request(f"/thumb/{asset['id']}/256?v={asset['version']}")
            if status == 200:
                return data
            if status not in (429, 503):
                raise Failed(f"thumbnail {asset['id']} answered {status}: {data[:200]!r}")
            time.sleep(0.02)


def serve(context, library, port, *more):
    return Running([context.albumen(), "serve", "--library", library, "--port", str(port), *more],
                   log=os.path.join(context.scratch, "serve.log"))


@benchmark("first-thumbnail", "from starting `serve` on a scanned library to the first thumbnail made")
def first_thumbnail(context):
    folder = context.library()
    library = context.fresh("catalog")
    scan(context, [folder], library)

    def ours():
        # Thumbnails may be thrown away at any time; without them the first one has to be made.
        for name in os.listdir(library):
            if name.startswith("derived.db"):
                os.unlink(os.path.join(library, name))
        port = free_port()
        begun = time.perf_counter()
        with serve(context, library, port) as process:
            client = Client(port, process)
            client.wait()
            answer = client.json("/api/v1/results", {"sort": "captured", "order": "desc"})
            page = client.json(f"/api/v1/results/{answer['token']}/assets?position=0&count=1")
            client.thumbnail(page["assets"][0])
            return (time.perf_counter() - begun) * 1000

    return result(context, "ms", ours, less_is_better=True,
                  note=f"{context.options.count:,} files")


@benchmark("peak-pss", "peak PSS of all processes under --memory 256M: scan, then scroll end to end")
def peak_pss(context):
    folder = context.library()
    readings = []

    def ours():
        library = context.fresh("catalog")
        port = free_port()
        with Running([context.albumen(), "serve", folder, "--library", library, "--port", str(port),
                      "--memory", "256M"], log=os.path.join(context.scratch, "serve.log")) as process:
            with PeakSampler(process.pid) as sampler:
                client = Client(port, process)
                client.wait()
                state = None
                end = time.perf_counter() + 900
                while True:
                    if time.perf_counter() > end:
                        raise Failed(f"the scan was not over within 15 minutes: {state}")
                    state = client.json("/api/v1/library")
                    if state["counts"]["assets"] >= context.options.count \
                            and state["scan"]["state"] == "idle":
                        break
                    time.sleep(0.1)
                answer = client.json("/api/v1/results", {"sort": "captured", "order": "desc"})
                for position in range(0, answer["count"], 200):
                    page = client.json(
                        f"/api/v1/results/{answer['token']}/assets?position={position}&count=200")
                    for asset in page["assets"][::20]:
                        client.thumbnail(asset)
                memory = client.json("/api/v1/memory")
            if process.poll() is not None:
                raise Failed(f"the server ended with {process.returncode}")
        readings.append({"samples": sampler.samples, "unaccounted": memory["unaccounted"]})
        return sampler.peak / (1 << 20)

    pairs, context.options.pairs = context.options.pairs, min(2, context.options.pairs)
    try:
        return result(context, "MiB", ours, less_is_better=True, readings=readings,
                      note=f"{context.options.count:,} files")
    finally:
        context.options.pairs = pairs
