"""The three tiers a thumbnail comes from: what each takes, and how often the first has it."""

import os
import time

from inputs import last_json
from measuring import Failed, command
from suite import Client, benchmark, free_port, middle, optional_tool, result, scan, serve


def tier(context, name):
    """The latency of one tier in process: the median of 200,000 or 10,000 calls."""
    program = context.built("tiers-benchmark")
    folder = context.library()
    library = context.fresh("tiers")
    scan(context, [folder], library)
    command([context.albumen(), "thumbs", library])
    worst = []

    def ours():
        _, output = command([program, library])
        reading = last_json(output)[name]
        worst.append(reading["p99"] / 1000)
        return reading["p50"] / 1000

    outcome = result(context, "µs", ours, less_is_better=True)
    outcome["note"] = f"p99 {middle(worst):.1f} µs"
    return outcome


@benchmark("l1-hit", "a thumbnail from memory, in process, p50")
def l1_hit(context):
    return tier(context, "l1")


@benchmark("l2-hit", "a thumbnail from derived.db, in process, p50, the asset looked up as well")
def l2_hit(context):
    return tier(context, "l2")


# MARK: Made

@benchmark("l3-made", "from asking `serve` for the thumbnail of a picture never seen to its last byte, p50",
           "vipsthumbnail")
def l3_made(context):
    """The peer is started for each picture, as who has no library does."""
    vips, missing = optional_tool(context, "vipsthumbnail", "libvips-tools")
    folder = context.library()
    library = context.fresh("catalog")
    scan(context, [folder], library)
    count = min(context.options.count, 20 if context.options.smoke else 300)
    paths = context.files(count)
    worst = {"ours": [], "theirs": []}

    def percentiles(name, seconds):
        times = sorted(each * 1000 for each in seconds)
        worst[name].append(times[len(times) * 99 // 100])
        return middle(times)

    def ours():
        for name in os.listdir(library):
            if name.startswith("derived.db"):
                os.unlink(os.path.join(library, name))
        port = free_port()
        seconds = []
        with serve(context, library, port, "--no-background", "--no-watch") as process:
            client = Client(port, process)
            client.wait()
            # The scan of its start finds nothing new, and is over.
            end = time.perf_counter() + 60
            while client.json("/api/v1/library")["scan"]["state"] != "idle":
                if time.perf_counter() > end:
                    raise Failed("the scan was not over within a minute")
                time.sleep(0.02)
            answer = client.json("/api/v1/results", {"sort": "path", "order": "asc"})
            assets = []
            while len(assets) < count:
                page = client.json(
                    f"/api/v1/results/{answer['token']}/assets?position={len(assets)}&count=200")
                if not page["assets"]:
                    raise Failed(f"{len(assets)} assets of {count} are listed")
                assets += page["assets"]
            for asset in assets[:count]:
                begun = time.perf_counter()
                client.thumbnail(asset)
                seconds.append(time.perf_counter() - begun)
            made = client.json("/api/v1/memory")["tiers"]
        if made["l1"]["hits"] or made["l2"]["hits"]:
            raise Failed(f"not all thumbnails were made: {made}")
        return percentiles("ours", seconds)

    def peer():
        out = context.fresh("theirs")
        return percentiles("theirs", [
            command([vips, path, "--size", "256x256", "-o", os.path.join(out, f"{number}.jpg")])[0]
            for number, path in enumerate(paths)])

    outcome = result(context, "ms", ours, vips and peer, less_is_better=True, skipped=missing)
    # Over 1 is faster than the peer, as everywhere.
    outcome["ratios"] = [1 / ratio for ratio in outcome["ratios"]]
    outcome["note"] = f"{count} pictures of about 2 MP; p99 {middle(worst['ours']):.1f} ms" + (
        f", the peer, with the start of its process, {middle(worst['theirs']):.1f} ms" if vips else "")
    return outcome


# MARK: Found

@benchmark("hit-rates", "thumbnails found in memory: mean of three kinds of seeded traces in six sizes of it",
           "LRU")
def hit_rates(context):
    """Counted, not timed: once is enough."""
    seeds = 1 if context.options.smoke else 5
    _, output = command([context.built("memory-budget-benchmark"), "rates", str(seeds)])
    rates = last_json(output)
    mine, theirs = rates["all"]["adaptive"], rates["all"]["LRU"]
    traces = ", ".join(f"{trace} {rate['adaptive']:.1f} % and {rate['LRU']:.1f} %"
                       for trace, rate in rates.items() if trace != "all")
    return {"unit": "%", "ours": [mine], "theirs": [theirs], "ratios": [mine / theirs], "readings": [rates],
            "note": f"seeds 1 to {seeds}; {traces}"}
