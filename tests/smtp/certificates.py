"""Certificates for the mail server, made anew for each run, so that no key lies in the repository."""

import ssl
import subprocess

# Each certificate: who signs it, and the names it is for.
CERTIFICATES = {
    "right": ("ca", "DNS:localhost, IP:127.0.0.1"),
    "other_name": ("ca", "DNS:mail.elsewhere.example"),
    "other_authority": ("other", "DNS:localhost, IP:127.0.0.1"),
}

CONFIG = """
[req]
distinguished_name = nobody
[nobody]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
"""

SERVER = """
[{name}]
basicConstraints = critical, CA:FALSE
extendedKeyUsage = serverAuth
subjectAltName = {names}
"""


def make_certificates(folder):
    """Makes two authorities and the servers' certificates. Gives a TLS context for each certificate."""
    folder.mkdir(exist_ok=True)
    servers = "".join(SERVER.format(name=name, names=names) for name, (_, names) in CERTIFICATES.items())
    (folder / "openssl.cnf").write_text(CONFIG + servers)
    # Two steps, each all at once: a process takes longer to start than a key to be found.
    together([request(folder, name, "authority", None) for name in ("ca", "other")])
    together([request(folder, name, name, signer) for name, (signer, _) in CERTIFICATES.items()])
    return {name: context(folder, name) for name in CERTIFICATES}


def request(folder, name, section, signer):
    """The command for one certificate; without a signer it signs itself."""
    command = ["openssl", "req", "-x509", "-config", "openssl.cnf", "-extensions", section, "-days", "2"]
    command += ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN=Tests {name}"]
    command += ["-keyout", f"{name}.key", "-out", f"{name}.pem"]
    if signer:
        command += ["-CA", f"{signer}.pem", "-CAkey", f"{signer}.key"]
    return subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE)


def together(processes):
    for process in processes:
        _, said = process.communicate()
        if process.returncode != 0:
            raise SystemExit(said.decode())


def context(folder, name):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    return made
