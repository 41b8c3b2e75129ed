"""A district with a server on it, and visitors of its pages; for the scripts beside this one. Standard library only."""
import http.client, os, re, shutil, signal, subprocess, tempfile, urllib.parse, uuid

PASSWORD = "violet kettle sings"
SCHOOL = "Lincoln High"


class District:
    """A fresh data folder, its administrator, and `serve` on a free port of this machine."""

    def __init__(self, program, settings=""):
        self.program = program
        self.folder = tempfile.mkdtemp(prefix="firstbell-load-")
        self.data = os.path.join(self.folder, "data")
        self.run(["init", "--district", "Springfield", "--school", SCHOOL, "--first-name", "Ada",
                  "--last-name", "Adminova", "--email", "ada@springfield.example"], f"{PASSWORD}\n{PASSWORD}\n")
        if settings:
            with open(os.path.join(self.data, "firstbell.toml"), "w") as file:
                file.write(settings)
        self.log = open(os.path.join(self.folder, "log"), "w")

    def run(self, arguments, given=""):
        done = subprocess.run([self.program, *arguments], input=given, text=True, capture_output=True,
                              env={**os.environ, "FIRSTBELL_DATA": self.data})
        if done.returncode not in (0, 1):
            raise SystemExit(f"{arguments[0]} ended with {done.returncode}: {done.stderr}")
        return done.stdout

    def import_people(self, kind, lines):
        """Imports lines of `first_name,last_name,email,password`; gives the usernames, in the lines' order."""
        path, usernames = os.path.join(self.folder, "roster.csv"), []
        for start in range(0, len(lines), 1000):
            with open(path, "w") as file:
                file.write("first_name,last_name,email,password\n" + "\n".join(lines[start:start + 1000]))
            out = self.run(["import", "--school", SCHOOL, "--type", kind, path])
            usernames += [line.split(",")[4] for line in out.splitlines()[1:]]
        return usernames

    def serve(self, limit_descriptors=None):
        limit = f"ulimit -n {limit_descriptors}; " if limit_descriptors else ""
        command = f'{limit}exec "{self.program}" serve --data "{self.data}" --listen 127.0.0.1:0'
        self.server = subprocess.Popen(["bash", "-c", command], stdout=subprocess.PIPE, stderr=self.log, text=True)
        ready = re.search(r":(\d+)\s*$", self.server.stdout.readline())
        if not ready:
            raise SystemExit("the server did not start: " + open(self.log.name).read())
        self.port = int(ready.group(1))

    def stop(self):
        self.server.send_signal(signal.SIGTERM)
        status = self.server.wait(60)
        if status != 0:
            raise SystemExit(f"the server ended with {status}")

    def end(self):
        self.stop()
        shutil.rmtree(self.folder)

    def kill(self):
        """Ends it in the middle of whatever it does."""
        self.server.kill()
        self.server.wait(60)
        shutil.rmtree(self.folder)

    def memory(self):
        """What the server holds of the machine's memory, in MiB."""
        return self._status("VmRSS") / 1024

    def most_memory(self):
        """The most that it ever held, in MiB."""
        return self._status("VmHWM") / 1024

    def _status(self, name):
        with open(f"/proc/{self.server.pid}/status") as file:
            return int(re.search(rf"{name}:\s+(\d+)", file.read()).group(1))

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.server.pid}/fd"))

    def connections(self):
        """How many connections it has to its database: each has the write-ahead log open, and SQLite keeps the other file for the
        next one."""
        folder, found = f"/proc/{self.server.pid}/fd", 0
        for number in os.listdir(folder):
            try:
                found += os.readlink(os.path.join(folder, number)).endswith("/firstbell.db-wal")
            except FileNotFoundError:
                pass  # It was closed just now.
        return found


class Visitor:
    """A browser: keeps its cookies, and one connection as long as it lasts."""

    def __init__(self, district, timeout=90):
        self.port, self.timeout = district.port, timeout
        self.cookies, self.line = {}, None

    def ask(self, method, path, body=None, kind="application/x-www-form-urlencoded"):
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body is not None:
            headers["Content-Type"] = kind
        for is_last in (False, True):
            try:
                self.line = self.line or http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)
                self.line.request(method, path, body, headers)
                answer = self.line.getresponse()
                content = answer.read()
                break
            except (http.client.HTTPException, ConnectionError):
                # The server lets an idle connection go; a request that it had begun on is not asked again.
                self.line = None
                if is_last:
                    raise
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                cookie, _, rest = value.partition("=")
                self.cookies[cookie] = rest.split(";")[0]
        return answer.status, answer.getheader("Location", ""), content.decode("utf-8", "replace")

    def token(self, path):
        status, _, page = self.ask("GET", path)
        token = re.search(r'name="csrf" value="([^"]+)"', page)
        if not token:
            raise OSError(f"GET {path} has no form: {status} {page[:200]}")
        return token.group(1)

    def post(self, path, fields, token):
        return self.ask("POST", path, urllib.parse.urlencode({"csrf": token, **fields}))

    def sign_in(self, login, password):
        """The status and the place that the browser is sent to."""
        return self.post("/login", {"login": login, "password": password}, self.token("/login"))

    def upload(self, kind, name, content, then=""):
        """Hands in a file, to be checked perhaps; gives the place that the browser is sent to."""
        token, mark = self.token("/admin/uploads/new"), uuid.uuid4().hex
        parts = "".join(
            f'--{mark}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
            for field, value in {"csrf": token, "user_type": kind, "school_id": "1", "then": then}.items())
        parts += (f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
                  f"Content-Type: text/csv\r\n\r\n{content}\r\n--{mark}--\r\n")
        status, place, page = self.ask("POST", "/admin/uploads", parts.encode(), f"multipart/form-data; boundary={mark}")
        if status != 303:
            raise SystemExit(f"an upload was answered with {status}: {page[:500]}")
        return place


def administrator(district):
    ada = Visitor(district)
    assert ada.sign_in("aadminova", PASSWORD)[0] == 303
    assert ada.post("/switch", {"to": "admin"}, ada.token("/home"))[0] == 303
    return ada


def share(values, part):
    """The value that so much of all are at most: share(times, 0.95)."""
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * part))]
