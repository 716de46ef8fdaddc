"""The center's console: a socket in the data folder, for the commands of whoever may write there (R42).

One line of JSON asks, one answers. The folder's rights are the proof: nobody else can reach the socket, so it
needs no secret that could leak, and it works the same whether the pages are served with TLS or not.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final

import structlog

from einthoven.base.errors import EinthovenError

LOG = structlog.get_logger("einthoven.console")
SOCKET: Final = "console.sock"
LINE_MAX: Final = 64 * 1024
WAIT_S: Final = 30.0
Act = Callable[[str, Mapping[str, object]], Awaitable[dict[str, object]]]


class Console:
    """Answers on ``console.sock`` of a folder.

    Args:
        folder: the data folder.
        act: carries one command out.
    """

    def __init__(self, folder: Path, act: Act) -> None:
        self._folder = folder
        self._act = act
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen, in place of what a center that was killed has left there."""
        (self._folder / SOCKET).unlink(missing_ok=True)
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        before = os.umask(0o177)
        try:
            with ShortPath(self._folder) as path:
                listening.bind(path)
        finally:
            os.umask(before)
        self._server = await asyncio.start_unix_server(self._serve, sock=listening, limit=LINE_MAX)

    async def stop(self) -> None:
        """Listen no more; doing it again does nothing."""
        if self._server is not None:
            self._server.close()
            self._server = None
            (self._folder / SOCKET).unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(WAIT_S):
                answer = await self._answer(reader, writer)
                writer.write(json.dumps(answer).encode() + b"\n")
                await writer.drain()
        except (OSError, TimeoutError, ValueError, asyncio.IncompleteReadError) as error:
            LOG.warning("console_broken", error=repr(error))
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> dict[str, object]:
        peer = writer.get_extra_info("socket").getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        if struct.unpack("3i", peer)[1] not in (0, os.geteuid()):
            return {"error": "the console answers the owner of the data folder only"}
        asked = json.loads(await reader.readline())
        if not isinstance(asked, dict) or not isinstance(asked.get("body"), dict):
            return {"error": "want an object with command and body"}
        try:
            return await self._act(str(asked.get("command")), asked["body"])
        except EinthovenError as error:
            return {"error": " ".join(str(error).split())}


class ShortPath:
    """A path of the socket that is short enough for the system, however long the folder's is."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> str:
        self._descriptor = os.open(self._folder, os.O_PATH | os.O_DIRECTORY)
        return f"/proc/self/fd/{self._descriptor}/{SOCKET}"

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)


def asked(folder: Path, command: str, body: Mapping[str, object]) -> dict[str, object] | None:
    """What the center that runs on a folder answers; None where none runs there.

    Raises:
        OSError: it broke off.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as talking:
        talking.settimeout(WAIT_S)
        try:
            with ShortPath(folder) as path:
                talking.connect(path)
        except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError):
            return None
        talking.sendall(json.dumps({"command": command, "body": body}).encode() + b"\n")
        with talking.makefile("rb") as lines:
            line = lines.readline(1 << 20)
    if not line:
        raise OSError(0, "the center broke off", str(folder / SOCKET))
    answer = json.loads(line)
    return answer if isinstance(answer, dict) else {"error": "the center answered with no object"}
