"""Scanning: a first scan, a scan again, and what the cost of a file does as files grow in number."""

import os
import resource
import time

from inputs import last_json
from measuring import Failed, PeakSampler, Running, command
from suite import REGISTRY, benchmark, check_count, optional_tool, result, scan


def first_scan(context, folder, count, some, fields, note):
    """A new catalog of all files, beside the peer's reading of some of them."""
    exiftool, missing = optional_tool(context, "exiftool", "libimage-exiftool-perl")

    def ours():
        seconds, summary = scan(context, [folder], context.fresh("catalog"))
        check_count(summary, count)
        return count / seconds

    def peer():
        seconds, _ = command([exiftool, "-fast2", "-q", "-json", *fields, *some])
        return len(some) / seconds

    return result(context, "files/s", ours, exiftool and peer, skipped=missing,
                  note=f"{count} files{note}; the peer reads {len(some)} of them")


@benchmark("scan-rate", "files/s into a new catalog (dimensions, time, camera, GPS), small JPEGs",
           "exiftool -fast2")
def scan_rate(context):
    context.albumen()
    count = context.options.scan_count
    folder = context.library(small=True, count=count)
    some = context.files(min(500, count), small=True, library_count=count)
    fields = ["-ImageSize", "-DateTimeOriginal", "-Make", "-Model", "-GPSLatitude", "-GPSLongitude"]
    return first_scan(context, folder, count, some, fields, "")


@benchmark("scan-rate-camera",
           "files/s into a new catalog, small JPEGs with the headers of cameras' files", "exiftool -fast2")
def scan_rate_camera(context):
    """The headers that cameras write are long and full of maker notes, which a seed cannot make up."""
    context.albumen()
    count = context.options.scan_count
    folder, headers, some = context.camera_library(count)
    return first_scan(context, folder, count, some, [], f" with {headers} different headers")


REGISTRY["scan-rate-camera"]["optional"] = True


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
