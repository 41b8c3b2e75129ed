"""One connection: the commands of SMTP, in their order, and what is done instead when the tests want trouble."""

import base64
import re
import socket
import ssl
import time
import traceback

EXTENSION_OF = {"BODY": "8BITMIME", "SMTPUTF8": "SMTPUTF8"}
PATH = re.compile(r"<([^<>\s]*)>((?: [A-Za-z0-9][A-Za-z0-9-]*(?:=[^\s=]+)?)*)", re.ASCII)
GREETED_WITH = re.compile(r"[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]|\[IPv6:[0-9A-Fa-f:.]+\]", re.ASCII)
# How many bytes of a letter have come when there is trouble in the middle of it.
MIDDLE = 2048


class Over(Exception):
    """The connection has ended, or has to."""


class Session:
    """A connection, from the greeting to the end."""

    def __init__(self, house, number, sock):
        self.house = house
        self.number = number
        self.sock = sock
        self.buffer = b""
        self.is_secure = False
        self.greeted = None
        self.user = None
        self.faults = []
        self.forget()

    def forget(self):
        """No letter is under way."""
        self.sender = None
        self.recipients = []
        self.parameters = []

    def run(self):
        try:
            self.converse()
        except (OSError, Over):
            pass
        except Exception:
            self.fault("the server itself failed: " + traceback.format_exc().replace("\n", " | "))
        finally:
            self.note(".", "over")
            self.sock.close()

    def converse(self):
        if self.house.manners["security"] == "tls":
            self.secure()
        self.say("connect", "220 localhost ESMTP")
        while True:
            line = self.line()
            verb, _, rest = line.partition(" ")
            handler = getattr(self, f"on_{verb.lower()}", None)
            if handler is None:
                self.answer("502 5.5.1 No such command")
            else:
                handler(rest)

    # What is said and heard

    def note(self, sign, text):
        self.house.note(self.number, sign, text)

    def fault(self, text):
        self.faults.append(text)
        self.note("!", text)

    def more(self):
        data = self.sock.recv(65536)
        if not data:
            raise Over
        self.buffer += data

    def line(self):
        while b"\n" not in self.buffer:
            self.more()
            if len(self.buffer) > 12288 and b"\n" not in self.buffer:
                self.fault("a command without end")
                raise Over
        raw, self.buffer = self.buffer.split(b"\n", 1)
        if not raw.endswith(b"\r") or b"\r" in raw[:-1]:
            self.fault(f"a line that does not end in CRLF: {raw!r}")
        if self.buffer:
            self.fault(f"said before it was answered: {self.buffer[:40]!r}")
        text = raw.rstrip(b"\r").decode("utf-8", "backslashreplace")
        if not text.isascii() and "SMTPUTF8" not in self.house.manners["extensions"]:
            self.fault(f"a command that is not ASCII: {text}")
        self.note(">", text)
        return text

    def answer(self, text):
        self.note("<", text.replace("\r\n", " | "))
        self.sock.sendall(text.encode() + b"\r\n")

    def say(self, stage, right):
        """Gives the right answer, unless there is to be trouble. Gives whether it was given."""
        trouble = self.house.trouble(stage)
        if trouble is None:
            self.answer(right)
            return True
        if trouble == "slow":
            time.sleep(0.3)
            self.answer(right)
            return True
        self.note("<", f"({trouble} at {stage})")
        self.end_badly(trouble)
        self.answer(trouble)
        # A server that refuses to be one, or says that it is closing, closes.
        if stage == "connect" or trouble.startswith("421"):
            raise Over
        return False

    def end_badly(self, trouble):
        """Ends the connection, if that is the trouble."""
        if trouble == "hang":
            self.hang()
        if trouble == "reset":
            self.reset()
        if trouble == "close":
            raise Over

    def hang(self):
        """Says nothing more, until the other side goes or the server behaves otherwise."""
        told = self.house.told
        self.sock.settimeout(0.05)
        while self.house.told == told:
            try:
                self.more()
            except TimeoutError:
                pass
        self.reset()

    def reset(self):
        """Ends the connection as a machine does that lost its power: no farewell."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        raise Over

    def secure(self):
        context = self.house.contexts[self.house.manners["certificate"]]
        try:
            self.sock = context.wrap_socket(self.sock, server_side=True)
        except ssl.SSLError as error:
            self.note(".", f"no TLS: {error.reason}")
            raise Over from error
        self.is_secure = True
        self.note(".", self.sock.version())

    # The commands

    def on_ehlo(self, name):
        if not GREETED_WITH.fullmatch(name):
            self.fault(f"EHLO with no name of a machine: {name!r}")
        self.greeted = name
        self.forget()
        manners = self.house.manners
        offers = [*manners["extensions"], "ENHANCEDSTATUSCODES"]
        if manners["security"] == "starttls" and not self.is_secure:
            offers.append("STARTTLS")
        elif manners["login"]:
            offers.append("AUTH " + " ".join(manners["mechanisms"]))
        lines = ["localhost", *offers]
        self.say("ehlo", "".join(f"250-{line}\r\n" for line in lines[:-1]) + f"250 {lines[-1]}")

    def on_helo(self, name):
        self.greeted = name
        self.forget()
        self.say("ehlo", "250 localhost")

    def on_starttls(self, rest):
        if self.house.manners["security"] != "starttls" or self.is_secure or rest:
            self.answer("503 5.5.1 No TLS here")
        elif self.say("starttls", "220 2.0.0 Go ahead"):
            self.secure()
            self.greeted = None

    def on_auth(self, rest):
        mechanism, _, first = rest.partition(" ")
        manners = self.house.manners
        if not manners["login"] or self.user or mechanism.upper() not in manners["mechanisms"]:
            self.answer("503 5.5.1 No such way to sign in here")
            return
        if manners["security"] != "none" and not self.is_secure:
            self.fault("a password in clear")
        if mechanism.upper() == "PLAIN":
            tried = self.secret(first, "").split("\0")[1:]
        else:
            user = self.secret(first, "VXNlcm5hbWU6")
            tried = [user, self.secret("", "UGFzc3dvcmQ6")]
        self.note(".", "tried: " + " ".join(tried))
        if tried != manners["login"]:
            self.answer("535 5.7.8 Username and password not accepted")
        elif self.say("auth", "235 2.7.0 Accepted"):
            self.user = tried[0]

    def secret(self, given, prompt):
        if not given:
            self.answer(f"334 {prompt}")
            given = self.line()
        try:
            return base64.b64decode(given, validate=True).decode()
        except ValueError:
            self.fault(f"no base64: {given}")
            return ""

    def on_mail(self, rest):
        match = PATH.fullmatch(rest[5:]) if rest[:5].upper() == "FROM:" else None
        if self.greeted is None or self.sender is not None:
            self.fault("MAIL out of turn")
            self.answer("503 5.5.1 Not now")
        elif match is None:
            self.fault(f"no sender: {rest}")
            self.answer("501 5.5.4 Syntax")
        elif self.house.manners["login"] and not self.user:
            self.answer("530 5.7.0 Authentication required")
        elif self.say("mail", "250 2.1.0 Sender fine"):
            self.sender, self.parameters = match[1], match[2].split()
            for parameter in self.parameters:
                extension = EXTENSION_OF.get(parameter.partition("=")[0].upper())
                if extension not in self.house.manners["extensions"]:
                    self.fault(f"{parameter} was not offered")

    def on_rcpt(self, rest):
        match = PATH.fullmatch(rest[3:]) if rest[:3].upper() == "TO:" else None
        if self.sender is None:
            self.fault("RCPT out of turn")
            self.answer("503 5.5.1 Not now")
        elif match is None or not match[1]:
            self.fault(f"no recipient: {rest}")
            self.answer("501 5.5.4 Syntax")
        elif self.say("rcpt", "250 2.1.5 Recipient fine"):
            self.recipients.append(match[1])

    def on_data(self, rest):
        if not self.recipients or rest:
            self.answer("503 5.5.1 Not now")
        elif self.say("data", "354 Go ahead"):
            raw = self.letter()
            trouble = self.house.trouble("dot")
            if trouble is None:
                self.keep(raw)
                self.say("stored", "250 2.0.0 Kept")
            else:
                self.make_trouble_at_the_end(trouble, raw)
            self.forget()

    def make_trouble_at_the_end(self, trouble, raw):
        if trouble == "slow":
            time.sleep(0.3)
            self.keep(raw)
            self.answer("250 2.0.0 Kept")
            return
        self.note("<", f"({trouble} at dot)")
        self.end_badly(trouble)
        self.answer(trouble)

    def letter(self):
        """All of a letter, up to the line with a dot, as it came."""
        while len(self.buffer) < MIDDLE and not self.has_ended():
            self.more()
        trouble = self.house.trouble("body")
        if trouble is not None:
            self.note("<", f"({trouble} at body)")
            self.end_badly(trouble)
        while not self.has_ended():
            self.more()
        content, self.buffer = (b"\r\n" + self.buffer).split(b"\r\n.\r\n", 1)
        if self.buffer:
            self.fault(f"said before it was answered: {self.buffer[:40]!r}")
        return content[2:] + b"\r\n"

    def has_ended(self):
        return b"\r\n.\r\n" in b"\r\n" + self.buffer

    def keep(self, raw):
        envelope = {
            "session": self.number,
            "greeted": self.greeted,
            "secure": self.is_secure,
            "user": self.user,
            "sender": self.sender,
            "recipients": self.recipients,
            "parameters": self.parameters,
        }
        self.house.keep(raw, envelope, list(self.faults))

    def on_rset(self, _):
        self.forget()
        self.answer("250 2.0.0 Forgotten")

    def on_noop(self, _):
        self.answer("250 2.0.0 Still here")

    def on_quit(self, _):
        self.answer("221 2.0.0 Goodbye")
        raise Over
