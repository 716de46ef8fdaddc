"""``einthoven conform``: sockets and a clock for the plays of ``link.conform`` and ``link.rehearse``."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import replace
from pathlib import Path

import click
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from websockets.asyncio.client import connect
from websockets.asyncio.connection import Connection
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed, WebSocketException

from einthoven.base.errors import InputError
from einthoven.base.instants import SECOND
from einthoven.bootstrap.keys import KeyFile, new_key, read_key, write_key
from einthoven.edges.intake.certificate import ensure_certificate, fingerprint, server_context
from einthoven.link.conform import Setup, check_center
from einthoven.link.identity import public_key
from einthoven.link.limits import MAX_FRAME_BYTES
from einthoven.link.play import Accept, Action, Dial, Hang, Hear, Heard, Play, Report, Say
from einthoven.link.rehearse import Expected, check_transmitter
from einthoven.sim.transmit import link_of
from einthoven.sim.wire import Credentials, check_address, pinned_context


def examine(url: str, key_file: Path, *, listen: bool, rate: float, leads: list[str]) -> int:
    """Run a play and print what it found; 0 nothing differs, 1 something does.

    Args:
        url: the center, or with ``listen`` the ``HOST:PORT`` to listen on.
        key_file: of an enrollment made for the purpose; with ``listen`` it is made when it is not there.
        listen: play the center to a transmitter.
        rate, leads: for a key file that is made.

    Raises:
        InputError: key file or address cannot be used.
    """
    if listen:
        report = asyncio.run(_listen(url, key_file, rate, leads))
    else:
        report = asyncio.run(_dial(url, read_key(key_file)))
    for check in report.checks:
        mark = "ok  " if check.ok else "DIFF"
        click.echo(f"{mark}  {check.name}" + (f": {check.detail}" if check.detail else ""))
    click.echo(f"{len(report.checks)} checks, {len(report.differences)} differ")
    return 0 if report.ok and report.checks else 1


async def _dial(url: str, key: KeyFile) -> Report:
    credentials = Credentials(key.transmitter, key.number, key.secret, key.link, key.certificate)
    link = await link_of(url, credentials)
    setup = Setup(
        key.transmitter,
        key.number,
        key.secret,
        credentials.identity().center,
        round(key.rate_hz * 1000),
        key.leads,
        secrets.token_bytes(32),
    )
    context = pinned_context(key.certificate) if link.startswith("wss://") else None
    host = _Host()

    async def dial() -> Connection:
        return await connect(
            link, ssl=context, compression=None, max_size=MAX_FRAME_BYTES, ping_interval=None
        )

    host.dial = dial
    return await host.run(check_center(setup))


async def _listen(address: str, key_file: Path, rate: float, leads: list[str]) -> Report:
    host_name, port = _to_listen(address)
    bare = host_name.strip("[]")
    name = bare.encode("idna").decode()
    certificate = ensure_certificate(key_file.with_name(key_file.name + ".center"), [name], time.time_ns())
    host = _Host()
    async with serve(
        host.arrived,
        bare,
        port,
        ssl=server_context(certificate),
        compression=None,
        max_size=MAX_FRAME_BYTES,
        ping_interval=None,
    ) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        key = _listening_key(key_file, certificate, f"wss://{host_name}:{port}/link", rate, leads)
        expected = Expected(
            key.transmitter,
            key.number,
            public_key(key.secret),
            x509.load_pem_x509_certificate(certificate.read_bytes()).fingerprint(hashes.SHA256()),
            round(key.rate_hz * 1000),
            len(key.leads),
            secrets.token_bytes(32),
        )
        assert expected.center == fingerprint(certificate)
        click.echo(
            f"listening on {key.link}; set the transmitter up with {key_file} and let it connect", err=True
        )
        return await host.run(check_transmitter(expected))


def _to_listen(address: str) -> tuple[str, int]:
    """``HOST:PORT`` as host (an IPv6 one in brackets) and port; 0 takes a free one."""
    host_name, _, port = address.rpartition(":")
    if not host_name or not (port.isascii() and port.isdigit()) or int(port) > 65_535:
        raise InputError(f"{address}: want HOST:PORT to listen on, e.g. 192.0.2.10:9443")
    check_address(f"wss://{address}/link")
    return host_name, int(port)


def _listening_key(path: Path, certificate: Path, link: str, rate: float, leads: list[str]) -> KeyFile:
    if path.exists():
        key = replace(read_key(path), link=link)
        if key.certificate != certificate.read_text():
            raise InputError(f"{path}: made for another center; name a new file to have one made")
        return key
    seed, _ = new_key()
    key = KeyFile("T-CONFORM", "s000001", seed.hex(), link, certificate.read_text(), rate, tuple(leads))
    write_key(path, key)
    return key


class _Host:
    """Carries out the actions of a play on real connections."""

    def __init__(self) -> None:
        self.dial = self._no_dial
        self._lines: dict[int, Connection] = {}
        self._waiting: asyncio.Queue[ServerConnection] = asyncio.Queue()

    async def _no_dial(self) -> Connection:
        raise OSError("this play does not dial")

    async def arrived(self, connection: ServerConnection) -> None:
        """A transmitter connected; keeps it until it closes."""
        await self._waiting.put(connection)
        await connection.wait_closed()

    async def run(self, play: Play) -> Report:
        """Play to the end."""
        answer: Heard | None = None
        try:
            while True:
                action = next(play) if answer is None else play.send(answer)
                data, closed = await self._act(action)
                answer = Heard(time.time_ns(), data, closed)
        except StopIteration as end:
            report = end.value
            assert isinstance(report, Report)
            return report
        finally:
            for connection in self._lines.values():
                await connection.close()

    async def _act(self, action: Action) -> tuple[bytes | None, bool]:
        match action:
            case Dial(line):
                try:
                    self._lines[line] = await self.dial()
                except (OSError, WebSocketException):
                    return None, True
                return None, False
            case Accept(timeout, line):
                try:
                    async with asyncio.timeout(timeout / SECOND):
                        self._lines[line] = await self._waiting.get()
                except TimeoutError:
                    return None, True
                return None, False
            case Say(data, line):
                return None, not await self._say(line, data)
            case Hear(timeout, line):
                return await self._hear(line, timeout)
            case Hang(line):
                connection = self._lines.pop(line, None)
                if connection is not None:
                    connection.transport.abort()
                return None, True

    async def _say(self, line: int, data: bytes) -> bool:
        connection = self._lines.get(line)
        if connection is None:
            return False
        try:
            await connection.send(data)
        except ConnectionClosed:
            return False
        return True

    async def _hear(self, line: int, patience: int) -> tuple[bytes | None, bool]:
        connection = self._lines.get(line)
        if connection is None:
            return None, True
        try:
            async with asyncio.timeout(patience / SECOND):
                message = await connection.recv()
        except TimeoutError:
            return None, False
        except ConnectionClosed:
            return None, True
        return (message if isinstance(message, bytes) else message.encode()), False
