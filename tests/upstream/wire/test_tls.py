"""Whom we believe to be who they are."""

import asyncio
import datetime as dt
import ipaddress
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from codex2api.upstream.transport import CertificateError, ConnectError, TlsError, TransportError
from tests.upstream.certificates import self_signed
from tests.upstream.server import Peer
from tests.upstream.wire.peer import SIZED, body_of, got, listening, sends, served, wired


def authority(folder: Path, name: str = "localhost") -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context with a certificate for ``name``, and a client's that trusts its issuer."""
    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ca_name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "tests")])
    ca = _certificate(ca_name, ca_name, ca_key, ca_key, x509.BasicConstraints(True, 0))
    names = x509.SubjectAlternativeName(
        [x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    )
    leaf = _certificate(x509.Name([]), ca_name, key, ca_key, names)
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "server.pem").write_bytes(secret + leaf.public_bytes(serialization.Encoding.PEM))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "server.pem")
    trusted = ca.public_bytes(serialization.Encoding.PEM).decode()
    return server, ssl.create_default_context(cadata=trusted)


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    extension: x509.ExtensionType,
) -> x509.Certificate:
    start = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=36500))
        .add_extension(extension, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(_authority_id(signer), critical=False)
        .add_extension(_key_usage(signs_certificates=key is signer), critical=True)
        .sign(signer, hashes.SHA256())
    )


def _authority_id(signer: ec.EllipticCurvePrivateKey) -> x509.AuthorityKeyIdentifier:
    # Python demands it, and the key usage, from 3.13 on.
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


async def test_a_certificate_of_an_authority_that_we_trust(tmp_path: Path) -> None:
    server_tls, client_tls = authority(tmp_path)
    async with served(sends(SIZED), server_tls) as server, wired(tls=client_tls) as wire:
        assert [await got(wire, server.url) for _ in range(3)] == [b"hello"] * 3

    assert server.counts == [3]


async def test_large_bodies_and_back_pressure_over_tls(tmp_path: Path) -> None:
    size = 5_000_000
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size
    server_tls, client_tls = authority(tmp_path)
    async with served(sends(answer), server_tls) as server, wired(tls=client_tls) as wire:
        response = await wire.request("POST", server.url, {}, b"y" * size)
        await asyncio.sleep(0.2)
        first = await response.read()
        assert len(first) <= 1024 * 1024
        assert len(first) + len(await body_of(response)) == size
        assert len(await got(wire, server.url)) == size

    assert server.counts == [2]


async def test_a_certificate_that_nobody_trusts(tmp_path: Path) -> None:
    async with served(sends(SIZED), self_signed(tmp_path)) as server, wired() as wire:
        with pytest.raises(CertificateError):
            await got(wire, server.url)

    assert server.requests == []


async def test_a_certificate_for_somebody_else(tmp_path: Path) -> None:
    server_tls, client_tls = authority(tmp_path, "elsewhere.example")
    async with served(sends(SIZED), server_tls) as server, wired(tls=client_tls) as wire:
        with pytest.raises(CertificateError):
            await got(wire, server.url)
        assert await got(wire, server.url.replace("localhost", "127.0.0.1")) == b"hello"


async def test_no_common_protocol(tmp_path: Path) -> None:
    server_tls, client_tls = authority(tmp_path)
    server_tls.maximum_version = ssl.TLSVersion.TLSv1_2
    client_tls.minimum_version = ssl.TLSVersion.TLSv1_3
    async with served(sends(SIZED), server_tls) as server, wired(tls=client_tls) as wire:
        with pytest.raises((TlsError, ConnectError)):  # asyncio's servers hang up without a word
            await got(wire, server.url)


@pytest.mark.parametrize("word", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
async def test_no_tls_at_all(word: bytes) -> None:
    async with listening(sends(word)) as port, wired() as wire:
        with pytest.raises(TransportError) as caught:
            await got(wire, f"https://127.0.0.1:{port}/")
    assert isinstance(caught.value, TlsError if word else ConnectError)


async def test_a_handshake_that_nobody_answers() -> None:
    async with listening(Peer.gone) as port, wired(connect_timeout=0.1) as wire:
        with pytest.raises(TimeoutError):
            await got(wire, f"https://127.0.0.1:{port}/")


async def test_a_cut_over_tls(tmp_path: Path) -> None:
    async def cuts(peer: Peer) -> None:
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
        raise ConnectionError

    server_tls, client_tls = authority(tmp_path)
    async with served(cuts, server_tls) as server, wired(tls=client_tls) as wire:
        response = await wire.request("GET", server.url, {})
        assert await response.read() == b"hello"
        with pytest.raises(TransportError):
            await response.read()
        response.close()
