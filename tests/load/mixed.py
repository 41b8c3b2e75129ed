"""Mixed load for a while: sign-ins, pages, searches, uploads, exports. Memory must not grow, descriptors must not leak.

mixed.py PROGRAM MINUTES
"""
import random, sys, time
from district import PASSWORD, District, Visitor, administrator, share

program, minutes = sys.argv[1], float(sys.argv[2])
district = District(program)
pupils = district.import_people("students", [f"Ann{n},Lee{n % 500},,{PASSWORD}" for n in range(300)])
district.serve()
ada = administrator(district)
random.seed(7)
begun, uploads, asked, times = time.monotonic(), 0, 0, []
marks = []  # (minute, MiB, descriptors), once all caches are warm
warm = begun + 60 * min(5, minutes / 4)


def timed(visitor, method, path):
    global asked
    before = time.monotonic()
    status, _, page = visitor.ask(method, path)
    times.append(time.monotonic() - before)
    asked += 1
    if status >= 400:
        raise SystemExit(f"{method} {path}: {status} {page[:300]}")


while time.monotonic() - begun < minutes * 60:
    roll = random.random()
    if roll < 0.05:
        lines = "".join(f"Kim{uploads},Busy{n},,{PASSWORD if n % 10 == 0 else ''}\n" for n in range(200))
        timed(ada, "GET", ada.upload("students", f"load-{uploads}.csv", "first_name,last_name,email,password\n" + lines))
        uploads += 1
        if uploads % 50 == 0:
            ada = administrator(district)
    elif roll < 0.25:
        pupil = Visitor(district)
        if pupil.sign_in(random.choice(pupils), PASSWORD)[0] != 303:
            raise SystemExit("a pupil did not get in")
        timed(pupil, "GET", "/home")
        pupil.post("/logout", {}, pupil.token("/home"))
    elif roll < 0.3 and uploads:
        timed(ada, "GET", f"/admin/uploads/{random.randint(2, uploads + 1)}/results.csv")
    else:
        page = random.choice(["/admin/members", "/admin/members?q=lee4", "/admin/uploads", "/admin/uploads/new",
                              "/admin/audit", "/admin/mail", "/admin/settings", "/admin/schools", "/healthz"])
        timed(ada, "GET", page)
    if time.monotonic() > warm and (not marks or time.monotonic() - marks[-1][0] > 10):
        marks.append((time.monotonic(), district.memory(), district.descriptors()))

marks = marks or [(time.monotonic(), district.memory(), district.descriptors())]
first, last = marks[: len(marks) // 4 or 1], marks[-(len(marks) // 4 or 1):]
mean = lambda some, at: sum(mark[at] for mark in some) / len(some)
growth = mean(last, 1) / mean(first, 1) - 1
print(f"{minutes:g} minutes, {asked} requests, {uploads} uploads of 200: "
      f"memory {mean(first, 1):.1f} MiB at first, {mean(last, 1):.1f} MiB at last ({growth:+.1%}), "
      f"most {district.most_memory():.1f} MiB; descriptors {mean(first, 2):.0f} and {mean(last, 2):.0f}; "
      f"median answer {share(times, 0.5) * 1000:.0f} ms, 99th {share(times, 0.99) * 1000:.0f} ms")
district.end()
# In the first minutes caches fill and grow.
if minutes >= 10 and growth > 0.10 or mean(last, 2) > mean(first, 2) + 8:
    raise SystemExit("memory or descriptors grew")
