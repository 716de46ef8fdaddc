"""Within a call by SIP: hold, timers, races of its end, whose sound counts, what the caller hears."""

from __future__ import annotations

import asyncio
import ipaddress
import socket

import numpy as np
import pytest
from aiortp import RtpPacket
from tests.edges.telephony.board import Board
from tests.edges.telephony.sip_caller import Caller, play

from einthoven.edges.telephony.sip_line import SipLine
from einthoven.telephone import g711


def piece(number: int) -> bytes:
    return bytes([number]) * 160


async def hung_up(board: Board, caller: Caller, why: str = "the caller hung up") -> None:
    caller.send("BYE")
    await caller.got(200)
    await board.until(lambda: board.only.why == why)


# ---- hold, another offer within the call -------------------------------------------------------------------


@pytest.mark.parametrize("way", ["sendonly", "inactive"])
def test_on_hold_nothing_counts_as_the_callers_and_after_it_the_sound_goes_on(way: str) -> None:
    """Music on hold comes over the same port: a strip in it would be nobody's."""

    async def case(one: SipLine, board: Board, caller: Caller) -> None:
        await caller.answered(board)
        caller.sound(0, piece(1))
        await board.until(lambda: board.only.samples == 160)
        caller.send("INVITE", caller.offer(way=way))
        ok = await caller.got(200)
        assert ("a=recvonly" if way == "sendonly" else "a=inactive") in ok.text
        caller.send("ACK", row=2, branch="ACK2")
        for number in (1, 2, 3):
            caller.sound(number, piece(99))
        caller.send("INVITE", caller.offer())
        assert "a=sendrecv" in (await caller.got(200)).text
        caller.send("ACK", row=3, branch="ACK3")
        caller.sound(4, piece(2))
        await hung_up(board, caller)
        assert board.only.timeline() == [1] * 160 + [-1] * 480 + [2] * 160

    play(case)


def test_who_only_speaks_hears_nothing_of_us() -> None:
    async def case(one: SipLine, board: Board, caller: Caller) -> None:
        await caller.answered(board, caller.offer(way="sendonly"))
        board.only.call.speak(np.full(160, 5000, np.int16))
        caller.sound(0, piece(1), clock=0)
        caller.sound(2, piece(1))  # the one between is told as lost after some turns of the line
        await board.until(lambda: board.only.samples == 480 or board.only.lost)
        with pytest.raises(BlockingIOError):
            caller.rtp.recv(2000)

    play(case)


def test_an_offer_within_the_call_that_cannot_be_taken_leaves_it_as_it_was() -> None:
    async def case(one: SipLine, board: Board, caller: Caller) -> None:
        await caller.answered(board)
        for body, status in [(caller.offer("18"), 488), ("v=0\r\nm=audio x RTP/AVP 0\r\n", 400)]:
            caller.send("INVITE", body)
            told = await caller.got(status)
            caller.send("ACK", branch=f"INVITE{caller.row}", row=caller.row)
            assert told.to_addr is not None
        caller.sound(0, piece(7))
        await board.until(lambda: board.only.sound == piece(7))
        await hung_up(board, caller)

    play(case)


def test_the_law_changes_with_the_offer() -> None:
    async def case(one: SipLine, board: Board, caller: Caller) -> None:
        await caller.answered(board, caller.offer("0"))
        caller.sound(0, piece(1))
        await board.until(lambda: board.only.sound)
        assert board.only.law == "mu"
        caller.send("INVITE", caller.offer("8"))
        await caller.got(200)
        caller.send("ACK", row=2, branch="ACK2")
        caller.sound(1, piece(2), kind=8)
        caller.sound(2, piece(3), kind=0)  # what was not agreed on any more is no sound
        await board.until(lambda: board.only.samples == 320)
        assert board.only.law == "a"
        assert one.counts()["broken"] == 1

    play(case)


# ---- session timers (RFC 4028) -----------------------------------------------------------------------------


def test_a_session_timer_is_agreed_on_and_a_short_one_refused() -> None:
    async def case(one: SipLine, board: Board, caller: Caller) -> None:
        caller.send("INVITE", caller.offer(), more="Session-Expires: 30\r\n")
        assert (await caller.got(422)).get_header("Min-SE") == "90"
        caller.send("ACK", row=1, branch="INVITE1")
        caller.call, caller.tag = "c2@pbx", ""
        timer = "Supported: timer\r\nSession-Expires: 120;refresher=uac\r\n"
        ok = await caller.answered(board, more=timer)
        assert ok.get_header("Session-Expires") == "120;refresher=uac"
        assert ok.get_header("Require") == "timer"

    play(case)


def test_who_knows_no_session_timer_is_not_bound_by_one() -> None:
    async def case(one: SipLine, board: Board, caller: Caller) -> None:
        ok = await caller.answered(board)
        assert ok.get_header("Session-Expires") is None

    play(case)


def test_a_caller_whose_line_is_not_refreshed_is_gone_and_that_is_told() -> None:
    async def case(one: SipLine, board: Board, caller: Caller) -> None:
        await caller.answered(board, more="Session-Expires: 1;refresher=uac\r\n")
        caller.sound(0, piece(1))
        await board.until(lambda: board.only.why)
        assert board.only.why == "the caller's line is gone"
        await caller.got("BYE")
        assert one.counts()["open"] == 0

    play(case, session_least_s=1)


def test_where_it_is_ours_to_refresh_we_do() -> None:
    async def case(one: SipLine, board: Board, caller: Caller) -> None:
        more = "Allow: INVITE, ACK, BYE, CANCEL, UPDATE\r\nSession-Expires: 1;refresher=uas\r\n"
        await caller.answered(board, more=more)
        told = await caller.got("UPDATE")
        assert told.get_header("Session-Expires") == "1;refresher=uas"
        assert board.only.why is None

    play(case, session_least_s=1)


# ---- how it ends -------------------------------------------------------------------------------------------


def test_a_bye_while_it_rings_ends_it_and_the_invite_is_answered_too() -> None:
    """A caller may end an early dialog so (RFC 3261, 15); its INVITE must not stay open for ever."""

    async def case(one: SipLine, board: Board, caller: Caller) -> None:
        caller.send("INVITE", caller.offer())
        await caller.got(180)
        caller.tag = await early_tag(one)
        caller.send("BYE")
        seen = [(await caller.got_any()).status_code for _ in range(2)]
        assert sorted(seen) == [200, 487]
        assert board.only.why == "the caller hung up before anybody took the call"
        board.only.call.answer()  # too late, and nothing comes of it
        assert one.counts()["open"] == 0

    play(case)


async def early_tag(one: SipLine) -> str:
    (call,) = one._calls.values()
    return f";tag={call.incoming.dialog.local_tag}"


def test_a_cancel_that_comes_after_the_answer_changes_nothing() -> None:
    async def case(one: SipLine, board: Board, caller: Caller) -> None:
        await caller.answered(board)
        caller.send("CANCEL", row=1, branch="INVITE1")
        await caller.got(200)
        caller.sound(0, piece(1))
        await board.until(lambda: board.only.sound == piece(1))
        assert board.only.why is None

    play(case)


def test_a_cancel_of_no_call_and_a_bye_of_another_dialog_end_nothing() -> None:
    async def case(one: SipLine, board: Board, caller: Caller) -> None:
        await caller.answered(board)
        caller.send("CANCEL", row=1, branch="other")
        await caller.got(481)
        mine, caller.tag = caller.tag, ";tag=guessed"
        caller.send("BYE")
        await caller.got(481)
        caller.tag = mine
        caller.sound(0, piece(1))
        await board.until(lambda: board.only.sound == piece(1))
        await hung_up(board, caller)

    play(case)


def test_both_hang_up_at_once() -> None:
    async def case(one: SipLine, board: Board, caller: Caller) -> None:
        await caller.answered(board)
        board.only.call.hang_up("done")
        caller.send("BYE")
        await caller.got("BYE")
        await caller.got(481)
        assert board.only.why is None  # who hung up knows it

    play(case)


def test_a_bye_that_comes_again_gets_the_same_answer_and_ends_one_call_once() -> None:
    async def case(one: SipLine, board: Board, caller: Caller) -> None:
        await caller.answered(board)
        for _ in range(3):
            caller.send("BYE", row=2)
        answers = [await caller.got(200) for _ in range(3)]
        assert len({bytes(answer) for answer in answers}) == 1
        assert board.only.why == "the caller hung up"

    play(case)


def test_a_call_that_was_given_up_can_be_made_again_with_the_same_words() -> None:
    async def case(one: SipLine, board: Board, caller: Caller) -> None:
        caller.send("INVITE", caller.offer())
        await caller.got(180)
        caller.send("CANCEL", row=1, branch="INVITE1")
        await caller.got(487)
        caller.send("ACK", row=1, branch="INVITE1")
        caller.tag = ""
        caller.send("INVITE", caller.offer())
        await caller.got(180)
        assert len(board.calls) == 2

    play(case)


def test_a_call_that_is_taken_and_hung_up_before_it_was_confirmed_is_ended_at_the_caller_too() -> None:
    async def case(one: SipLine, board: Board, caller: Caller) -> None:
        caller.send("INVITE", caller.offer())
        await caller.got(180)
        board.only.call.answer()
        board.only.call.hang_up("a mistake")
        await caller.got("BYE")

    play(case)


# ---- whose sound counts, and where ours goes ---------------------------------------------------------------


def elsewhere(host: str) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((host, 0))
    return sock


def test_sound_from_another_address_or_port_is_not_taken_into_the_call() -> None:
    async def case(one: SipLine, board: Board, caller: Caller) -> None:
        await caller.answered(board)

        def forged(sock: socket.socket) -> None:
            for number in (1, 2, 3):
                head = bytes([0x80, 0, 0, number]) + (number * 160).to_bytes(4, "big") + b"\0\0\0\7"
                sock.sendto(head + piece(66), caller.media)

        with elsewhere("127.0.0.2") as forger, elsewhere("127.0.0.1") as neighbour:
            forged(forger)  # before the caller's own first word, too
            caller.sound(0, piece(1))
            await board.until(lambda: board.only.samples == 160)
            forged(forger)
            forged(neighbour)
        caller.sound(1, piece(2))
        await hung_up(board, caller)
        assert board.only.sound == piece(1) + piece(2)
        assert one.counts()["strangers"] == 9

    play(case)


def test_behind_nat_the_sound_is_taken_from_where_it_comes_and_ours_goes_there() -> None:
    """The offer names an address of the caller's own network; the signalling came from the PBX."""

    async def case(one: SipLine, board: Board, caller: Caller) -> None:
        await caller.answered(board, caller.offer(host="10.255.255.1"))
        caller.sound(0, piece(1))
        await board.until(lambda: board.only.sound == piece(1))
        packet = RtpPacket.parse(await caller.heard())
        assert packet.payload == b"\xff" * 160

    play(case)


@pytest.mark.parametrize(("formats", "law", "kind"), [("0", "mu", 0), ("8", "a", 8)])
def test_what_is_said_reaches_the_caller_in_order_and_in_their_law(formats: str, law: str, kind: int) -> None:
    said = (np.sin(np.arange(1600) / 5) * 9000).astype(np.int16)

    async def case(one: SipLine, board: Board, caller: Caller) -> None:
        await caller.answered(board, caller.offer(formats))
        for first in range(0, 1600, 130):
            board.only.call.speak(said[first : first + 130])
        packets: list[RtpPacket] = []
        while sum(any(part.payload) and len(set(part.payload)) > 1 for part in packets) < 10:
            packets.append(RtpPacket.parse(await caller.heard()))
        numbers = [part.sequence_number - packets[0].sequence_number & 0xFFFF for part in packets]
        clocks = [part.timestamp - packets[0].timestamp & 0xFFFFFFFF for part in packets]
        assert numbers == list(range(len(packets)))
        assert clocks == [160 * number for number in numbers]
        assert {part.payload_type for part in packets} == {kind}
        assert len({part.ssrc for part in packets}) == 1
        heard = b"".join(part.payload for part in packets if len(set(part.payload)) > 1)
        decoded = g711.decode(heard, law).astype(int)  # type: ignore[arg-type]
        assert np.abs(decoded - said[: len(decoded)]).max() <= 512

    play(case)


def test_a_call_in_a_law_is_told_as_one() -> None:
    async def case(one: SipLine, board: Board, caller: Caller) -> None:
        ok = await caller.answered(board, caller.offer("8 101"))
        assert "RTP/AVP 8 101" in ok.text
        caller.sound(0, piece(5), kind=8)
        await board.until(lambda: board.only.samples == 160)
        assert (board.only.law, board.only.sound) == ("a", piece(5))

    play(case)


# ---- what the line itself says -----------------------------------------------------------------------------


def test_a_caller_over_tcp_who_is_not_named_is_turned_away_at_once() -> None:
    """Connections are few: who may not speak holds none."""

    async def case(one: SipLine, board: Board, caller: Caller) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", one.port)
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()
        assert one.counts()["refused"] == 1

    play(case, peers=(ipaddress.ip_network("10.0.0.0/8"),))


def test_who_must_not_hear_a_bad_port_takes_the_line_with_it() -> None:
    """A Via names port 99999: an answer to it would end the whole socket."""

    async def case(one: SipLine, board: Board, caller: Caller) -> None:
        text = (
            "OPTIONS sip:c@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:99999;branch=z9hG4bKx\r\n"
            "From: <sip:a@b>;tag=a\r\nTo: <sip:c@d>\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\n"
            "Max-Forwards: 70\r\n\r\n"
        )
        caller.sip.sendto(text.encode(), caller.to)
        caller.send("OPTIONS")
        await caller.got(200)
        assert not one.lost

    play(case, run=asyncio.run)  # uvloop sends it to another port
