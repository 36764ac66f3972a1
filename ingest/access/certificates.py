"""A certificate authority of the district's own, with a certificate for each user and one for the broker.

``cryptography`` and not the openssl program: keys and requests are made in this process, nothing is passed on a command
line, and no version of a program decides what a certificate says.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from domain.errors import Invalid
from ingest.access.folder import Folder

CA_YEARS = 10
Key = ec.EllipticCurvePrivateKey


class Authority:
    """The certificates of one folder. What exists is kept; what is gone from the registry is revoked.

    now : UTC; days : how long a client's or the broker's certificate holds
    """

    def __init__(self, folder: Folder, district: str, *, now: datetime, days: int) -> None:
        self._folder = folder
        self._now = now.astimezone(UTC)
        self._days = days
        self._name = _name(f"Yingfeng {district}")
        self._key = self._own_key("ca.key")
        if not folder.has("ca.crt"):
            folder.public("ca.crt", _pem(self._self_signed()))
        self._certificate = _certificate(folder.read("ca.crt"), "ca.crt")

    def broker(self, names: Sequence[str]) -> bool:
        """The broker's certificate for these host names and addresses; whether one was made."""
        key = self._own_key("server.key")
        if self._folder.has("server.crt"):
            present = _certificate(self._folder.read("server.crt"), "server.crt")
            if _holds(present, self._now) and _names_of(present) == _alternative(names):
                return False
        builder = self._builder(_name(names[0]), key).add_extension(_alternative(names), critical=False)
        signed = builder.add_extension(_usage(ExtendedKeyUsageOID.SERVER_AUTH), critical=False)
        self._folder.public("server.crt", _pem(signed.sign(self._key, hashes.SHA256())))
        return True

    def clients(self, users: Iterable[str], *, renew: Iterable[str] = (), requests_only: bool = False) -> list[str]:
        """Key, request and certificate of each user; those made now. ``requests_only`` : signed elsewhere."""
        wanted, again, made = set(users), set(renew), []
        self._revoke(set(self._folder.names("clients", ".crt")) - wanted | (again & wanted))
        for user in sorted(wanted):
            if self._folder.has(f"clients/{user}.crt") or (requests_only and self._folder.has(f"clients/{user}.csr")):
                continue
            key = self._own_key(f"clients/{user}.key")
            request = x509.CertificateSigningRequestBuilder().subject_name(_name(user)).sign(key, hashes.SHA256())
            self._folder.public(f"clients/{user}.csr", request.public_bytes(Encoding.PEM).decode())
            if not requests_only:
                builder = self._builder(_name(user), key)
                signed = builder.add_extension(_usage(ExtendedKeyUsageOID.CLIENT_AUTH), critical=False)
                self._folder.public(f"clients/{user}.crt", _pem(signed.sign(self._key, hashes.SHA256())))
            made.append(user)
        self._write_revoked()
        return made

    def _revoke(self, users: Iterable[str]) -> None:
        """Their certificates are kept by serial number for the list of the revoked; their keys are deleted."""
        for user in users:
            if self._folder.has(f"clients/{user}.crt"):
                text = self._folder.read(f"clients/{user}.crt")
                self._folder.public(f"revoked/{_certificate(text, user).serial_number:x}.crt", text)
            for ending in (".crt", ".csr", ".key"):
                self._folder.remove(f"clients/{user}{ending}")

    def _write_revoked(self) -> None:
        gone = sorted(int(name, 16) for name in self._folder.names("revoked", ".crt"))
        if self._folder.has("revoked.crl"):
            present = x509.load_pem_x509_crl(self._folder.read("revoked.crl").encode())
            until = present.next_update_utc
            if sorted(each.serial_number for each in present) == gone and until is not None and until > self._now:
                return
        builder = x509.CertificateRevocationListBuilder().issuer_name(self._name).last_update(self._now)
        # An expired list would shut everybody out, so it holds as long as the authority does.
        builder = builder.next_update(self._now + timedelta(days=365 * CA_YEARS))
        for serial in gone:
            revoked = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(self._now).build()
            builder = builder.add_revoked_certificate(revoked)
        signed = builder.sign(self._key, hashes.SHA256())
        self._folder.public("revoked.crl", signed.public_bytes(Encoding.PEM).decode())

    def _own_key(self, name: str) -> Key:
        if not self._folder.has(name):
            fresh = ec.generate_private_key(ec.SECP256R1())
            text = fresh.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
            self._folder.secret(name, text)
        try:
            key = load_pem_private_key(self._folder.read(name).encode(), None)
        except (ValueError, TypeError) as error:
            raise Invalid(f"{name}: 不是可用的私钥 / is no usable private key: {error}") from error
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise Invalid(f"{name}: 不是 EC 私钥 / is no EC key; move it away and run again")
        return key

    def _builder(self, subject: x509.Name, key: Key) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._now - timedelta(hours=1))
            .not_valid_after(self._now + timedelta(days=self._days))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        )

    def _self_signed(self) -> x509.Certificate:
        return (
            x509.CertificateBuilder()
            .subject_name(self._name)
            .issuer_name(self._name)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._now - timedelta(hours=1))
            .not_valid_after(self._now + timedelta(days=365 * CA_YEARS))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_signing(), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )


def _signing() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _usage(purpose: x509.ObjectIdentifier) -> x509.ExtendedKeyUsage:
    return x509.ExtendedKeyUsage([purpose])


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


def _certificate(text: str, name: str) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(text.encode())
    except ValueError as error:
        raise Invalid(f"{name}: 不是可用的证书 / is no usable certificate: {error}") from error


def _holds(certificate: x509.Certificate, now: datetime) -> bool:
    return certificate.not_valid_after_utc > now


def _alternative(names: Sequence[str]) -> x509.SubjectAlternativeName:
    found: list[x509.GeneralName] = []
    for name in names:
        try:
            found.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            found.append(x509.DNSName(name))
    return x509.SubjectAlternativeName(found)


def _names_of(certificate: x509.Certificate) -> x509.SubjectAlternativeName | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return None
