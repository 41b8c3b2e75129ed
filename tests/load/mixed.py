"""A district's days in a row: 100,000 people are handed in, and then there are sign-ins, pages, searches, results, an
upload of 200 lines every ten seconds, and one of some minutes ago that is undone, so that the district keeps its size.
Memory must not grow, descriptors must not leak.

mixed.py PROGRAM MINUTES [PEOPLE [PACE]]

At a pace of 12 as many come in an hour, and hand in as much, as otherwise in twelve. What it holds is said every few
minutes, and in the end for each quarter of the time after the caches have filled.
"""
import random, sys, threading, time
from district import PASSWORD, District, Visitor, administrator, share

program, minutes = sys.argv[1], float(sys.argv[2])
people = int(sys.argv[3]) if len(sys.argv) > 3 else 100_000
pace = int(sys.argv[4]) if len(sys.argv) > 4 else 1
PUPILS, VISITORS, LINES = 300, 4 * pace, 200
KEPT = 8  # connections to the database that nobody needs (src/web/site.rs)
BETWEEN_UPLOADS, BETWEEN_MARKS, BETWEEN_WORDS = 10 / pace, 5, 300
UNDONE_AFTER = 20  # uploads

# All visitors come from this machine.
district = District(program, "connections_per_address = 1000\n")
pupils = district.import_people("students", [f"Ann{n},Lee{n % 500},,{PASSWORD}" for n in range(min(PUPILS, people))])
district.serve()
started_with = district.memory()

random.seed(7)
lock, entrance = threading.Lock(), threading.Lock()
times, uploads, undone, signed_in, failed = [], [], 0, 0, []
marks = []  # (seconds, MiB, descriptors)


def come_in():
    """An administrator's browser; one after another, as they have one name and it is not guessed at."""
    with entrance:
        return administrator(district)


def timed(visitor, path):
    before = time.monotonic()
    status, _, page = visitor.ask("GET", path)
    with lock:
        times.append(time.monotonic() - before)
    if status >= 400:
        raise SystemExit(f"GET {path}: {status} {page[:300]}")


def come_and_go():
    """A pupil looks at the page that is shown first."""
    global signed_in
    pupil = Visitor(district)
    status, _, page = pupil.sign_in(random.choice(pupils), PASSWORD)
    if status != 303:
        raise SystemExit(f"a pupil did not get in: {status} {page[:300]}")
    timed(pupil, "/home")
    pupil.post("/logout", {}, pupil.token("/home"))
    with lock:
        signed_in += 1


def look_around(ada):
    pages = ["/admin/members", "/admin/members?q=lee4", f"/admin/members?q=day{random.randrange(7000)}", "/admin/uploads",
             "/admin/uploads/new", "/admin/audit", "/admin/mail", "/admin/settings", "/admin/schools", "/healthz"]
    if uploads:
        pages += [random.choice(uploads), random.choice(uploads) + "/results.csv"]
    timed(ada, random.choice(pages))


def visit():
    """One after another, with a moment to read between."""
    try:
        ada, visits = come_in(), 0
        while time.monotonic() < end and not failed:
            come_and_go() if random.random() < 0.1 else look_around(ada)
            visits += 1
            if visits % 3000 == 0:
                ada = come_in()
            time.sleep(random.uniform(0, 0.4))
    except BaseException as why:
        failed.append(repr(why))


def hand_in(ada):
    number = len(uploads)
    lines = "".join(f"Kim{number},Busy{n},,{PASSWORD if n % 10 == 0 else ''}\n" for n in range(LINES))
    place = ada.upload("students", f"load-{number}.csv", "first_name,last_name,email,password\n" + lines)
    uploads.append(place.partition("?")[0])
    timed(ada, uploads[-1])


def undo_an_old_one(ada):
    """Takes the people of the oldest upload away that still has them."""
    global undone
    if len(uploads) <= undone + UNDONE_AFTER:
        return
    form = uploads[undone] + "/undo"
    status, place, page = ada.post(form, {}, ada.token(form))
    if status != 303:
        raise SystemExit(f"undoing an upload was answered with {status}: {page[:300]}")
    undone += 1


def mean(some, at):
    return sum(mark[at] for mark in some) / len(some)


def least(some, at):
    return min(mark[at] for mark in some)


def fill(ada, count):
    """People without passwords, handed in at once. What the job loop keeps in memory of the database is full then."""
    for start in range(0, count, 1000):
        lines = "".join(f"Max{n % 900},Day{n % 7000},,\n" for n in range(start, min(start + 1000, count)))
        job = ada.upload("students", f"all-{start}.csv", "first_name,last_name,email,password\n" + lines)
    while "succeeded" not in ada.ask("GET", job)[2]:
        time.sleep(0.5)


def descriptors_after_all(most):
    """How many are open after the visitors: soon no more than this. One connection inside is given up with each answer."""
    ada, patience = Visitor(district), time.monotonic() + 120
    while district.descriptors() > most and time.monotonic() < patience:
        ada.ask("GET", "/healthz")
        time.sleep(0.1)
    return district.descriptors()


fill(administrator(district), people - len(pupils))
at_rest = district.descriptors()
print(f"{started_with:.1f} MiB after the start, {district.memory():.1f} MiB when {people} people are in", flush=True)
begun = time.monotonic()
end, warm = begun + 60 * minutes, begun + 60 * min(30, minutes / 4)
visitors = [threading.Thread(target=visit) for _ in range(VISITORS)]
for visitor in visitors:
    visitor.start()
ada, next_upload, next_mark, next_words = come_in(), begun, begun, begun + BETWEEN_WORDS
while time.monotonic() < end and not failed:
    now = time.monotonic()
    if now >= next_upload:
        if len(uploads) % 50 == 49:
            ada = come_in()
        hand_in(ada)
        undo_an_old_one(ada)
        next_upload += BETWEEN_UPLOADS
    if now >= next_mark:
        marks.append((now, district.memory(), district.descriptors()))
        next_mark = now + BETWEEN_MARKS
    if now >= next_words:
        recent = [mark for mark in marks if mark[0] > now - BETWEEN_WORDS]
        print(f"minute {(now - begun) / 60:.0f}: {mean(recent, 1):.1f} MiB, the least {least(recent, 1):.1f}, "
              f"{mean(recent, 2):.0f} descriptors, {len(times)} requests, {len(uploads)} uploads, {undone} undone, {signed_in} sign-ins", flush=True)
        next_words = now + BETWEEN_WORDS
    time.sleep(max(0, min(next_upload, next_mark, end) - time.monotonic()))
for visitor in visitors:
    visitor.join()
if failed:
    raise SystemExit("; ".join(failed))

kept = [mark for mark in marks if mark[0] >= warm] or marks[-1:]
part = (end - warm) / 4
quarters = [[mark for mark in kept if warm + part * n <= mark[0] < warm + part * (n + 1)] for n in range(4)]
quarters = [quarter for quarter in quarters if quarter]
for number, quarter in enumerate(quarters, 1):
    print(f"quarter {number}: {mean(quarter, 1):.1f} MiB, the least {least(quarter, 1):.1f}, "
          f"{mean(quarter, 2):.0f} descriptors, the least {least(quarter, 2)}")
first, last = quarters[0], quarters[-1]
growth = mean(last, 1) / mean(first, 1) - 1
print(f"{minutes:g} minutes at a pace of {pace}, {people} people at first, {len(times)} requests, {signed_in} sign-ins, {len(uploads)} uploads of "
      f"{LINES}, {undone} of them undone: memory {mean(first, 1):.1f} MiB in the first quarter, {mean(last, 1):.1f} MiB in the last ({growth:+.1%}), "
      f"most {district.most_memory():.1f} MiB; descriptors {mean(first, 2):.0f} and {mean(last, 2):.0f}; "
      f"median answer {share(times, 0.5) * 1000:.0f} ms, 99th {share(times, 0.99) * 1000:.0f} ms")
# In the first minutes caches fill and grow. A descriptor is open for each connection of the moment.
grew = growth > 0.10 or mean(last, 2) > mean(first, 2) + 8
if minutes < 10:
    # There are too few marks for a mean. When nobody is there any more, what is kept is left: two for each connection to the
    # database, three for a way to the server, and whoever looks.
    most = at_rest + 2 * min(KEPT, VISITORS + 1) + 3 + 1
    left = descriptors_after_all(most)
    print(f"{at_rest} descriptors before the visitors came, {left} after they had gone")
    grew = left > most
district.end()
if grew:
    raise SystemExit("memory or descriptors grew")
