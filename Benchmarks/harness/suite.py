"""The benchmarks. Each answers a dictionary: unit, ours, and if there is a peer theirs and ratios."""

import http.client
import json
import os
import resource
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


# MARK: Scanning

@benchmark("scan-rate", "files/s into a new catalog (dimensions, time, camera, GPS), small JPEGs",
           "exiftool -fast2")
def scan_rate(context):
    context.albumen()
    count = context.options.scan_count
    folder = context.library(small=True, count=count)
    some = context.files(min(500, count), small=True, library_count=count)
    exiftool, missing = optional_tool(context, "exiftool", "libimage-exiftool-perl")

    def ours():
        seconds, summary = scan(context, [folder], context.fresh("catalog"))
        check_count(summary, count)
        return count / seconds

    def peer():
        seconds, _ = command([exiftool, "-fast2", "-q", "-json", "-ImageSize", "-DateTimeOriginal",
                              "-Make", "-Model", "-GPSLatitude", "-GPSLongitude", *some])
        return len(some) / seconds

    return result(context, "files/s", ours, exiftool and peer, skipped=missing,
                  note=f"{count} files; the peer reads {len(some)} of them")


@benchmark("rescan", "scanning again when nothing has changed", "find -printf")
def rescan(context):
    context.albumen()
    count = context.options.scan_count
    folder = context.library(small=True, count=count)
    library = context.fresh("catalog")
    scan(context, [folder], library)
    find, missing = optional_tool(context, "find", "findutils")

    def ours():
        seconds, summary = scan(context, [folder], library)
        check_count(summary, count)
        if summary["added"] or summary["changed"]:
            raise Failed(f"an unchanged tree was taken for changed: {summary}")
        return count / seconds

    def peer():
        seconds, _ = command([find, folder, "-type", "f", "-printf", "%p %s %T@ %i\\n"])
        return count / seconds

    return result(context, "files/s", ours, find and peer, skipped=missing, note=f"{count} files")


@benchmark("scan-million", "files/s into a new catalog, a million files", "itself with 100,000 files")
def scan_million(context):
    """The ratio is 1 when the cost of a file does not depend on their number. Ten thousand are in the
    readings only: the start of the program is a good part of that scan."""
    many = context.options.million
    sizes = sorted({max(10, many // 100), max(10, many // 10), many})
    folders = {size: context.linked_library(size) for size in sizes}
    readings = {size: {"files_per_second": [], "processor_us_per_file": [], "peak_pss_mib": [],
                       "rescan_files_per_second": []} for size in sizes}

    def processor_seconds():
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    def run(size):
        library = context.fresh("catalog")
        reading = readings[size]
        words = [context.albumen(), "scan", folders[size], "--library", library, "--json"]
        before = processor_seconds()
        begun = time.perf_counter()
        log = os.path.join(context.scratch, "scan.json")
        with Running(words, log=log) as process, PeakSampler(process.pid) as sampler:
            process.wait()
            seconds = time.perf_counter() - begun
        if process.returncode != 0:
            raise Failed(f"the scan ended with {process.returncode}")
        with open(log) as file:
            check_count(last_json(file.read()), size)
        reading["files_per_second"].append(round(size / seconds))
        reading["processor_us_per_file"].append(
            round((processor_seconds() - before) * 1e6 / size, 1))
        reading["peak_pss_mib"].append(round(sampler.peak / (1 << 20), 1))
        seconds, summary = scan(context, [folders[size]], library)
        check_count(summary, size)
        reading["rescan_files_per_second"].append(round(size / seconds))
        return reading["files_per_second"][-1]

    for _ in range(3):
        run(sizes[0])
    pairs, context.options.pairs = context.options.pairs, min(3, context.options.pairs)
    try:
        return result(context, "files/s", lambda: run(many), lambda: run(sizes[1]),
                      readings={str(size): readings[size] for size in sizes})
    finally:
        context.options.pairs = pairs


@benchmark("deep-metadata", "files/s with every field (EXIF, XMP, IPTC, maker notes), one core",
           "exiftool -a -G")
def deep_metadata(context):
    pin = [context.tool("taskset", "util-linux"), "-c", "0"]
    files = context.files(min(5000, context.options.count), small=True)
    some = files[:min(300, len(files))]
    exiftool, missing = optional_tool(context, "exiftool", "libimage-exiftool-perl")

    def ours():
        seconds, output = command([*pin, context.albumen(), "info", "--json", *files])
        if output.count("\n") != len(files):
            raise Failed("not every file was described")
        return len(files) / seconds

    def peer():
        seconds, _ = command([*pin, exiftool, "-json", "-a", "-G", "-q", *some])
        return len(some) / seconds

    return result(context, "files/s", ours, exiftool and peer, skipped=missing,
                  note=f"{len(files)} files; the peer reads {len(some)} of them")


# MARK: The catalog

def catalog_rows(context):
    return min(context.options.count, 500) if context.options.smoke else context.options.million


def catalog_program(context):
    return context.built("catalog-benchmark")


@benchmark("catalog-insert", "new assets/s into the catalog, transactions of 512", "sqlite3 shell")
def catalog_insert(context):
    rows = min(catalog_rows(context), 200_000)
    program = catalog_program(context)
    sqlite, missing = optional_tool(context, "sqlite3", "sqlite3")
    source = context.fresh("source")
    command([program, "insert", source, str(rows)])
    readings = []

    def ours():
        _, output = command([program, "insert", context.fresh("catalog"), str(rows)])
        figures = last_json(output)
        readings.append({"rows_per_processor_second": round(rows / figures["processorSeconds"])})
        return rows / figures["seconds"]

    def peer():
        # The fastest the shell can do: the same rows, from a database, in the same transactions. What
        # a row refers to is there already.
        target = os.path.join(context.fresh("theirs"), "catalog.db")
        _, schema = command([sqlite, f"{source}/catalog.db", ".schema --nosys"])
        _, columns = command([sqlite, f"{source}/catalog.db",
                              "SELECT group_concat(name, ', ') FROM pragma_table_info('assets') "
                              "WHERE name <> 'id'"])
        columns = columns.strip()
        _, lines = command([sqlite, target, "PRAGMA journal_mode=WAL", schema,
                            f"ATTACH '{source}/catalog.db' AS source"]
                           + [f"INSERT OR REPLACE INTO {name} SELECT * FROM source.{name}"
                              for name in ("roots", "folders", "makes", "models")])
        script = ["PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-8192;",
                  f"ATTACH '{source}/catalog.db' AS source;"]
        for first in range(1, rows + 1, 512):
            script.append(f"INSERT INTO main.assets ({columns}) SELECT {columns} FROM source.assets "
                          f"WHERE id BETWEEN {first} AND {first + 511};")
        script.append("SELECT count(*) FROM main.assets;")
        path = os.path.join(context.scratch, "insert.sql")
        with open(path, "w") as file:
            file.write("\n".join(script))
        seconds, output = command([sqlite, target, f".read {path}"])
        if output.strip().splitlines()[-1] != str(rows):
            raise Failed(f"the shell has not inserted {rows} rows: {output[-200:]}")
        return rows / seconds

    return result(context, "rows/s", ours, sqlite and peer, skipped=missing, readings=readings,
                  note="the peer copies the same rows from another database, also 512 at a time")


@benchmark("catalog-pages", "pages of 200/s at the start, middle and end, by position and by key",
           "sqlite3 shell")
def catalog_pages(context):
    rows = catalog_rows(context)
    program = catalog_program(context)
    sqlite, missing = optional_tool(context, "sqlite3", "sqlite3")
    library = context.fresh("catalog")
    command([program, "insert", library, str(rows)])
    readings = []
    copy = os.path.join(context.fresh("theirs"), "copy.db")
    if sqlite:
        command([sqlite, f"{library}/catalog.db", f"VACUUM INTO '{copy}'"])
        command([sqlite, copy, "CREATE INDEX by_time ON assets (captured_ms, id)"])
    columns = ("id, folder_id, state, kind, aspect, rating, captured_ms, byte_count, name, modified_ns, "
               "inode, format, stored_width, stored_height, orientation, duration_ms, placeholder")

    def ours():
        _, output = command([program, "pages", library])
        figures = last_json(output)
        readings.append(figures)
        return 2e6 / (figures["page.position.microseconds"] + figures["page.key.microseconds"])

    def peer():
        places = [0, rows // 2, max(0, rows - 200)]
        script = [".output /dev/null"]
        keys = []
        for place in places:
            _, key = command([sqlite, copy, "SELECT captured_ms, id FROM assets ORDER BY captured_ms, id "
                              f"LIMIT 1 OFFSET {max(0, place - 1)}"])
            keys.append(key.strip().replace("|", ", "))
        for number in range(30):
            script.append(f"SELECT {columns} FROM assets ORDER BY captured_ms, id "
                          f"LIMIT 200 OFFSET {places[number % 3]};")
            script.append(f"SELECT {columns} FROM assets WHERE (captured_ms, id) > ({keys[number % 3]}) "
                          "ORDER BY captured_ms, id LIMIT 200;")
        path = os.path.join(context.scratch, "pages.sql")
        with open(path, "w") as file:
            file.write("\n".join(script))
        seconds, _ = command([sqlite, copy, f".read {path}"])
        return 60 / seconds

    return result(context, "pages/s", ours, sqlite and peer, skipped=missing, readings=readings,
                  note="the peer has an index on the time and skips to a position with OFFSET")


@benchmark("million-pages", "ms for a page at the far end of a million, from `serve --memory 256M`")
def million_pages(context):
    count = context.options.million
    folder = context.linked_library(count)
    library = context.fresh("catalog")
    scan(context, [folder], library)
    readings = []

    def ours():
        port = free_port()
        reading = {}
        with serve(context, library, port, "--memory", "256M") as process:
            with PeakSampler(process.pid) as sampler:
                client = Client(port, process)
                client.wait()
                for sort in ("captured", "name", "path", "size"):
                    begun = time.perf_counter()
                    answer = client.json("/api/v1/results", {"sort": sort, "order": "desc"})
                    reading[f"{sort}_ms"] = round((time.perf_counter() - begun) * 1000, 1)
                    if answer["count"] != count:
                        raise Failed(f"{answer['count']} of {count} assets are listed")
                position = count - max(1, count // 1000)
                times = []
                for _ in range(50):
                    begun = time.perf_counter()
                    page = client.json(
                        f"/api/v1/results/{answer['token']}/assets?position={position}&count=100")
                    times.append((time.perf_counter() - begun) * 1000)
                    if len(page["assets"]) != min(100, count - position):
                        raise Failed(f"the page at {position} has {len(page['assets'])} assets")
        reading["peak_pss_mib"] = round(sampler.peak / (1 << 20), 1)
        readings.append(reading)
        return sorted(times)[len(times) // 2]

    return result(context, "ms", ours, less_is_better=True, readings=readings)


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
