"""Thumbnails by format: one core and all cores, against vipsthumbnail and Pillow.

Every format is benchmarked four times, e.g. `thumbnail-png` (one core, vipsthumbnail),
`thumbnail-png-all` (all cores), `thumbnail-png-pillow` and `thumbnail-png-all-pillow`.
"""

import os
import shutil
import subprocess
import sys

from inputs import CHECKOUT
from measuring import Failed, PeakSampler, Running, Skipped, command
from suite import REGISTRY, optional_tool, result

QUALITY = ["--Q", "90", "--strip"]
# What vips is told to write a format, megapixels of the pictures, how many different ones, and how many
# files: the pictures again by hard links, so that starting the program does not outweigh the work.
# The codecs that take minutes to write a picture get a smaller one.
FORMATS = {
    "baseline": ("12-MP baseline JPEGs", "jpg", ["jpegsave", *QUALITY], 12, 4, 24),
    "progressive": ("12-MP progressive JPEGs", "jpg", ["jpegsave", *QUALITY, "--interlace"], 12, 4, 24),
    "grey": ("12-MP grey JPEGs", "jpg", ["jpegsave", *QUALITY], 12, 4, 24),
    "cmyk": ("12-MP CMYK JPEGs", "jpg", ["jpegsave", *QUALITY], 12, 2, 6),
    "png": ("6-MP PNGs", "png", ["pngsave", "--compression", "6"], 6, 2, 6),
    "webp": ("6-MP WebPs", "webp", ["webpsave", "--Q", "85"], 6, 2, 6),
    "tiff": ("6-MP TIFFs, deflated", "tif", ["tiffsave", "--compression", "deflate"], 6, 2, 6),
    "tiff-plain": ("6-MP TIFFs, uncompressed", "tif", ["tiffsave"], 6, 2, 6),
    "tiff-pyramid": ("6-MP TIFFs with reduced levels", "tif",
                     ["tiffsave", "--compression", "deflate", "--tile", "--pyramid"], 6, 2, 6),
    "heic": ("2-MP HEICs", "heic", ["heifsave", "--Q", "60", "--effort", "0"], 2, 2, 6),
    "avif": ("2-MP AVIFs", "avif",
             ["heifsave", "--Q", "60", "--effort", "0", "--compression", "av1"], 2, 2, 6),
    "jxl": ("2-MP JPEG XLs", "jxl", ["jxlsave", "--Q", "85", "--effort", "3"], 2, 2, 6),
    "exr": ("2-MP OpenEXRs of halves", "exr", None, 2, 2, 6),
    "raw": ("camera RAW files of a folder (--raw FOLDER)", None, None, 0, 0, 0),
}
RAW_NAMES = (".dng", ".cr2", ".cr3", ".nef", ".arw", ".raf", ".rw2", ".orf", ".pef", ".srw")


# MARK: Inputs

def picture(context, number, megapixels, target):
    """A photograph of the library at another size with the grain of a camera, the same for a seed."""
    vips = context.tool("vips", "libvips-tools")
    side = int((megapixels * 1e6 / 12) ** 0.5)
    source = context.files(number + 1)[number]
    parts = [target + suffix for suffix in (".base.v", ".noise.v", ".sum.v")]
    command([vips, "thumbnail", source, parts[0], str(4 * side), "--height", str(3 * side),
             "--size", "force", "--no-rotate"])
    command([vips, "gaussnoise", parts[1], str(4 * side), str(3 * side), "--sigma", "7",
             "--mean", "0", "--seed", str(context.options.seed * 1000 + number)])
    command([vips, "add", parts[0], parts[1], parts[2]])
    command([vips, "cast", parts[2], target, "uchar"])
    for part in parts:
        os.unlink(part)


def write(context, kind, base, path):
    """One file of a format."""
    vips = context.tool("vips", "libvips-tools")
    _, _, words, _, _, _ = FORMATS[kind]
    made = path + ".part." + path.rsplit(".", 1)[1]
    if kind == "exr":
        ffmpeg = context.tool("ffmpeg", "ffmpeg")
        png = path + ".part.png"
        command([vips, "pngsave", base, png, "--compression", "1"])
        command([ffmpeg, "-v", "error", "-y", "-i", png, "-pix_fmt", "gbrpf32le", "-format", "half",
                 "-compression", "zip16", made])
        os.unlink(png)
    elif kind in ("grey", "cmyk"):
        other = path + ".part.v"
        command([vips, "colourspace", base, other, "b-w" if kind == "grey" else "cmyk"])
        command([vips, words[0], other, made, *words[1:]])
        os.unlink(other)
    else:
        command([vips, words[0], base, made, *words[1:]])
    os.rename(made, path)


def inputs(context, kind):
    """The files of a format, made once for a seed."""
    _, extension, _, megapixels, pictures, count = FORMATS[kind]
    if kind == "raw":
        return raw_files(context)
    if context.options.smoke:
        megapixels, pictures, count = 0.3, 1, 2
    folder = os.path.join(
        context.cache, f"format-{kind}-{megapixels}mp-{count}-seed{context.options.seed}")
    if os.path.exists(folder):
        return sorted(os.path.join(folder, name) for name in os.listdir(folder))
    unfinished = folder + ".part"
    shutil.rmtree(unfinished, ignore_errors=True)
    os.makedirs(unfinished)
    for number in range(pictures):
        base = os.path.join(
            context.cache, f"grain-{megapixels}mp-{number}-seed{context.options.seed}.v")
        if not os.path.exists(base):
            picture(context, number, megapixels, base + ".part.v")
            os.rename(base + ".part.v", base)
        first = os.path.join(unfinished, f"{number:03}.{extension}")
        write(context, kind, base, first)
        for copy in range(number + pictures, count, pictures):
            os.link(first, os.path.join(unfinished, f"{copy:03}.{extension}"))
    os.rename(unfinished, folder)
    return sorted(os.path.join(folder, name) for name in os.listdir(folder))


def raw_files(context):
    if not context.options.raw:
        raise Skipped("no RAW files; name a folder of them with --raw FOLDER")
    found = sorted(
        os.path.join(folder, name) for folder, _, names in os.walk(context.options.raw)
        for name in names if name.lower().endswith(RAW_NAMES))
    if not found:
        raise Skipped(f"{context.options.raw} has no RAW files")
    return found[:24]


# MARK: Peers

def pillow_python(*others):
    """A Python that has Pillow, and other modules that are asked for."""
    modules = ["PIL", *others]
    for python in (os.environ.get("ALBUMEN_BENCHMARK_PYTHON"), sys.executable,
                   os.path.join(CHECKOUT, ".venv", "bin", "python")):
        if python and os.access(python, os.X_OK) and subprocess.run(
                [python, "-c", f"import {', '.join(modules)}"], capture_output=True).returncode == 0:
            return python
    raise Skipped(f"no Python here has {' and '.join(modules)} (python3 -m venv .venv && "
                  ".venv/bin/pip install numpy pillow pillow-heif pillow-jxl-plugin)")


def peer_words(context, peer, cores, files):
    """(what starts the peer's work, given the folder), or raises `Skipped`."""
    if peer == "Pillow":
        python = pillow_python()
        script = os.path.join(CHECKOUT, "Benchmarks", "harness", "pillow_thumbnails.py")
        return lambda out: [python, script, str(cores), out, *files]
    vips, missing = optional_tool(context, "vipsthumbnail", "libvips-tools")
    if missing:
        raise Skipped(missing)
    return lambda out: [vips, *files, "--size", "256x256", "-o", out + "/%s.jpg"]


def run(context, kind, all_cores, peer):
    albumen = context.albumen()
    files = inputs(context, kind)
    cores = len(os.sched_getaffinity(0)) if all_cores else 1
    pin = [] if all_cores else [context.tool("taskset", "util-linux"), "-c", "0"]
    env = None if all_cores else {**os.environ, "VIPS_CONCURRENCY": "1"}

    def measured(name, words):
        out = context.fresh(name)
        seconds, _ = command([*pin, *words(out)], env=env)
        made = len(os.listdir(out))
        if made != len(files):
            raise Failed(f"{name}: {made} of {len(files)} thumbnails were made")
        return len(files) / seconds

    def our_words(out):
        return [albumen, "thumbnail", *files, "--out-dir", out, "--size", "256"]

    def ours():
        return measured("ours", our_words)

    skipped, theirs = None, None
    try:
        words = peer_words(context, peer, cores, files)
        measured("theirs", words)  # a peer that cannot read the format says so here
        theirs = lambda: measured("theirs", words)  # noqa: E731
    except Skipped as reason:
        skipped = str(reason)
    except Failed as reason:
        skipped = f"{peer} cannot read these ({str(reason).splitlines()[-1][-80:]})"
    # In runs of their own: to look at the memory takes time.
    note = f"{len(files)} files; peak PSS {peak([*pin, *our_words(context.fresh('ours'))], env):.0f} MiB"
    if theirs:
        note += f", the peer {peak([*pin, *words(context.fresh('theirs'))], env):.0f} MiB"
    return result(context, "pictures/s", ours, theirs, skipped=skipped, note=note)


# MARK: Memory

def large_progressive(context):
    """A progressive photograph of 100 MP: one of 6 MP again and again."""
    width, height, times = (800, 600, 2) if context.options.smoke else (2900, 2175, 4)
    path = os.path.join(
        context.cache, f"progressive-{width * times}x{height * times}-seed{context.options.seed}.jpg")
    if not os.path.exists(path):
        vips = context.tool("vips", "libvips-tools")
        piece, whole = path + ".piece.v", path + ".whole.v"
        picture(context, 0, width * height / 1e6, piece + ".v")
        command([vips, "thumbnail", piece + ".v", piece, str(width), "--height", str(height),
                 "--size", "force"])
        command([vips, "replicate", piece, whole, str(times), str(times)])
        command([vips, "jpegsave", whole, path + ".part.jpg", "--Q", "90", "--strip", "--interlace"])
        os.rename(path + ".part.jpg", path)
        for part in (piece + ".v", piece, whole):
            os.unlink(part)
    return path


def peak(words, env=None, interval=0.004):
    """The most that all processes of a command have together, in MiB."""
    with Running(words, env=env) as process, PeakSampler(process.pid, interval=interval) as sampler:
        process.wait()
    if process.returncode != 0:
        raise Failed(f"`{words[0]}` ended with {process.returncode}")
    return sampler.peak / (1 << 20)


def peak_pss(context):
    """The most that all processes have together while one thumbnail is made, in MiB."""
    source = large_progressive(context)
    target = os.path.join(context.fresh("peak"), "small.jpg")
    vips, missing = optional_tool(context, "vipsthumbnail", "libvips-tools")

    def measured(*words):
        peaks = []
        # Samples see a part of what takes a moment: several times, and another part each.
        for _ in range(5):
            peaks.append(peak(words))
            if os.path.getsize(target) == 0:
                raise Failed(f"`{words[0]}` wrote nothing")
            os.unlink(target)
        return max(peaks)

    return result(
        context, "MiB", lambda: measured(context.albumen(), "thumbnail", source, "-o", target),
        vips and (lambda: measured(vips, source, "--size", "256x256", "-o", target)),
        less_is_better=True, skipped=missing, note="the ratio is ours of theirs")


def register():
    for kind, (what, *_) in FORMATS.items():
        for all_cores in (False, True):
            for peer in ("vipsthumbnail", "Pillow"):
                name = f"thumbnail-{kind}" + ("-all" if all_cores else "") \
                    + ("-pillow" if peer == "Pillow" else "")
                REGISTRY[name] = {
                    "run": lambda context, kind=kind, all_cores=all_cores, peer=peer: run(
                        context, kind, all_cores, peer),
                    "what": f"256-px thumbnails of {what}, {'all cores' if all_cores else 'one core'}",
                    "peer": peer, "optional": kind == "raw",
                }
    REGISTRY["thumbnail-peak-pss-100mp"] = {
        "run": peak_pss, "peer": "vipsthumbnail",
        "what": "peak PSS of all processes: one 256-px thumbnail of a progressive JPEG of 100 MP",
    }


register()
