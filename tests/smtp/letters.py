"""What is in a letter, read as a mail program would, and what no letter may have."""

import base64
import email
import email.policy
import email.utils
import re
from email.header import decode_header, make_header

# RFC 5322, 3.6: these stand once in every letter of ours.
ONCE = ["From", "To", "Subject", "Date", "Message-ID", "MIME-Version"]
# RFC 5321, 4.5.3.1.6, without the line's end.
LONGEST_LINE = 998
DOT_ALONE = re.compile(rb"(?:\A|\r\n)\.(?!\.)")


def describe(raw):
    """A letter as its reader sees it."""
    # Dots at the beginning of a line are doubled on the way.
    content = re.sub(rb"(\A|\r\n)\.\.", rb"\1.", raw)
    message = email.message_from_bytes(content, policy=email.policy.SMTP)
    names = [name.lower() for name in message.keys()]
    counts = {name: names.count(name.lower()) for name in ONCE}
    faults = [f"{name} stands {count} times" for name, count in counts.items() if count != 1]
    for name, value in message.raw_items():
        faults += [f"{name}: {defect!r}" for defect in defects(name, value)]
    parts = []
    for part in message.walk():
        faults += [f"{part.get_content_type()}: {defect!r}" for defect in part.defects]
        if not part.is_multipart():
            parts.append(describe_part(part))
    if "date" in names and message["Date"].datetime is None:
        faults.append("no time of day")
    return {
        "headers": [[name, decoded(unfolded(value))] for name, value in message.raw_items()],
        "from": addresses(message, "From"),
        "to": addresses(message, "To"),
        "shape": shape(message),
        "parts": parts,
        "faults": faults,
    }


def defects(name, value):
    """What Python's strict reader has to say about a header. It trips over itself where a name begins with a dot."""
    try:
        return email.policy.SMTP.header_fetch_parse(name, value).defects
    except AttributeError:
        return []
    except ValueError as error:
        return [error]


def unfolded(value):
    """A header in one line."""
    return re.sub(r"\r\n(?=[ \t])", "", value)


def decoded(text):
    """A header as one reads it. Python's strict reader puts a space too many between two encoded words."""
    return str(make_header(decode_header(text)))


def addresses(message, name):
    values = [unfolded(value) for header, value in message.raw_items() if header.lower() == name.lower()]
    return [[decoded(called), address] for called, address in email.utils.getaddresses(values)]


def shape(part):
    """How the parts lie in one another: `multipart/mixed(text/plain, text/csv)`."""
    kind = part.get_content_type()
    if not part.is_multipart():
        return kind
    return f"{kind}({', '.join(shape(inner) for inner in part.iter_parts())})"


def describe_part(part):
    content = part.get_payload(decode=True)
    described = {
        "type": part.get_content_type(),
        "charset": part.get_content_charset(),
        "disposition": part.get_content_disposition(),
        "file_name": part.get_filename(),
        "encoding": part["Content-Transfer-Encoding"],
        "base64": base64.b64encode(content).decode(),
    }
    if part.get_content_maintype() == "text":
        described["text"] = content.decode(part.get_content_charset() or "ascii", "replace")
    return described


def faults_of_lines(raw, parameters):
    """What is wrong with a letter on its way, whatever is in it."""
    faults = []
    lines = raw.split(b"\r\n")
    if any(b"\r" in line or b"\n" in line for line in lines):
        faults.append("a line that does not end in CRLF")
    longest = max(map(len, lines))
    if longest > LONGEST_LINE:
        faults.append(f"a line of {longest} bytes")
    if DOT_ALONE.search(raw):
        faults.append("a dot at the beginning of a line that is not doubled")
    if b"\0" in raw:
        faults.append("a zero byte")
    head, _, body = raw.partition(b"\r\n\r\n")
    named = {parameter.upper() for parameter in parameters}
    if not head.isascii() and "SMTPUTF8" not in named:
        faults.append("headers that are not ASCII")
    if not body.isascii() and "BODY=8BITMIME" not in named:
        faults.append("eight bits that were not announced")
    return faults
