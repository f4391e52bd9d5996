"""What a large picture took comes back."""

import json
import subprocess
import time
import urllib.request

from process_memory import Sampler, tree_pss_bytes
from test_commands import serving

MIB = 1 << 20


def settled(pid: int) -> int:
    """The tree's PSS once it stays the same."""
    last, same = tree_pss_bytes(pid), 0
    for _ in range(100):
        time.sleep(0.1)
        now = tree_pss_bytes(pid)
        same = same + 1 if abs(now - last) < MIB // 4 else 0
        last = now
        if same == 5:
            break
    return last


def test_after_a_100_megapixel_decode_the_tree_is_back_within_a_tenth(albumen, tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    # Interlaced, so that no decoder can do with a few rows: the whole picture is in memory once.
    for name, width, height in (("small.png", 3200, 2400), ("other.png", 3100, 2300), ("large.png", 11600, 8700)):
        subprocess.run(["vips", "black", f"{folder / name}[interlace]", str(width), str(height), "--bands", "3"], check=True)
    library = tmp_path / "library"
    albumen("scan", folder, "--library", library)
    ids = {item["name"]: item["id"] for item in map(json.loads, albumen("list", library, "--json").out.splitlines())}
    options = ["--library", library, "--memory", "2G", "--workers", "1", "--no-watch", "--no-background"]
    with serving(albumen, *options) as (process, address):

        def look(name):
            with urllib.request.urlopen(f"{address}/thumb/{ids[name]}/256", timeout=60) as answer:
                assert answer.status == 200 and answer.read(2) == b"\xff\xd8"

        look("small.png")
        look("other.png")
        before = settled(process.pid)
        with Sampler(process.pid, interval=0.02) as sampler:
            look("large.png")
        after = settled(process.pid)
    # It did take the memory of a picture of that size.
    assert sampler.peak > before + 200 * MIB, f"{sampler.peak / MIB:.1f} MiB at most"
    assert after <= before * 1.1, f"{before / MIB:.1f} MiB before, {after / MIB:.1f} MiB after"
