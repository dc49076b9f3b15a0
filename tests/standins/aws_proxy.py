"""A proxy that plays every host of AWS: it ends TLS with certificates of its own CA, and hands on to the stand-in."""

from __future__ import annotations

import contextlib
import datetime
import select
import socket
import socketserver
import ssl
import threading
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from pathlib import Path

    from standins.sts import AwsStandIn

PAGE = b"<!DOCTYPE html><html><head><meta charset=utf-8><title>Sign in</title></head><body>Sign in<br></body></html>"


def page(status: str = "200 OK") -> bytes:
    """An answer as a captive portal gives it; it is no XML."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {len(PAGE)}\r\nConnection: close\r\n\r\n"
    return head.encode() + PAGE


class Proxy(socketserver.ThreadingTCPServer):
    """`asked` are the targets of its requests (`host:port` of a CONNECT); each gets `answer` if there is one.

    `ca` is the file that a client needs in AWS_CA_BUNDLE.
    """

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def __init__(self, folder: Path, aws: AwsStandIn | None = None, answer: bytes | None = None) -> None:
        self.aws = aws
        self.answer = answer
        self.asked: list[str] = []
        self.ca = folder / "proxy-ca.pem"
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.ca.write_bytes(_pem(self._certificate("the CA of a test", ca=True)))
        super().__init__(("127.0.0.1", 0), _Handler)

    def __enter__(self) -> Proxy:
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.shutdown()
        self.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def context(self, host: str) -> ssl.SSLContext:
        """For one connection to this host: as it were its own certificate."""
        file = self._folder / f"{host}-{threading.get_ident()}.pem"
        form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        file.write_bytes(self._key.private_bytes(*form) + _pem(self._certificate(host)))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: a client that refuses a certificate is what some tests want."""

    def _certificate(self, name: str, *, ca: bool = False) -> x509.Certificate:
        now = datetime.datetime.now(datetime.timezone.utc)
        issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "the CA of a test")])
        subject = issuer if ca else x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "a test")])
        public = self._key.public_key()  # one key for all: nobody is kept out here
        usage = dict.fromkeys(
            ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "crl_sign",
             "encipher_only", "decipher_only"), False,
        )  # fmt: skip
        builder = (
            x509.CertificateBuilder(issuer, subject, public, x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.KeyUsage(digital_signature=not ca, key_cert_sign=ca, **usage), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
        )
        if not ca:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        return builder.sign(self._key, hashes.SHA256())


class _Handler(socketserver.StreamRequestHandler):
    server: Proxy

    def handle(self) -> None:
        _, target, _ = self.rfile.readline().decode("latin-1").split()
        length = 0
        while line := self.rfile.readline().strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        self.rfile.read(length)  # what is left unread would reset the connection, and the answer with it
        self.server.asked.append(target)
        if self.server.answer is not None:
            self.wfile.write(self.server.answer)
        elif self.server.aws is not None:
            self._tunnel(target.partition(":")[0], int(self.server.aws.url.rpartition(":")[2]))

    def _tunnel(self, host: str, port: int) -> None:
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        tls = self.server.context(host).wrap_socket(self.connection, server_side=True)
        with tls, socket.create_connection(("127.0.0.1", port)) as aws, contextlib.suppress(OSError):
            other = {tls: aws, aws: tls}
            while True:
                for source in select.select(list(other), [], [])[0]:
                    data = source.recv(65536)
                    if not data:
                        return
                    other[source].sendall(data)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
