"""Writes PERFORMANCE.md and performance.svg from what was measured: report.py FIGURES FOLDER

FIGURES has a line for each figure, `name value…`, as the benchmarks and scripts beside this one write it. Every sentence of the
page about a curve follows from the figures; what was not measured is said to be missing. Standard library only.
"""
import os, sys
from collections import defaultdict
import drawing

MIB, HASH = 1 << 20, 19 * (1 << 20)
TEN_MILLION = 10_000_000


def read(path):
    figures = defaultdict(list)
    with open(path, encoding="utf-8") as file:
        for line in file:
            name, _, value = line.rstrip("\n").partition(" ")
            figures[name].append(value)
    return figures


figures = read(sys.argv[1])
folder = sys.argv[2]
sizes = [int(size) for size in figures["size"]]
largest = sizes[-1] if sizes else 0


def get(name):
    """The numbers of a figure; nothing if it was not measured."""
    return [float(value) for value in figures[name][-1].split()] if figures[name] else []


def one(name):
    return get(name)[0] if get(name) else None


def thousands(n):
    return f"{n:,.0f}"


def curve(name):
    return [one(f"{size}.{name}") for size in sizes]


def pages(size):
    """Each page with its median and the time that 99 of 100 do not exceed, in ms."""
    split = [value.split(" ", 2) for value in figures[f"{size}.page"]]
    return {name: (float(median), float(last)) for median, last, name in split}


def slowest(size):
    return max(pages(size).items(), key=lambda page: page[1][1])


# What was asked: a line each, as (asked, measured, whether that is met, what to say if it is not).

def rounds(name):
    """Between what a ratio lay in its rounds."""
    return "" if not get(name) else "; rounds {:.2f} to {:.2f}".format(*get(name))


def p1():
    ratio, rest = one("P1.ratio"), one("P1.rest")
    return [("1,000 rows with passwords: time ÷ that of hashing them alone ≤ 1.05", f"{ratio:.3f}{rounds('P1.rounds')}", ratio <= 1.05,
             f"All that is not hashing takes {rest:.0f} ms of {one('P1.hashing'):.0f} s; the rest of the difference is how much the machine's pace "
             "changes between two hashings, as the rounds show."),
            ("all of it that is not hashing ≤ 50 ms", f"{rest:.0f} ms", rest <= 50,
             "Each of its commits waits for the disk; on a slow or busy one that is most of it.")]


def p2():
    ratio = one("P2.ratio")
    return [("hashing with memory reused ≥ 1.15 × the same crate used plainly, on all cores", f"{ratio:.2f}{rounds('P2.rounds')}", ratio >= 1.15,
             "What is saved is the system's handing out of fresh memory. Where the C library keeps for the next hash what the last one gave back, "
             "the plain way has its memory again, too.")]


def p3():
    lines, empty, full = [], one("P3.empty"), one("1000000.import")
    if empty:
        lines.append(("import without passwords into an empty district ≥ 50,000 rows/s", thousands(empty), empty >= 50_000, P3))
    if full:
        bare = full / one("1000000.insert")
        lines.append(("the same at 1,000,000 accounts ≥ 25,000 rows/s", f"{thousands(full)} ({bare:.2f} of bare inserts beside it)",
                      full >= 25_000, P3))
    return lines


P3 = ("What bare inserts of the same rows do on the same disk stands in the table below; they ask nothing. An import asks for each row who has the "
      "email, who has the name and how many have the username's stem, and counts that one up; all that is SQLite's work on the one thread that writes, "
      "judging runs beside it. At a million the two pages of a row's email and username lie anywhere among 19,000, and each is written whole, to the log and "
      "then into the database: 12 KB a row in batches of 5,000, 8.5 in batches of 10,000, 3.9 in one of 50,000 with room in memory for all, as bare inserts are "
      "made; 1.1 KB in an empty district. But nobody else writes during a batch, so it may take a quarter of a second only.")


def p4():
    first, last = one("P4.first"), one("P4.last")
    return [("the 100,000th John Smith's username in the time of the first ±20 %, in at most 10 µs",
             f"{last / first:.2f}, {last:.1f} µs", last / first <= 1.2 and last <= 10,
             "The counter's page is read and written either way; on a busy machine the times spread more than the figure asks.")]


def p5():
    lines = []
    if get("P5.ratio"):
        ratio = one("P5.ratio")
        lines.append((f"sign-ins ≥ 0.9 × the machine's hashes, with {one('P5.people'):.0f} clients at once",
                      f"{ratio:.2f} ({one('P5.signins'):.0f} of {one('P5.hashes'):.0f} a second{rounds('P5.rounds')})", ratio >= 0.9,
                      P5 + ("" if not get("P5.work") else
                            " A hash takes {0:.1f} ms of one core, the server {1:.1f} ms for all of a sign-in, its client {2:.1f} ms: if nobody ever waited "
                            "for anything else, it would be {3:.2f}.".format(*get("P5.work"), get("P5.work")[0] / sum(get("P5.work")[1:])))))
    if get("P5.import.hashes"):
        middle, most, longest, noise = get("P5.import.hashes")
        lines.append(("during an import a sign-in waits for at most one of its hashes",
                      f"{middle:.2f} hashes, 99 of 100 at most {most:.2f} ({noise:.2f} without an import), the longest {longest:.2f}", most <= 1,
                      "During an import a sign-in waits, besides the hash in hand, for a core that the machine's other work has, and for the commit of a batch."))
    return lines


P5 = ("Each sign-in is a page with a form, the form, and two commits that wait for the disk; its client runs on the same cores.")


def p6():
    first, last = pages(sizes[0]), pages(largest)
    name, (_, worst) = slowest(largest)
    grew, ratio = max(((page, last[page][1] / first[page][1]) for page in last), key=lambda page: page[1])
    return [(f"each page ≤ 20 ms at {thousands(largest)} accounts (99 of 100)", f"{worst:.1f} ms ({name})", worst <= 20,
             "Its median stands in the table below."),
            (f"each page ≤ 2 × its time at {thousands(sizes[0])} (99 of 100)", f"{ratio:.1f} × ({grew}, "
             f"{first[grew][1]:.1f} → {last[grew][1]:.1f} ms)", ratio <= 2,
             "A search reads whom it finds, up to 500, and shows fifty: of a name that a thousand people have once or not at all, a million have some "
             "hundreds. Where it shows fifty at both sizes (*Search: everybody*) it takes {:.1f} × as long; the medians stand below.".format(
                 last[EVERYBODY][1] / first[EVERYBODY][1]))]


EVERYBODY = "Search: everybody"


def p7():
    lines = []
    if sizes:
        ready = one(f"{largest}.ready")
        lines.append((f"start to ready < 100 ms at {thousands(largest)} accounts", f"{ready:.0f} ms", ready < 100, ""))
    if get("P7.executable"):
        size = one("P7.executable") / MIB
        lines.append(("executable < 20 MiB", f"{size:.1f} MiB", size < 20, ""))
    for name, what in WAYS:
        if get(f"P7.memory.{name}"):
            hashes = 0 if name.endswith("command") else 1
            most, asked = one(f"P7.memory.{name}") / MIB, 64 + 19 * hashes
            lines.append((f"{what}, {thousands(one('P7.rows'))} rows: memory < 64 MiB" + " + the hash of its sign-in" * hashes,
                          f"{most:.0f} MiB of {asked}", most < asked, "What is held is the file, then its text with 24 bytes a row and marks of what the lines have, and 20 MiB of the database's pages; of what was given back the C library keeps a part."))
    return lines


WAYS = [("check.command", "`import --check`"), ("import.command", "`import`"), ("upload.form", "an upload by the form"),
        ("check.form", "a check by the form"), ("create.check", "the accounts of a check")]


SMALL = [(page, connections) for page in ["/healthz", "/login"] for connections in [16, 64]]
# What a small page was measured against: its figure, and what it is.
RIVALS = [("page", "the same page by axum"), ("bytes", "its bytes by axum"), ("tiny", "its bytes by `tiny_http`"),
          ("forwarded", "its bytes by `tiny_http` behind a bare door")]


def p8():
    lines = []
    for page, connections in SMALL:
        if measured := get(f"P8.{page}.{connections}.page"):
            (ours, work), (theirs, their_work, ratio) = get(f"P8.{page}.{connections}"), measured
            why = (f"The processes work {work:.0f} and {their_work:.0f} µs for each, and the client's share comes to both. The page is made by the same "
                   "handlers. axum hands the request from the thread that read it to one that may block, and back. Here it goes from the door's thread "
                   "over a socket to a thread that reads it once more, to one that answers, and back over the socket: nothing raw reaches the server "
                   "behind the door. What that way costs where nothing is to be made stands below.")
            lines.append((f"`{page}` ≥ 0.5 × the same page from axum, {connections} connections",
                          f"{ratio:.2f} ({thousands(ours)} against {thousands(theirs)} requests/s)", ratio >= 0.5, why))
    return lines


def small_pages():
    """What small pages were measured against, for orientation."""
    rows, parts = [], []
    for page, connections in SMALL:
        measured = [get(f"P8.{page}.{connections}")] + [get(f"P8.{page}.{connections}.{way}") for way, _ in RIVALS]
        if all(measured):
            rows.append([f"`{page}`, {connections} connections"] + [f"{thousands(rate)} of {work:.0f} µs" for rate, work, *_ in measured])
            parts.append([measured[i][0] / measured[2][0] for i in (3, 4, 0)])
    if not rows:
        return ""
    spans = ["{:.2f} to {:.2f}".format(min(part), max(part)) for part in zip(*parts)]
    return ("\nSmall pages, in requests a second and the work of the server's process for each. Firstbell and the first column beside it make the page anew for "
            "each request, from the database, and write a line of the log; the others hand out bytes from memory. Where nothing is made, `tiny_http` does "
            f"{spans[0]} of what axum does, and {spans[1]} behind a thread for each client that only carries bytes to a Unix socket and back: a door of "
            f"threads can do no more, and this one reads nothing and gives nobody a deadline. Firstbell, which makes pages, does {spans[2]}.\n\n" + table(["", "Firstbell"] + [what for _, what in RIVALS], rows))


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join(["---"] + ["---:"] * (len(head) - 1)) + " |"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def asked_and_measured():
    out, reasons = ["| | asked | measured | |", "| --- | --- | --- | --- |"], {}
    for name, line in [("P1", p1), ("P2", p2), ("P3", p3), ("P4", p4), ("P5", p5), ("P6", p6), ("P7", p7), ("P8", p8)]:
        is_there = any(key.startswith(name + ".") for key in list(figures) if figures[key]) or (name in ("P6", "P7") and sizes)
        for asked, measured, met, reason in line() if is_there else [("", "not measured in this run", None, "")]:
            if met is False and reason and reason not in reasons.setdefault(name, []):
                reasons[name].append(reason)
            word = {True: "met", False: "**short**", None: ""}[met]
            out.append(f"| {name} | {asked} | {measured} | {word} |")
    why = "".join(f"- **{name}**: {' '.join(reason)}\n" for name, reason in reasons.items() if reason)
    return "\n".join(out) + "\n" + (f"\nWhy it falls short:\n{why}" if why else "")


def beside():
    """What else was seen in these measurements."""
    said = []
    if get("P5.wait.median"):
        wait = {name: one(f"P5.wait.{name}") for name in ["low", "median", "high", "longest"]}
        said.append(f"Of {one('P5.people'):.0f} people who sign in at once, each as soon as they may, everybody waits for {wait['median']:.1f} s: 98 of "
                    f"100 for {wait['low']:.1f} to {wait['high']:.1f} s, the unluckiest for {wait['longest']:.1f} s. Pages meanwhile, "
                    "median / 99 of 100: " + ", ".join(f"`{page}` {median:.1f} / {last:.1f} ms" for page in ["/healthz", "/home"]
                                                       for median, last in [get(f"P5.page.{page}")]) + "."
                    + (f" The server took {one('P5.memory') / MIB:.0f} MiB at most." if get("P5.memory") else ""))
    if get("P5.import.alone"):
        alone, beside, during, hash = (one(f"P5.import.{name}") for name in ["alone", "beside", "during", "hash"])
        said.append(f"A hash takes {hash:.0f} ms with all cores at it. A sign-in takes {alone:.0f} ms alone, {beside:.0f} ms while the other cores hash "
                    f"something else, and {during:.0f} ms during an import: the difference of these two is what it waits for the import.")
    if get("P5.import.generated"):
        said.append("During imports without passwords, which leave no pause between their batches, a sign-in takes {0:.0f} ms, 99 of 100 at most {1:.0f} ms, "
                    "the longest {2:.0f} ms: an import ends its batch when somebody waits to write.".format(*get("P5.import.generated")))
    if get("P7.memory.serve.idle"):
        said.append(f"A server where one administrator has signed in has taken {one('P7.memory.serve.idle') / MIB:.0f} MiB.")
    if get("django.rows"):
        ours, hashed = one("P3.empty"), get("P1.hashing")
        theirs = f"For orientation: Django {figures['django.version'][-1]} makes {thousands(one('django.rows'))} accounts a second of the same file of "
        theirs += f"{thousands(one('django.people'))} rows without passwords (SQLite, `bulk_create` by 1,000, an unusable password each, names and "
        theirs += "numbers for usernames, nothing reported)"
        theirs += f"; Firstbell {thousands(ours)}, with usernames, checks and a line of results for each" if ours else ""
        theirs += f". With 1,000 passwords, hashed by Argon2 at the same cost, {one('django.hashed'):.0f} a second"
        theirs += f"; Firstbell {1000 / (hashed[0] * one('P1.ratio')):.0f}" if hashed else ""
        said.append(theirs + ".")
    return "".join(f"\n{sentence}\n" for sentence in said) + small_pages()


# The curves: what it is called, the figure, how it is written, and whether ten million follow from its last step.

def seconds(value):
    return f"{value:.2f}" if value < 10 else f"{value:.0f}"


CURVES = [("import without passwords, rows/s", "import", thousands, True),
          ("bare inserts of the same rows, rows/s", "insert", thousands, True),
          ("reading the file only, rows/s", "parse", thousands, True),
          ("index of the search, afterwards, s", "indexed", seconds, True),
          ("`check`, s", "check", seconds, True), ("`backup`, s", "backup", seconds, True),
          ("start to ready, ms", "ready", thousands, False), ("start after a kill, ms", "ready_after_kill", thousands, False),
          ("stop, ms", "stop", thousands, False), ("most memory of the server, MiB", "memory", lambda b: thousands(b / MIB), False),
          ("database, MB", "bytes", lambda b: thousands(b / 1e6), True)]


def step(name):
    """By what a curve is multiplied in its last step, a tenfold one."""
    values = curve(name)
    return values[-1] / values[-2] if len(values) > 1 and values[-2] else None


def ten_million(name):
    """What the curve would come to if it went on as in its last step; nothing if it was not measured that far."""
    return one("1000000." + name) * step(name) if largest == 1_000_000 and step(name) else None


def curves():
    is_whole = largest == 1_000_000
    head = [""] + [thousands(size) for size in sizes] + ["10,000,000, on paper"] * is_whole
    rows = []
    for label, name, write, goes_on in CURVES:
        on_paper = ten_million(name) if goes_on else None
        rows.append([label] + [write(value) if value is not None else "?" for value in curve(name)] + [write(on_paper) if on_paper else ""] * is_whole)
        if name == "insert":
            parts = [ours / bare for ours, bare in zip(curve("import"), curve("insert"))]
            rows.append(["**import ÷ bare inserts**"] + [f"{part:.2f}" for part in parts] + [""] * is_whole)
    return table(head, rows)


def page_times():
    rows = [[page] + ["{:.1f} / {:.1f}".format(*pages(size)[page]) for size in sizes] for page in pages(largest)]
    return table([""] + [thousands(size) for size in sizes], rows)


def bend(name):
    """Where a rate falls most from one size to the next, and what is left of it there."""
    values = curve(name)
    left, at = min((values[i + 1] / values[i], i) for i in range(len(values) - 1))
    between = f"between {thousands(sizes[at])} and {thousands(sizes[at + 1])} people"
    return f"no step leaves less than {left:.0%} of the pace before it" if left > 0.9 else f"the largest bend is {between}, where {left:.0%} of the pace is left"


def bends():
    said = [f"**Import.** Of an import {bend('import')}; of bare inserts beside it {bend('insert')}."]
    ours, bare = step("import"), step("insert")
    if min(ours, bare) < 0.9:
        whose = "that is what SQLite's pages cost, not what Firstbell does around them" if ours > bare * 0.9 else "Firstbell loses more than they do"
        said[0] += (f" In the last step an import keeps {ours:.0%} and bare inserts {bare:.0%}: {whose}. Each row goes to a random place in two indexes, "
                    "by email and by username; where those outgrow the part of the database that is kept in memory, nearly each row brings pages of its own.")
    first, last = pages(sizes[0]), pages(largest)
    grown = sorted(((many[0] / first[page][0], page, many[0]) for page, many in last.items()), reverse=True)
    most = [(ratio, page, took) for ratio, page, took in grown if ratio > 2]
    said.append("**Pages.** By their medians " + ("none more than doubles" if not most else "more than doubled are " + ", ".join(
        f"*{page}* ({ratio:.1f} ×, {took:.1f} ms)" for ratio, page, took in most)) + f" from {thousands(sizes[0])} to {thousands(largest)} people. A list begins where "
        "the page before ended, a count is kept and not taken, a search stops at 500 people; what grows with a district is what grows with its schools.")
    growth = {what: step(name) for what, name in [("`check`", "check"), ("`backup`", "backup"), ("the index of the search", "indexed")]}
    said.append("**What reads everything.** For ten times the people, in the last step: " + ", ".join(
        f"{what} {times:.1f} × the time" for what, times in growth.items()) + ". Ten is a straight line.")
    ready = curve("ready")
    said.append(f"**Starting** takes {min(ready):.0f} to {max(ready):.0f} ms at every size: " + (
        "nothing is read that grows." if max(ready) < 2 * min(ready) + 20 else "something that it reads grows with the district."))
    return "\n\n".join(said) + "\n"


def on_paper():
    if largest < 1_000_000:
        return "Only measured up to 1,000,000 people can it be said; this run stopped before.\n"
    rate, copy, check, size = (ten_million(name) for name in ["import", "backup", "check", "bytes"])
    index = ten_million("indexed")
    longest = max([(copy, "a snapshot"), (check, "a check"), (index, "the index of the search, once")])
    return (f"If every curve went on as in its last step: a database of {size / 1e9:.1f} GB; {thousands(rate)} rows a second, so that ten million people "
            f"take between {TEN_MILLION / one('1000000.import') / 60:.0f} and {TEN_MILLION / rate / 60:.0f} minutes; {copy:.0f} s for a snapshot, "
            f"{check:.0f} s for a check. What takes longest is {longest[1]}, {longest[0]:.0f} s, and a snapshot is taken after every import: that is what "
            "would have to change first. To keep the pace of an import, the part of the database that is kept in memory would have to grow with "
            f"its indexes, from 40 MiB to several hundred. Pages would stay as they are, as far as they did so from {thousands(sizes[-2])} to {thousands(largest)}.\n")


def page():
    text = (f"# How fast, measured\n\nWritten by `benches/run` on {figures['cores'][-1]} cores in {figures['minutes'][-1]} minutes. Clients and servers share the "
            "cores. What is compared ran in turn, so ratios hold on a busy machine; times only on a quiet one. "
            "Figures are medians where nothing else is said.\n\n" + asked_and_measured() + beside())
    if sizes:
        text += ("\n## The curves\n\n![Rows a second, pages and whole passes, by the size of the district](performance.svg)\n\n"
                 "From the bytes of a file to its results on disk, `synchronous=FULL`, everybody with an email, schools of 10,000; each rate is that of one "
                 "file of all that is missing to a size, at most 100,000 rows. Bare inserts write the same rows into the same tables, in one transaction and with room in memory for all, and look nothing "
                 "up.\n\n" + curves() + "\nPages of the real server over loopback, one browser, 1,000 times each, with an upload for every hundred people: median / 99 of 100, in ms.\n\n" + page_times())
    if len(sizes) > 1:
        text += "\n## Where they bend\n\n" + bends() + "\n## Ten million, on paper\n\n" + on_paper()
    return text


os.makedirs(folder, exist_ok=True)
with open(os.path.join(folder, "PERFORMANCE.md"), "w", encoding="utf-8") as file:
    file.write(page())
if sizes:
    with open(os.path.join(folder, "performance.svg"), "w", encoding="utf-8") as file:
        file.write(drawing.draw(sizes, curve, [slowest(size)[1][1] for size in sizes],
                                [sorted(median for median, _ in pages(size).values())[len(pages(size)) // 2] for size in sizes]))
