#!/usr/bin/env python3
"""A mail server for the tests: it keeps what it is sent, says what was wrong with it, and misbehaves when told to.

    server.py FOLDER

It listens on a free port of 127.0.0.1 and prints it. Of every letter the folder gets `0001.eml`, as it came, and
`0001.json`: the envelope, the headers and parts as a mail program shows them, and the faults that no mail server has
to bear. `sessions.log` has every line of every connection: `1 > ` what it said, `1 < ` what it was told, `1 ! ` what
was wrong. `tls/ca.pem` is the authority of its certificates.

A line of JSON on standard input says how it behaves from then on, and ends what hangs; `ok` is the answer. When
standard input ends, so does the server. What is left out is as here:

    {"listening": true,
     "security": "none",            or "starttls", or "tls": from the start
     "certificate": "right",        or "other_name", or "other_authority"
     "login": null,                 or ["user", "password"], without which it takes no letter
     "mechanisms": ["PLAIN", "LOGIN"],
     "extensions": ["8BITMIME", "SMTPUTF8"],
     "trouble": []}                 or [{"at": STAGE, "do": WHAT, "times": 2}, ...]; without `times`: always

STAGE is one of `connect`, `ehlo`, `starttls`, `auth`, `mail`, `rcpt`, `data`, `body` (the first kilobytes of a letter
have come), `dot` (all of it has come), `stored` (it is in the folder). WHAT is an answer (`451 Later`), `reset`,
`close`, `hang`, or `slow`: the right answer, after a while.
"""

import json
import socket
import sys
import threading
from pathlib import Path

from certificates import make_certificates
from letters import describe, faults_of_lines
from sessions import Session


class House:
    """What all connections share: the folder, and how the server behaves."""

    DEFAULT = {
        "listening": True,
        "security": "none",
        "certificate": "right",
        "login": None,
        "mechanisms": ["PLAIN", "LOGIN"],
        "extensions": ["8BITMIME", "SMTPUTF8"],
        "trouble": [],
    }

    def __init__(self, folder):
        self.folder = folder
        self.lock = threading.Lock()
        self.manners = dict(self.DEFAULT)
        self.letters = 0
        self.told = 0
        self.sessions = 0
        self.contexts = make_certificates(folder / "tls")
        self.log = open(folder / "sessions.log", "a", buffering=1, encoding="utf-8")

    def behave(self, manners):
        unknown = set(manners) - set(self.DEFAULT)
        if unknown:
            raise SystemExit(f"no such manners: {unknown}")
        with self.lock:
            self.manners = {**self.DEFAULT, **manners}
            self.told += 1

    def trouble(self, stage):
        """What to do at this stage instead of what is right; `None` if nothing. One of its times is used up."""
        with self.lock:
            for rule in self.manners["trouble"]:
                if rule["at"] == stage and rule.get("times", 1) > 0:
                    if "times" in rule:
                        rule["times"] -= 1
                    return rule["do"]
        return None

    def note(self, session, sign, text):
        with self.lock:
            self.log.write(f"{session} {sign} {text}\n")

    def keep(self, raw, envelope, faults):
        """Puts a letter into the folder; the description comes last, so that whoever sees it finds the letter."""
        with self.lock:
            self.letters += 1
            name = f"{self.letters:04}"
            described = {**envelope, **describe(raw)}
            described["faults"] += faults + faults_of_lines(raw, envelope["parameters"])
            (self.folder / f"{name}.eml").write_bytes(raw)
            unfinished = self.folder / f"{name}.unfinished"
            unfinished.write_text(json.dumps(described), encoding="utf-8")
            unfinished.rename(self.folder / f"{name}.json")


def bound(port):
    """A socket on this port. Several may be bound to it, and those that do not listen take no connection."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    sock.bind(("127.0.0.1", port))
    return sock


def serve(house, listener):
    """Takes connections until the listener is closed."""
    while True:
        try:
            sock, _ = listener.accept()
        except OSError:
            return
        with house.lock:
            house.sessions += 1
            session = Session(house, house.sessions, sock)
        threading.Thread(target=session.run, daemon=True).start()


def listen(house, port):
    listener = bound(port)
    # Small windows: a long letter is still on its way when its beginning has come.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    listener.listen(100)
    threading.Thread(target=serve, args=(house, listener), daemon=True).start()
    return listener


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    house = House(folder)
    holder = bound(0)
    port = holder.getsockname()[1]
    listener = listen(house, port)
    print(port, flush=True)
    for line in sys.stdin:
        house.behave(json.loads(line))
        if house.manners["listening"] and listener is None:
            listener = listen(house, port)
        elif not house.manners["listening"] and listener is not None:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
            listener = None
        print("ok", flush=True)


if __name__ == "__main__":
    main()
