"""HL7 v2 over MLLP: a server for messages of hospitals, and what hands ours over (R41; docs/hl7.md).

The server answers each message before it reads the next of that connection; many connections may be open.
What is acknowledged has been kept by whoever ``receive`` is: a sender that got no answer sends again.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import structlog

from einthoven.base.errors import (
    DeliveryUnknownError,
    EinthovenError,
    MessageError,
    NotFoundError,
    RefusedError,
)
from einthoven.base.networks import Network, within
from einthoven.center.desk_ports import FOR_GOOD, FOR_NOW, Notice
from einthoven.interop import hl7v2
from einthoven.interop.hl7_ack import acknowledged
from einthoven.interop.hl7_oru import with_page
from einthoven.interop.mllp import Block, Unframer, framed

LOG = structlog.get_logger("einthoven.hl7")
READ: Final = 1 << 16
ANSWER_MAX: Final = 1 << 16
"""Bytes of an acknowledgement that are taken."""
WORDS_MAX: Final = 300
Receive = Callable[[Block, str], Awaitable[bytes | None]]
"""Takes a message (and who sent it), keeps it, and gives the answer; None: nothing is answered."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one sender may take.

    Attributes:
        connections: open at a time; one more is closed at once.
        message: bytes of one.
        idle_s: a connection on which nothing comes for so long is closed.
        message_s: so long a message may take from its first byte to its last, and an answer to be read.
        answer_s: so long a message may take to be kept.
    """

    connections: int = 32
    message: int = hl7v2.MESSAGE_MAX
    idle_s: float = 3600.0
    message_s: float = 60.0
    answer_s: float = 60.0


@dataclass(slots=True)
class MllpServer:
    """Listens for messages.

    Args:
        receive: what becomes of a message.
        allowed: who may connect; others are closed at once.
        limits: see ``Limits``.

    Attributes:
        messages, stray, broken, refused: messages answered; bytes in no frame; frames that were broken off;
            connections that were closed at once.
    """

    receive: Receive
    allowed: Sequence[Network] = ()
    limits: Limits = field(default_factory=Limits)
    messages: int = 0
    stray: int = 0
    broken: int = 0
    refused: int = 0
    _server: asyncio.Server | None = None
    _open: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    async def start(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> None:
        """Listen; OSError where the address cannot be had."""
        self._server = await asyncio.start_server(self._connected, host, port, ssl=tls)

    async def stop(self) -> None:
        """Listen no more and close every connection; what is under way ends unanswered and is sent again."""
        if self._server is None:
            return
        self._server.close()
        tasks = list(self._open)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._server = None

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        peer = str((writer.get_extra_info("peername") or ("",))[0])
        if len(self._open) >= self.limits.connections or not within(peer, self.allowed):
            self.refused += 1
            LOG.warning("hl7_refused", peer=peer, open=len(self._open))
            writer.close()
            return
        self._open.add(task)
        try:
            await self._serve(reader, writer, peer)
        except asyncio.CancelledError:
            pass  # the server stops
        except (OSError, TimeoutError, ssl.SSLError) as error:
            LOG.info("hl7_connection_ended", peer=peer, why=str(error) or type(error).__name__)
        except Exception as error:  # the top of a task: logged; the sender gets no answer and tries again
            LOG.exception("hl7_connection_failed", peer=peer, error=repr(error))
        finally:
            self._open.discard(task)
            writer.close()
            with suppress(OSError, ssl.SSLError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: str) -> None:
        unframer = Unframer(self.limits.message)
        loop = asyncio.get_running_loop()
        began: float | None = None
        try:
            while True:
                patience = self.limits.idle_s
                if began is not None:
                    patience = max(0.0, began + self.limits.message_s - loop.time())
                async with asyncio.timeout(patience):
                    data = await reader.read(READ)
                if not data:
                    return
                for block in unframer.feed(data):
                    await self._answer(block, writer, peer)
                    began = None
                if not unframer.open:
                    began = None
                elif began is None:
                    began = loop.time()
        finally:
            self.stray += unframer.stray
            self.broken += unframer.broken + unframer.open

    async def _answer(self, block: Block, writer: asyncio.StreamWriter, peer: str) -> None:
        async with asyncio.timeout(self.limits.answer_s):
            answer = await self.receive(block, peer)
        self.messages += 1
        if answer is None:
            return
        writer.write(framed(answer))
        async with asyncio.timeout(self.limits.message_s):
            await writer.drain()


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where our messages go.

    Attributes:
        host, port: of the receiver.
        tls: how the connection is protected; None: not at all.
        timeout_s: for the connection, and again for the acknowledgement.
    """

    host: str
    port: int
    tls: ssl.SSLContext | None = None
    timeout_s: float = 30.0


def _no_pdf(digest: str) -> bytes:
    raise NotFoundError(f"no document {digest}")


class MllpMessenger:
    """Hands HL7 messages over (``center.desk_ports.Messenger``): one at a time, each on its own connection.

    A notice's content is ``message`` (the text), ``control`` (its MSH-10) and, where a PDF belongs in it,
    ``page`` (its digest: the PDF is kept once, and not with every message). The receiver has taken it when
    it says AA or CA for that control id; AE, AR, CE and CR are refusals for now, for receivers refuse so what
    a mended rule or a restarted interface of theirs takes an hour later.
    """

    def __init__(self, receiver: Receiver, pdf: Callable[[str], bytes] = _no_pdf) -> None:
        """``pdf`` reads one by its digest, on another thread."""
        self._receiver = receiver
        self._pdf = pdf
        self._one = asyncio.Lock()

    async def send(self, notice: Notice) -> str:
        """Send it and wait for the acknowledgement; its code and words.

        Raises:
            RefusedError: not taken, for now; for good where it cannot be sent at all.
            DeliveryUnknownError: it was sent, and no acknowledgement of it came.
        """
        told = [notice.content.get(name, "") for name in ("message", "control", "page")]
        text, control, page = (one if isinstance(one, str) else "" for one in told)
        if not text or not control:
            raise RefusedError(FOR_GOOD, "what is to be sent is no HL7 message")
        try:
            if page:
                text = with_page(text, page, await asyncio.to_thread(self._pdf, page))
            block = framed(text.encode())
        except (EinthovenError, OSError) as error:
            raise RefusedError(FOR_NOW, f"the PDF cannot be read: {_words(error)}") from error
        except ValueError as error:
            raise RefusedError(FOR_GOOD, str(error)) from error
        async with self._one:
            return await self._hand_over(block, control)

    async def _hand_over(self, block: bytes, control: str) -> str:
        to = self._receiver
        try:
            async with asyncio.timeout(to.timeout_s):
                reader, writer = await asyncio.open_connection(to.host, to.port, ssl=to.tls)
        except (OSError, TimeoutError, ssl.SSLError) as error:
            raise RefusedError(FOR_NOW, f"no connection: {_words(error)}") from error
        try:
            async with asyncio.timeout(to.timeout_s):
                writer.write(block)
                await writer.drain()
                return await _acknowledgement(reader, control)
        except (OSError, TimeoutError, ssl.SSLError) as error:
            raise DeliveryUnknownError(f"no acknowledgement came: {_words(error)}") from error
        finally:
            writer.close()
            with suppress(OSError, ssl.SSLError, TimeoutError):
                async with asyncio.timeout(to.timeout_s):
                    await writer.wait_closed()


async def _acknowledgement(reader: asyncio.StreamReader, control: str) -> str:
    """Wait for the acknowledgement of one message; those of others are passed over."""
    unframer, came = Unframer(ANSWER_MAX), 0
    while True:
        data = await reader.read(READ)
        came += len(data)
        if not data:
            raise DeliveryUnknownError("the receiver closed the connection without an acknowledgement")
        if came > 4 * ANSWER_MAX:
            raise DeliveryUnknownError("what came is no acknowledgement: too much of it")
        for block in unframer.feed(data):
            try:
                told = acknowledged(hl7v2.parse(block.content))
            except MessageError as error:
                raise DeliveryUnknownError(f"what came is no acknowledgement: {error}") from error
            if told.control != control:
                continue
            words = _plain(f"{told.code} {told.words}")
            if not told.taken:
                raise RefusedError(FOR_NOW, words)
            return words


def _words(error: BaseException) -> str:
    return _plain(str(error)) or type(error).__name__


def _plain(words: str) -> str:
    """Another's words on one line, printable, cut."""
    line = " ".join(words.split())
    return "".join(sign if sign.isprintable() else "?" for sign in line)[:WORDS_MAX]
