"""The same files into Django's own accounts, for orientation: import.py PEOPLE PASSWORDS FIGURES

PEOPLE is a CSV file without passwords, PASSWORDS one with. SQLite with the same care for the disk as Firstbell's, `bulk_create` by
1,000, an unusable password for whoever brings none, Argon2 at the same cost for the others. Nothing is checked, and nothing reported.
"""
import csv, os, sys, tempfile, time
import django
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher

BATCH = 1000


class SameCost(Argon2PasswordHasher):
    """OWASP's minimum, as Firstbell has it."""
    time_cost, memory_cost, parallelism = 2, 19456, 1


def configure(folder):
    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": os.path.join(folder, "django.db"),
                "OPTIONS": {"init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"}}
    settings.configure(DATABASES={"default": database}, PASSWORD_HASHERS=["__main__.SameCost"], USE_TZ=True,
                       INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"])
    django.setup()
    from django.core.management import call_command
    call_command("migrate", verbosity=0)


def load(path):
    """Gives the rows a second."""
    from django.contrib.auth.hashers import make_password
    from django.contrib.auth.models import User
    began, count, users = time.monotonic(), User.objects.count(), []
    with open(path, encoding="utf-8", newline="") as file:
        for n, row in enumerate(csv.DictReader(file), count):
            users.append(User(username=f"{row['last_name'].lower()}{n}", first_name=row["first_name"], last_name=row["last_name"],
                              email=row["email"], password=make_password(row["password"] or None)))
            if len(users) == BATCH:
                User.objects.bulk_create(users)
                users = []
    User.objects.bulk_create(users)
    return User.objects.count() - count, (User.objects.count() - count) / (time.monotonic() - began)


people, passwords, figures = sys.argv[1:]
with tempfile.TemporaryDirectory() as folder:
    configure(folder)
    count, rows = load(people)
    _, hashed = load(passwords)
with open(figures, "a", encoding="utf-8") as file:
    file.write(f"django.version {django.get_version()}\ndjango.people {count}\ndjango.rows {rows}\ndjango.hashed {hashed}\n")
print(f"Django {django.get_version()}: {rows:,.0f} rows/s without passwords ({count:,} rows), {hashed:.0f} with them")
