"""The sockets under ``sip_wire``: SIP by UDP, and by TCP on the connection that a request came by."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import structlog

from einthoven.edges.telephony.rtp_port import bound
from einthoven.edges.telephony.sip_wire import Address, Told, Wire

LOG = structlog.get_logger("einthoven.sip")
HEADER_MAX: Final = 1 << 16
BODY_MAX: Final = 1 << 16
CONNECTIONS_MAX: Final = 64
MESSAGE_S: Final = 30.0
"""So long a message may take over TCP from its first byte to its last."""


class UdpWire(Wire):
    """SIP over UDP: a message a datagram."""

    name = "UDP"
    _sock: asyncio.DatagramTransport | None = None

    async def start(self) -> None:
        """Listen; OSError where the address cannot be had."""
        sock = bound(*self.local_addr)  # not by the loop: uvloop does not say why it could not
        loop = asyncio.get_running_loop()
        self._sock, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(self), sock=sock)
        self.local_addr = (self.local_addr[0], self._sock.get_extra_info("sockname")[1])

    def write(self, data: bytes, peer: Address) -> None:
        """As ``Wire.write``."""
        if self._sock is not None and 0 < peer[1] <= 65535:  # a port that is none ends the whole socket
            with suppress(OSError, ValueError):
                self._sock.sendto(data, peer)

    async def stop(self) -> None:
        """Close."""
        await super().stop()
        sock, self._sock = self._sock, None
        if sock is not None:
            sock.close()

    def closed(self, error: Exception | None) -> None:
        """The socket is gone; whose doing it was is known by whether it was let go before."""
        if self._sock is not None:
            self._sock = None
            self.lost = str(error) or "its socket was closed"
            LOG.error("sip_lost", why=self.lost)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, wire: UdpWire) -> None:
        self._wire = wire

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._wire.take(data, (str(addr[0]), int(addr[1])))

    def connection_lost(self, exc: Exception | None) -> None:
        self._wire.closed(exc)


class TcpWire(Wire):
    """SIP over TCP: messages parted by their Content-Length."""

    name = "TCP"
    reliable = True

    def __init__(self, local: Address, may: Callable[[str], bool], told: Told) -> None:
        super().__init__(local, may, told)
        self._server: asyncio.Server | None = None
        self._open: dict[Address, asyncio.StreamWriter] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen; OSError where the address cannot be had."""
        self._server = await asyncio.start_server(self._connected, *self.local_addr, limit=HEADER_MAX)
        self.local_addr = (self.local_addr[0], self._server.sockets[0].getsockname()[1])

    def write(self, data: bytes, peer: Address) -> None:
        """As ``Wire.write``: to the connection, or to another one of that host."""
        writer = self._open.get(peer) or next(
            (one for (host, _), one in reversed(self._open.items()) if host == peer[0]), None
        )
        if writer is None or writer.is_closing():
            LOG.info("sip_no_connection", peer=peer[0])
        elif writer.transport.get_write_buffer_size() > BODY_MAX:
            writer.transport.abort()
        else:
            writer.write(data)

    async def stop(self) -> None:
        """Close every connection."""
        await super().stop()
        if self._server is None:
            return
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._server = None

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        told = writer.get_extra_info("peername") or ("", 0)
        peer = (str(told[0]), int(told[1]))
        if len(self._open) >= CONNECTIONS_MAX or not self.may(peer[0]):
            self.told.refuse(peer[0], "a connection")
            writer.close()
            return
        self._tasks.add(task)
        self._open[peer] = writer
        try:
            while (data := await self._message(reader, writer)) is not None:
                self.take(data, peer)
        except asyncio.CancelledError:
            pass  # the line stops
        except (TimeoutError, ValueError, asyncio.LimitOverrunError, EOFError) as error:
            self.told.reject(peer[0], str(error) or type(error).__name__)
        except OSError as error:
            LOG.info("sip_connection_ended", peer=peer[0], why=str(error)[:200])
        finally:
            self._tasks.discard(task)
            self._open.pop(peer, None)
            writer.close()
            with suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _message(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes | None:
        """The next message; None at the end of the connection."""
        ends = 0
        while (first := await reader.read(1)) in {b"\r", b"\n"}:
            ends += first == b"\n"
            if ends == 2:  # keeps the connection alive, and wants an answer (RFC 5626, 3.5.1)
                writer.write(b"\r\n")
                ends = 0
        if not first:
            return None
        async with asyncio.timeout(MESSAGE_S):
            head = first + await reader.readuntil(b"\r\n\r\n")
            length = _length(head)
            return head + (await reader.readexactly(length) if length else b"")


def _length(head: bytes) -> int:
    """Bytes of the body by the headers; ValueError for too many, no number, or two that differ."""
    told = set[int]()
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() in {b"content-length", b"l"}:
            told.add(int(value))
    if len(told) > 1 or not all(0 <= one <= BODY_MAX for one in told):
        raise ValueError("a length of the body that cannot be")
    return told.pop() if told else 0
