"""The search index: queries beside SQLite, memory, loading, changes by the hundred thousand."""

import os

from inputs import last_json
from measuring import Failed, command
from suite import benchmark

TAGS = 120_000
QUERIES = 2000


def sizes(context):
    if context.options.smoke:
        return 3000, 400, 60
    return context.options.million, TAGS, QUERIES


def made(context, share=1):
    """A folder with the index of the benchmark's library, or of a share of it; made once in a run."""
    if not hasattr(context, "search_indexes"):
        context.search_indexes = {}
    if share not in context.search_indexes:
        context.search_indexes[share] = context.fresh(f"search-{share}")
        run(context, "make", share)
    return context.search_indexes[share]


def run(context, what, share=1):
    assets, tags, queries = sizes(context)
    _, output = command([context.built("search-benchmark"), what, context.search_indexes[share],
                         str(assets // share), str(tags), str(queries)])
    return last_json(output)


def several(context, what, figure, unit, note, share=1):
    made(context, share)
    runs = 1 if context.options.smoke else min(3, context.options.pairs)
    readings = [run(context, what, share) for _ in range(runs)]
    return {"unit": unit, "ours": [reading[figure] for reading in readings], "theirs": None,
            "ratios": None, "less_is_better": True, "readings": readings, "note": note}


@benchmark("search-queries", "µs of the median query to its count and first page of 200, by 2,000 queries",
           "SQLite")
def search_queries(context):
    folder = made(context)
    # The database of a run before would be in the way.
    if os.path.exists(f"{folder}/search.db"):
        os.unlink(f"{folder}/search.db")
    reading = run(context, "queries")
    if reading["unequal"] > 0:
        raise Failed(f"{reading['unequal']} queries answer something else than SQLite: {reading}")
    theirs = min(reading["joinsP50Microseconds"], reading["wordsP50Microseconds"])
    return {"unit": "µs", "ours": [reading["indexP50Microseconds"]], "theirs": [theirs],
            "ratios": [reading["ratioQuarter"], reading["ratioMedian"],
                       reading["ratioThreeQuarters"]],
            "less_is_better": True, "readings": [reading],
            "note": f"p99 {reading['indexP99Microseconds']:.0f} µs; the better of indexed join tables and "
                    f"FTS5, longer queries cut at {reading['boundMilliseconds']:.0f} ms; every result is "
                    "compared id for id with sets of SQLite's leaves; the spread is that of the middle half "
                    "of the queries"}


@benchmark("search-memory", "MiB of PSS that the index takes, loaded and after 2,000 queries")
def search_memory(context):
    return several(context, "memory", "pssMiB", "MiB", "PSS after less PSS before")


@benchmark("search-memory-fifth", "the same of a fifth of the assets, with as many tags")
def search_memory_fifth(context):
    return several(context, "memory", "pssMiB", "MiB", "PSS after less PSS before", share=5)


@benchmark("search-load", "s to load the index from its file")
def search_load(context):
    return several(context, "load", "seconds", "s", "the file is in the system's cache")


@benchmark("search-batch", "s to give 100,000 assets five tags each in the index")
def search_batch(context):
    return several(context, "batch", "seconds", "s", "in the index alone, without the catalog")


@benchmark("search-completion", "µs of the median completion among 120,000 tags, by 2,000 texts")
def search_completion(context):
    entry = several(context, "complete", "completeP50Microseconds", "µs", "")
    longest = max(reading["completeP99Microseconds"] for reading in entry["readings"])
    entry["note"] = (f"p99 {longest:.0f} µs; names of 20 bytes on average and of 256 at most; patterns are "
                     "in the readings")
    return entry


@benchmark("search-facets", "ms to count all facets, stars, folders and 80 tags of a million assets")
def search_facets(context):
    entry = several(context, "facets", "everythingMicroseconds", "ms", "")
    longest = max(reading["facetsMaxMicroseconds"] for reading in entry["readings"])
    entry["note"] = f"in the index; of all assets; of the dearest result {longest / 1000:.0f} ms"
    entry["ours"] = [figure / 1000 for figure in entry["ours"]]
    return entry
