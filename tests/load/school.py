"""A whole school behind one address on the first morning: everybody signs in within five minutes, with wrong passwords
among them. And 500 at the same instant, while the pages are still answered.

school.py PROGRAM PEOPLE WRONG SECONDS
"""
import random, sys, threading, time
from district import PASSWORD, District, Visitor, administrator, share

program, people, wrong, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
district = District(program, "connections_per_address = 1000\n")
usernames = district.import_people("students", [f"Ann{n},Lee{n},,{PASSWORD}" for n in range(people)])
district.serve()
random.seed(7)


def all_at(jobs):
    """Runs (when, what) pairs, each in a thread of its own at its second; gives what came of them."""
    begun, results, lock = time.monotonic(), [], threading.Lock()

    def do(when, what):
        time.sleep(max(0, begun + when - time.monotonic()))
        before = time.monotonic()
        try:
            came = what()
        except OSError as error:
            came = repr(error)
        with lock:
            results.append((came, time.monotonic() - before))

    threads = [threading.Thread(target=do, args=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def person(username, mistakes):
    """Somebody who mistypes the password so often, and then does not."""
    def come():
        visitor = Visitor(district)
        for mistake in range(mistakes):
            visitor.sign_in(username, f"{PASSWORD} {mistake}")
        return visitor.sign_in(username, PASSWORD)[1] == "/home"
    return come


guesses = [0] * people
for _ in range(wrong):
    guesses[random.randrange(people)] += 1
came = all_at([(random.uniform(0, seconds), person(name, n)) for name, n in zip(usernames, guesses)])
got_in = sum(ok is True for ok, _ in came)
print(f"{people} people in {seconds:g} s from one address, {wrong} wrong guesses among them: {got_in} got in "
      f"({got_in / people:.2%}); 95 % within {share([took for _, took in came], 0.95):.2f} s")

ada = administrator(district)
at_once = min(500, people)
stop, pages = threading.Event(), []


def look():
    while not stop.is_set():
        before = time.monotonic()
        status = ada.ask("GET", "/admin/members")[0]
        pages.append((status, time.monotonic() - before))
        time.sleep(0.02)


looker = threading.Thread(target=look)
looker.start()
before = time.monotonic()
storm = all_at([(0, person(name, 0)) for name in usernames[:at_once]])
took = time.monotonic() - before
stop.set()
looker.join()
connections = district.connections()
in_storm = sum(ok is True for ok, _ in storm)
print(f"{at_once} sign-ins at once: {in_storm} got in within {took:.1f} s ({in_storm / took:.0f} a second), most memory "
      f"{district.most_memory():.0f} MiB; meanwhile {len(pages)} pages, 95 % within "
      f"{share([took for _, took in pages], 0.95) * 1000:.0f} ms")
for trouble, _ in came + storm:
    if trouble is not True:
        print(f"somebody: {trouble}")
most = district.most_memory()
district.end()
# Eight are kept for pages, and three threads have their own.
if connections > 11:
    raise SystemExit(f"{connections} connections to the database are kept after the crowd")
if got_in < people * 0.999 or in_storm < at_once * 0.999 or most > 512 or any(status != 200 for status, _ in pages):
    raise SystemExit("somebody did not get in, or it took too much")
