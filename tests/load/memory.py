"""What the longest file takes of memory, on every way that it can go: received, checked, made, downloaded.

memory.py PROGRAM PEOPLE MIB

Each way has a process of its own. The figure is the most that it ever held (VmHWM); more than MIB is an error. Where
passwords are hashed, the hashes in hand (19 MiB each, one a processor) are allowed for besides.
"""
import os, random, re, subprocess, sys, time
from district import PASSWORD, SCHOOL, District, administrator

program, people, most = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
HASHES = 19 * (os.cpu_count() or 1)
HEADER = "first_name,last_name,email,password\n"
random.seed(7)


def names(count, syllables):
    """Names of everyday lengths, some of them in letters that take more than a byte."""
    found = set()
    while len(found) < count:
        found.add("".join(random.choice(syllables) for _ in range(random.randint(2, 4))).capitalize())
    return sorted(found)


FIRST = names(400, "an ma ri el jo na ka li be ro sö zoé chi tha ya vi lu mé hen de".split())
LAST = names(4000, "ber mül son gar cia rod ríg wil li ams na gu yen ko val ski sto ne ham per ez ton o'".split())


def roster(password):
    lines = []
    for n in range(people):
        first, last = random.choice(FIRST), random.choice(LAST)
        email = f"p{n}.{first}.{last}@pupils.springfield.example".encode("ascii", "ignore").decode().replace("'", "")
        lines.append(f"{first},{last},{email},{password and password + str(n)}\n")
    return HEADER + "".join(lines)


over = []


def say(way, mib, allowed=0.0):
    print(f"{way}: {mib:.0f} MiB", flush=True)
    if mib > most + allowed:
        over.append(way)


def highest(pid):
    with open(f"/proc/{pid}/status") as file:
        found = re.search(r"VmHWM:\s+(\d+)", file.read())
        return int(found.group(1)) / 1024 if found else 0


def command(way, arguments):
    """Runs a command, and says the most that it held: looked at until it ends."""
    process = subprocess.Popen([program, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                               env={**os.environ, "FIRSTBELL_DATA": district.data})
    held, begun = 0, time.monotonic()
    while process.poll() is None:
        held = max(held, highest(process.pid))
        time.sleep(0.01)
    if process.returncode != 0:
        raise SystemExit(f"{way} ended with {process.returncode}: {process.stderr.read()}")
    say(f"{way} ({time.monotonic() - begun:.1f} s)", held)


def until_done(ada, place):
    while "succeeded" not in ada.ask("GET", place)[2]:
        time.sleep(0.2)


def timed(what, *arguments, **more):
    before = time.monotonic()
    came = what(*arguments, **more)
    return came, f"{time.monotonic() - before:.1f} s"


def new_district():
    """A district whose files may have so many people, served."""
    global district
    district = District(program)
    district.serve()
    ada = administrator(district)
    settings = {"district": "Springfield", "time_zone": "UTC", "rows_per_file": people, "address": ""}
    assert ada.post("/admin/settings", settings, ada.token("/admin/settings"))[0] == 303
    return ada


def again():
    """The same district with a new server."""
    district.stop()
    district.serve()
    return administrator(district)


blank, supplied = roster(""), roster(PASSWORD)
print(f"{people} people: {len(blank.encode()) / 1e6:.1f} MB, with passwords {len(supplied.encode()) / 1e6:.1f} MB")

new_district()
district.stop()
path = os.path.join(district.folder, "people.csv")
with open(path, "w") as file:
    file.write(blank)
command("import --check", ["import", "--school", SCHOOL, "--type", "students", "--check", path])
command("import", ["import", "--school", SCHOOL, "--type", "students", path])
district.serve()
ada = administrator(district)
(status, _, _), took = timed(ada.ask, "GET", "/admin/uploads/1/results.csv")
assert status == 200
say(f"results.csv ({took})", district.most_memory())
district.end()

ada = new_district()
say("a server with nothing to do", district.most_memory())
place, took = timed(ada.upload, "students", "people.csv", blank)
say(f"upload ({took})", district.most_memory())
until_done(ada, place)
say("upload, until its accounts are made", district.most_memory())
district.end()

ada = new_district()
place, took = timed(ada.upload, "students", "people.csv", supplied)
say(f"upload with passwords ({took})", district.most_memory(), HASHES)
district.kill()

ada = new_district()
place, took = timed(ada.upload, "students", "people.csv", blank, then="check")
say(f"check ({took})", district.most_memory())
ada = again()
(status, _, _), took = timed(ada.ask, "GET", place)
assert status == 200
say(f"page of a check ({took})", district.most_memory())
ada = again()
token = ada.token("/admin/settings")
(status, _, _), took = timed(ada.post, place + "/lines", {"shown": "2", "left_out": "2"}, token)
assert status == 303
say(f"lines of a check chosen ({took})", district.most_memory())
ada = again()
token = ada.token("/admin/settings")
(status, made, page), took = timed(ada.post, place + "/create", {}, token)
assert status == 303, page[:1000]
say(f"creating from a check ({took})", district.most_memory())
until_done(ada, made)
say("creating from a check, until its accounts are made", district.most_memory())
district.end()

if over:
    raise SystemExit("more than was allowed: " + "; ".join(over))
