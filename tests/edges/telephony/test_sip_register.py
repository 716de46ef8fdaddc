"""A PBX that knows us as an extension: a registrar of a few lines, which reckons the digest by itself."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import ipaddress
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import uvloop
from aiosipua import SipMessage, SipRequest
from tests.edges.telephony.board import PATIENCE_S, Board
from tests.edges.telephony.sip_caller import Caller, line
from tests.sim.waiting import until

from einthoven.edges.telephony.sip_line import SipLine
from einthoven.edges.telephony.sip_register import Register

NOBODY = (ipaddress.ip_network("10.0.0.0/8"),)


class Pbx:
    """Hears REGISTER, and says what the test says."""

    def __init__(self) -> None:
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.sock.setblocking(False)
        self.port: int = self.sock.getsockname()[1]
        self._rows: set[str] = set()
        self._peer: tuple[str, int] = ("", 0)

    async def asked(self) -> SipRequest:
        """The next REGISTER that is no repetition."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(PATIENCE_S):
            while True:
                one = SipMessage.parse(await loop.sock_recv(self.sock, 9000))
                if isinstance(one, SipRequest) and (row := one.get_header("CSeq") or "") not in self._rows:
                    self._rows.add(row)
                    self._peer = "127.0.0.1", int((one.get_header("Contact") or "").rpartition(":")[2][:-1])
                    return one

    def says(self, request: SipRequest, status: str, *more: str) -> None:
        kept = [f"{name}: {request.get_header(name)}" for name in ("Via", "From", "Call-ID", "CSeq")]
        to = f"To: {request.get_header('To')};tag=pbx"
        self.sock.sendto("\r\n".join([f"SIP/2.0 {status}", *kept, to, *more, "", ""]).encode(), self._peer)

    def knows(self, request: SipRequest, seconds: int = 300) -> None:
        self.says(request, "200 OK", f"Contact: {request.get_header('Contact')};expires={seconds}")

    @contextlib.asynccontextmanager
    async def obliging(self, request: SipRequest) -> AsyncIterator[None]:
        """It knows who asked, and whoever asks from now on: however late it is heard."""

        async def always(one: SipRequest) -> None:
            while True:
                self.knows(one)
                one = await self.asked()

        task = asyncio.create_task(always(request))
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def play(
    case: Callable[[SipLine, Pbx, Board], Awaitable[None]], again_s: float = 0.05, **how: object
) -> None:
    async def whole() -> None:
        pbx, board = Pbx(), Board()
        to = Register(str(how.pop("host", "127.0.0.1")), pbx.port, "200", "s3cret", again_s=again_s)
        try:
            async with line(board, peers=NOBODY, register=to, **how) as one:
                await case(one, pbx, board)
        finally:
            pbx.sock.close()

    uvloop.run(whole())


async def is_known(one: SipLine, known: int = 1) -> None:
    # The line tells nobody of it but those who look: looked at until it is so.
    await until("the line to hear of it", lambda: one.counts()["registered"] == known)


def right(request: SipRequest, algorithm: str, nonce: str) -> bool:
    """Whether the digest is that of RFC 7616 for the extension's secret."""
    told = dict(re.findall(r'(\w+)="?([^",]+)"?', request.get_header("Authorization") or ""))
    make = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}[algorithm]
    sum_ = lambda text: make(text.encode()).hexdigest()  # noqa: E731
    who, what = sum_("200:pbx:s3cret"), sum_(f"REGISTER:{told['uri']}")
    wanted = sum_(f"{who}:{nonce}:{told['nc']}:{told['cnonce']}:auth:{what}")
    return (told["username"], told["nonce"], told["response"]) == ("200", nonce, wanted)


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
def test_it_answers_the_challenge_and_is_known_and_the_pbx_may_call(algorithm: str) -> None:
    async def case(one: SipLine, pbx: Pbx, board: Board) -> None:
        asked = await pbx.asked()
        assert asked.get_header("To") == "<sip:200@127.0.0.1>"
        assert asked.get_header("Contact") == f"<sip:200@127.0.0.1:{one.port}>"
        assert (one.counts()["registered"], one.trouble()) == (0, "")
        challenge = f'Digest realm="pbx", nonce="n1", qop="auth", algorithm={algorithm}'
        pbx.says(asked, "401 Unauthorized", f"WWW-Authenticate: {challenge}")
        asked = await pbx.asked()
        assert right(asked, algorithm, "n1")
        pbx.knows(asked)
        await is_known(one)
        assert one.trouble() == ""
        caller = Caller(one.port)
        caller.send("INVITE", caller.offer())  # from the address of the PBX, which sip_peers does not name
        await caller.got(180)
        caller.close()

    play(case)


def test_before_what_is_granted_runs_out_it_asks_again_as_the_same_telephone() -> None:
    async def case(one: SipLine, pbx: Pbx, board: Board) -> None:
        first = await pbx.asked()
        pbx.knows(first, 1)
        await is_known(one)
        second = await pbx.asked()
        assert second.call_id == first.call_id
        assert second.cseq is not None
        assert first.cseq is not None
        assert second.cseq.seq > first.cseq.seq
        async with pbx.obliging(second):
            await is_known(one)

    play(case)


def test_what_another_telephone_of_the_extension_was_granted_is_not_ours() -> None:
    async def case(one: SipLine, pbx: Pbx, board: Board) -> None:
        asked = await pbx.asked()
        other = "Contact: <sip:200@127.0.0.9:5060>;expires=9000"
        pbx.says(asked, "200 OK", other, f"Contact: {asked.get_header('Contact')};expires=1")
        again = await pbx.asked()  # after one second, not after nine thousand
        async with pbx.obliging(again):
            await is_known(one)

    play(case)


def test_a_refusal_is_told_and_it_is_tried_again() -> None:
    async def case(one: SipLine, pbx: Pbx, board: Board) -> None:
        pbx.says(await pbx.asked(), "403 Forbidden")
        again = await pbx.asked()
        assert one.trouble() == "not registered: 403 Forbidden"
        assert (one.counts()["registered"], one.counts()["register_failed"]) == (0, 1)
        pbx.knows(again)
        await is_known(one)
        assert one.trouble() == ""

    play(case)


def test_a_wrong_secret_is_no_endless_loop() -> None:
    async def case(one: SipLine, pbx: Pbx, board: Board) -> None:
        for nonce in ("n1", "n2"):
            challenge = f'Digest realm="pbx", nonce="{nonce}", qop="auth"'
            pbx.says(await pbx.asked(), "401 Unauthorized", f"WWW-Authenticate: {challenge}")
        # It waits for its next try and tells nobody that it does: looked at until it is so.
        await until("the refusal", one.trouble)
        assert one.trouble() == "not registered: 401 Unauthorized"

    play(case, again_s=3600.0)


def test_a_pbx_that_grants_no_time_does_not_know_us() -> None:
    """Asked anew at once it would be asked as fast as the network can."""

    async def case(one: SipLine, pbx: Pbx, board: Board) -> None:
        pbx.knows(await pbx.asked(), 0)
        await until("the line to hear of it", one.trouble)
        assert one.trouble() == "not registered: 200 granted no time"

    play(case, again_s=3600.0)


@pytest.mark.parametrize("told", ["-5", "9" * 400, "x", ""])
def test_a_time_that_is_none_does_no_harm(told: str) -> None:
    async def case(one: SipLine, pbx: Pbx, board: Board) -> None:
        asked = await pbx.asked()
        pbx.says(asked, "200 OK", f"Contact: {asked.get_header('Contact')};expires={told}")
        if told != "-5":
            await is_known(one)
        else:
            await until("the line to hear of it", one.trouble)
        assert one.counts()["failed"] == 0

    play(case, again_s=3600.0)


def test_a_pbx_that_does_not_answer_is_told_and_asked_again() -> None:
    async def case(one: SipLine, pbx: Pbx, board: Board) -> None:
        await pbx.asked()
        again = await pbx.asked()
        assert one.trouble() == "not registered: 408 Request Timeout"
        async with pbx.obliging(again):
            await is_known(one)

    play(case, patience_s=0.6)


def test_a_pbx_that_forgets_us_is_told_and_asked_again() -> None:
    async def case(one: SipLine, pbx: Pbx, board: Board) -> None:
        pbx.knows(await pbx.asked(), 1)
        await is_known(one)
        await pbx.asked()  # the refresh, which it does not answer
        again = await pbx.asked()
        assert one.trouble() == "not registered: it ran out"
        async with pbx.obliging(again):
            await is_known(one)
            assert one.trouble() == ""

    play(case)


def test_a_pbx_that_cannot_be_found_ends_nothing() -> None:
    """Its name is of another kind of network than ours; the lookup fails at once, as that of no name does."""

    async def case(one: SipLine, pbx: Pbx, board: Board) -> None:
        await until("the line to hear of it", one.trouble)
        assert one.trouble().startswith("not registered: ::1: ")
        before = one.counts()["register_failed"]
        await until("another try", lambda: one.counts()["register_failed"] > before)

    play(case, host="::1")


def test_at_the_end_it_says_that_it_is_gone() -> None:
    async def whole() -> list[str | None]:
        pbx, board = Pbx(), Board()
        async with line(board, peers=NOBODY, register=Register("127.0.0.1", pbx.port, "200", "x")) as one:
            pbx.knows(await pbx.asked())
            await is_known(one)
            stopping = asyncio.create_task(one.stop())
            gone = await pbx.asked()
            pbx.says(gone, "401 Unauthorized", 'WWW-Authenticate: Digest realm="pbx", nonce="n"')
            proved = await pbx.asked()
            pbx.says(proved, "200 OK")
            await stopping
        pbx.sock.close()
        return [gone.get_header("Expires"), proved.get_header("Expires"), proved.get_header("Authorization")]

    expires, again, proof = asyncio.run(whole())
    assert (expires, again, bool(proof)) == ("0", "0", True)
