"""How near thumbnails come to the whole picture reduced with Lanczos, on photographs."""

import glob
import os

from inputs import CHECKOUT, last_json
from measuring import Skipped, command
from suite import REGISTRY, optional_tool
from thumbnails import pillow_python

# Photographs in Debian's packages lomiri-wallpapers-16.04, lomiri-wallpapers-20.04, mate-backgrounds.
PHOTOGRAPHS = "/usr/share/backgrounds"
SIZE = 256
# Below this the reduced picture is decoded at more than an eighth, by libjpeg-turbo.
LEAST_EDGE = 8 * SIZE


def photographs(context):
    folder = context.options.pictures or PHOTOGRAPHS
    vipsheader = context.tool("vipsheader", "libvips-tools")
    found = []
    for path in sorted(glob.glob(os.path.join(folder, "**", "*.jp*g"), recursive=True)):
        if os.path.islink(path):
            continue
        edges = [int(command([vipsheader, "-f", field, path])[1]) for field in ("width", "height")]
        if max(edges) >= LEAST_EDGE:
            found.append(path)
    if not found:
        raise Skipped(f"{folder} has no JPEG of {LEAST_EDGE} pixels or more; name a folder with --pictures FOLDER, or "
                      "install Debian's lomiri-wallpapers-20.04, lomiri-wallpapers-16.04 and mate-backgrounds")
    return found[:2] if context.options.smoke else found


def fidelity(context):
    """One reading a photograph, not one a run: nothing here depends on time."""
    python = pillow_python("numpy")
    reduce = context.built("jpeg-eighth-benchmark")
    script = os.path.join(CHECKOUT, "Benchmarks", "harness", "fidelity.py")
    vips, missing = optional_tool(context, "vipsthumbnail", "libvips-tools")
    folder = context.fresh("fidelity")
    ours, theirs = [], []
    for path in photographs(context):
        context.progress(os.path.basename(path))
        mine, peer = (os.path.join(folder, name) for name in ("ours.ppm", "theirs.png"))
        command([reduce, "reduce", str(SIZE), path, mine])
        if vips:
            command([vips, path, "--size", f"{SIZE}x{SIZE}", "--no-rotate", "-o", peer])
        told = last_json(command([python, script, path, mine, peer if vips else mine])[1])
        ours.append(told["ours"])
        if vips and told["theirs"] is not None:
            theirs.append(told["theirs"])
    return {"unit": "SSIM", "ours": ours, "theirs": theirs, "ratios": [], "digits": 4, "skipped": missing,
            "note": f"{len(ours)} photographs, one reading each; 1 is equality"}


REGISTRY["fidelity"] = {
    "run": fidelity, "peer": "vipsthumbnail", "optional": True,
    "what": f"luma of {SIZE}-px thumbnails of photographs beside the full decode reduced with Lanczos",
}
