"""The command line of the benchmarks."""

import argparse
import json
import os
import signal
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from inputs import Context  # noqa: E402
from measuring import Failed, Skipped  # noqa: E402
from report import save, summarise, table  # noqa: E402
# Each suite registers its benchmarks, in the order they are shown.
import scan_suite  # noqa: E402, F401
import catalog_suite  # noqa: E402, F401
import search_suite  # noqa: E402, F401
from suite import REGISTRY  # noqa: E402
import http_suite  # noqa: E402, F401
import tiers_suite  # noqa: E402, F401
import screen_suite  # noqa: E402, F401
import thumbnails  # noqa: E402, F401
import fidelity_suite  # noqa: E402, F401


def main():
    names = "\n".join(
        f"  {name:22} {entry['what']}" + (f" (peer: {entry['peer']})" if entry["peer"] else "")
        for name, entry in REGISTRY.items())
    parser = argparse.ArgumentParser(
        prog="Benchmarks/run", description="Measures Albumen side by side with its peers.",
        epilog=f"benchmarks:\n{names}", formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="what to run; all when left out")
    parser.add_argument("--pairs", type=int, default=5, help="measured runs of each side (5)")
    parser.add_argument("--count", type=int,
                        help="files of the library (20000; scans 100000; scan-million 1000000)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the library (1)")
    parser.add_argument(
        "--cache", default=os.environ.get("ALBUMEN_BENCHMARK_CACHE", "/var/tmp/albumen-benchmarks"),
        help="where inputs are kept between runs (/var/tmp/albumen-benchmarks)")
    parser.add_argument("--raw", metavar="FOLDER", help="camera RAW files for thumbnail-raw")
    parser.add_argument("--pictures", metavar="FOLDER",
                        help="photographs for fidelity (/usr/share/backgrounds)")
    parser.add_argument("--camera", metavar="FOLDER", default=os.environ.get("ALBUMEN_CORPUS"),
                        help="JPEGs from cameras, whose headers scan-rate-camera takes (ALBUMEN_CORPUS)")
    parser.add_argument("--no-save", action="store_true",
                        help="leave results.jsonl and BENCHMARKS.md alone")
    parser.add_argument("--smoke", action="store_true",
                        help="every benchmark once on little, for the harness's sake; saves nothing")
    options = parser.parse_args()
    if options.smoke:
        options.count, options.pairs, options.no_save = 120, 1, True
    elif options.count is None:
        options.count, options.scan_count, options.million = 20_000, 100_000, 1_000_000
    if options.count is not None and not hasattr(options, "scan_count"):
        options.scan_count = options.million = options.count
    unknown = [name for name in options.names if name not in REGISTRY]
    if unknown:
        parser.error(f"no benchmark is called {', '.join(unknown)}; there are {', '.join(REGISTRY)}")
    if options.pairs < 1 or options.count < 1:
        parser.error("--pairs and --count take whole numbers from 1")

    # A polite end also ends the servers that were started, and shows what was measured so far.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    context = Context(options)
    if options.smoke:
        try:
            context.albumen()
        except Skipped as reason:
            context.clean()
            parser.error(str(reason))
    isTerminal = sys.stderr.isatty()
    summaries, hasFailed = [], False
    try:
        for name in options.names or REGISTRY:
            def progress(text):
                if isTerminal:
                    print(f"\r\033[K{name}: {text}", end="", file=sys.stderr, flush=True)
            context.progress = progress
            progress("inputs and warm-up")
            try:
                outcome = REGISTRY[name]["run"](context)
            except Skipped as reason:
                outcome = {"skipped": str(reason)}
            except Failed as reason:
                outcome = {"failed": str(reason)}
                hasFailed = True
            if isTerminal:
                print("\r\033[K", end="", file=sys.stderr)
            summaries.append(summarise(name, REGISTRY[name], outcome, options))
    except KeyboardInterrupt:
        print("\ninterrupted; what was measured so far follows", file=sys.stderr)
    finally:
        context.clean()
        if options.smoke:
            unmeasured = [
                summary["name"] for summary in summaries
                if "ours" not in summary and not REGISTRY[summary["name"]].get("optional")]
            if unmeasured:
                hasFailed = True
                print(f"not measured, which --smoke does not forgive: {', '.join(unmeasured)}",
                      file=sys.stderr)
    print(table(summaries))
    for summary in summaries:
        if "readings" in summary:
            print(f"{summary['name']} readings: {json.dumps(summary['readings'])}")
    if not options.no_save:
        save([summary for summary in summaries if "ours" in summary], REGISTRY)
    return 1 if hasFailed else 0


if __name__ == "__main__":
    sys.exit(main())
