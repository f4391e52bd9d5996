"""The catalog: rows in, pages out."""

import os
import time

from inputs import last_json
from measuring import Failed, PeakSampler, command
from suite import Client, benchmark, free_port, optional_tool, result, scan, serve


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


@benchmark("tag-edits", "s to give 100,000 assets five tags each, committed, by one edit")
def tag_edits(context):
    rows = min(catalog_rows(context), 100_000)
    program = catalog_program(context)
    library = context.fresh("edits")
    command([program, "insert", library, str(rows)])
    _, output = command([program, "edits", library])
    figures = last_json(output)
    rounds = [figures[f"addSeconds{index}"] for index in range(3)]
    return {"unit": "s", "ours": rounds, "theirs": None, "ratios": None, "less_is_better": True,
            "readings": [figures], "note": "assets have thirty tags before; undoing is in the readings"}


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
