"""Slow clients: heads that never end, bodies that trickle, answers that nobody reads, 1,000 connections of each. Then a
server that is out of descriptors. Meanwhile somebody else asks for pages.

slow.py PROGRAM SECONDS
"""
import socket, subprocess, sys, threading, time
from district import PASSWORD, District, Visitor, administrator, share

program, seconds = sys.argv[1], sys.argv[2]
failed = []


def served_while(what, run):
    """Somebody else's answers while `run` goes on."""
    times, refused, stop = [], [], threading.Event()

    def look():
        visitor = Visitor(district, timeout=30)
        while not stop.is_set():
            before = time.monotonic()
            try:
                status = visitor.ask("GET", "/login")[0]
                (times if status == 200 else refused).append(time.monotonic() - before)
            except OSError:
                refused.append(time.monotonic() - before)
                visitor = Visitor(district, timeout=30)
            time.sleep(0.1)

    looker = threading.Thread(target=look)
    looker.start()
    run()
    stop.set()
    looker.join()
    slow = share(times, 0.95) if times else float("inf")
    print(f"{what}: {len(times)} pages for somebody else, 95 % within {slow * 1000:.0f} ms, the slowest "
          f"{max(times, default=0) * 1000:.0f} ms; {len(refused)} not answered")
    if slow >= 2 or len(refused) > len(times) / 20:
        failed.append(what)


def attack(*arguments):
    """Again and again: when the server has hung up on all of them, slowhttptest ends."""
    def run():
        end = time.monotonic() + float(seconds)
        while (left := end - time.monotonic()) > 0:
            subprocess.run(["slowhttptest", "-c", "1000", "-r", "200", "-l", str(int(left) + 1), "-p", "5", *arguments],
                           stdout=subprocess.DEVNULL, check=False)
    return run


# The attackers come from one address, as somebody at the next desk would: 64 places are theirs, and the pages of
# somebody at another address are asked for. On one machine both have one, so the places of an address are as many as
# all that there are but the looker's.
district = District(program, "connections_per_address = 65535\n")
district.serve()
url = f"http://127.0.0.1:{district.port}/login"
served_while("heads that never end (-H)", attack("-H", "-i", "10", "-u", url))
served_while("bodies that trickle (-B)", attack("-B", "-i", "10", "-s", "8192", "-u", url))
served_while("answers that nobody reads (-X)", attack("-X", "-k", "3", "-n", "5", "-w", "10", "-y", "20", "-z", "32",
                                                      "-u", f"http://127.0.0.1:{district.port}/static/firstbell.css"))
district.end()

# As many connections as it has descriptors for, and more; then they all go.
district = District(program, "connections_per_address = 65535\n")
district.serve(limit_descriptors=256)
held = []
for _ in range(600):
    try:
        held.append(socket.create_connection(("127.0.0.1", district.port), timeout=1))
    except OSError:
        break
time.sleep(1)
for line in held:
    line.close()
begun = time.monotonic()
while True:
    try:
        if Visitor(district, timeout=5).ask("GET", "/login")[0] == 200:
            break
    except OSError:
        pass
    if time.monotonic() - begun > 60:
        raise SystemExit("it did not recover")
    time.sleep(0.05)
recovered = time.monotonic() - begun
print(f"out of descriptors ({len(held)} connections at once where 256 descriptors are): answers again after "
      f"{recovered:.2f} s")
if recovered > 10:
    failed.append("recovery")
district.end()
if failed:
    raise SystemExit("not within what is claimed: " + ", ".join(failed))
