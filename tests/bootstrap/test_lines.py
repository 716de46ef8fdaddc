"""Lines are kept open: one that cannot start is named, tried again, and ends nothing else."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path

import pytest
import uvloop
from tests.edges.telephony.board import PATIENCE_S, Board
from tests.edges.telephony.sip_caller import Caller
from tests.sim.waiting import until

from einthoven.base.errors import InputError
from einthoven.bootstrap.lines import LineKeeper
from einthoven.bootstrap.sip import open_sip
from einthoven.center.call_lines import LineFaults
from einthoven.edges.telephony.sip_line import Plan, SipLine
from einthoven.edges.telephony.sip_sockets import UdpWire
from einthoven.settings import Settings
from einthoven.testing.web import HandClock


@dataclass
class Line:
    """A line that does what the test says: each start takes the next of ``starts``."""

    starts: list[Exception | None] = field(default_factory=list)
    lost: bool = False
    why: str = ""
    stopped: int = 0
    started: asyncio.Event = field(default_factory=asyncio.Event)
    looked: asyncio.Event = field(default_factory=asyncio.Event)

    async def start(self) -> None:
        told = self.starts.pop(0) if self.starts else None
        if told is not None:
            raise told
        self.lost = False
        self.started.set()

    async def stop(self) -> None:
        self.stopped += 1

    def counts(self) -> Mapping[str, int]:
        return {}

    def trouble(self) -> str:
        self.looked.set()
        return self.why


async def again(event: asyncio.Event) -> None:
    """It happens once more, from now on."""
    event.clear()
    async with asyncio.timeout(PATIENCE_S):
        await event.wait()


def keep(line: Line, case: Callable[[LineFaults, HandClock], Awaitable[None]]) -> None:
    async def whole() -> None:
        faults, clock = LineFaults(("sip",)), HandClock()
        keeper = LineKeeper("sip", line, faults, clock, again_s=0.0, look_s=0.0)
        task = asyncio.create_task(keeper.run())
        try:
            await case(faults, clock)
            assert not task.done()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(whole())


def test_a_line_that_cannot_start_is_named_and_tried_until_it_can() -> None:
    line = Line([InputError("sip_listen: in use"), OSError("no network"), ZeroDivisionError("a defect")])

    async def case(faults: LineFaults, clock: HandClock) -> None:
        told: list[str] = []
        while not line.started.is_set():
            told += [one.why for one in faults.faults.values() if one.why not in told]
            await asyncio.sleep(0)
        assert told == ["sip_listen: in use", "no network", "a defect: ZeroDivisionError('a defect')"]
        await again(line.looked)
        await again(line.looked)
        assert faults.faults == {}

    keep(line, case)


def test_a_line_that_is_up_and_takes_no_calls_is_down_until_it_does() -> None:
    line = Line(why="not registered: 403 Forbidden")

    async def case(faults: LineFaults, clock: HandClock) -> None:
        await again(line.looked)
        await again(line.looked)
        clock.move(5)
        assert faults.reasons(clock.wall()) == [
            "telephone: the line sip is down since 5 s: not registered: 403 Forbidden"
        ]
        line.why = ""
        await again(line.looked)
        await again(line.looked)
        assert faults.faults == {}
        assert line.stopped == 0

    keep(line, case)


def test_a_line_that_is_lost_is_stopped_and_started_anew() -> None:
    line = Line()

    async def case(faults: LineFaults, clock: HandClock) -> None:
        await again(line.looked)
        line.lost = True
        await again(line.started)
        assert line.stopped == 1
        await again(line.looked)
        await again(line.looked)
        assert faults.faults == {}

    keep(line, case)


def test_a_port_in_use_is_waited_for_and_the_line_opens_when_it_is_free() -> None:
    """The real line, which a call can come by as soon as the other has left the port."""

    async def whole() -> None:
        other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        board, faults, clock = Board(), LineFaults(("sip",)), HandClock()
        line = SipLine(Plan("127.0.0.1", port, (ip_network("127.0.0.0/8"),), ports=(42100, 42199)), board)
        task = asyncio.create_task(LineKeeper("sip", line, faults, clock, again_s=0.01, look_s=0.01).run())
        try:
            # The keeper tells nobody but the book of faults: looked at until it is there.
            await until("the fault", lambda: faults.faults)
            why = faults.faults["sip"].why
            assert why == f"sip_listen: 127.0.0.1:{port} cannot be listened on: Address already in use"
            other.close()
            await until("the line", lambda: not faults.faults)
            caller = Caller(port)
            caller.send("INVITE", caller.offer())
            await caller.got(180)
            caller.close()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await line.stop()

    asyncio.run(whole())


def test_a_line_whose_socket_is_gone_says_so_and_is_opened_anew() -> None:
    async def whole() -> None:
        board, faults, clock = Board(), LineFaults(("sip",)), HandClock()
        line = SipLine(Plan("127.0.0.1", 0, (ip_network("127.0.0.0/8"),), ports=(42100, 42199)), board)
        keeper = LineKeeper("sip", line, faults, clock, again_s=0.01, look_s=0.01)
        task = asyncio.create_task(keeper.run())
        try:
            # The keeper tells nobody but the book of faults: looked at until it is there.
            await until("the line", lambda: line._agents and line._turns is not None)
            wire = line._agents[0].transport
            assert isinstance(wire, UdpWire)
            assert wire._sock is not None
            wire._sock.abort()
            await until("its loss", lambda: wire.lost)
            await until("another socket", lambda: line._agents and line._agents[0].transport is not wire)
            await until("the line", lambda: not line.lost and not faults.faults and line._turns is not None)
            caller = Caller(line.port)
            caller.send("OPTIONS")
            await caller.got(200)
            caller.close()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await line.stop()

    uvloop.run(whole())


@pytest.mark.parametrize("host", ["192.0.2.7", "2001:db8::7"])
def test_an_address_that_this_machine_does_not_have_is_one_clear_line(host: str) -> None:
    async def whole() -> None:
        with pytest.raises(InputError) as told:
            await SipLine(Plan(host, 5060, ()), Board()).start()
        assert str(told.value).startswith(f"sip_listen: {host}:5060 cannot be listened on: ")
        assert "\n" not in str(told.value)

    asyncio.run(whole())


def test_ports_of_sound_that_are_all_taken_are_named_as_such() -> None:
    async def whole() -> None:
        taken = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        port = 0
        while port % 2 or not port:
            taken.close()
            taken = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]
        line = SipLine(Plan("127.0.0.1", 0, (), ports=(port, port + 1)), Board())
        with pytest.raises(InputError, match=f"rtp_ports: no port is free within {port}-{port + 1}"):
            await line.start()
        taken.close()
        await line.start()  # it may be started again
        await line.stop()

    asyncio.run(whole())


SIP = {"sip_listen": "127.0.0.1:5060"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (SIP | {"sip_listen": "pbx.example.org:5060"}, "sip_listen: want an address, got 'pbx.example.org'"),
        (SIP | {"sip_listen": "127.0.0.1:99999"}, "sip_listen: want host:port"),
        (SIP | {"sip_advertise": "1.2.3"}, "sip_advertise: want an address, got '1.2.3'"),
        (SIP | {"sip_peers": "10.0.0.1, nobody"}, "sip_peers: "),
        (SIP | {"sip_peers": ""}, "sip_peers: names nobody"),
        (SIP | {"rtp_ports": "40000-40000"}, "rtp_ports: want first-last within 1024-65535"),
        (SIP | {"rtp_ports": "80-90"}, "rtp_ports: want first-last within 1024-65535"),
        (SIP | {"sip_register": "pbx"}, "sip_register: wants sip_register_user"),
        (
            SIP | {"sip_register": "pbx", "sip_register_user": "200", "sip_register_secret_file": "none"},
            "sip_register_secret_file: ",
        ),
    ],
)
def test_a_setting_that_is_wrong_is_named_in_one_line(
    given: Mapping[str, str], said: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as told:
        open_sip(Settings.model_validate(given), tmp_path, Board())
    assert str(told.value).startswith(said)
    assert "\n" not in str(told.value)


def test_settings_become_a_line_with_its_secret_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s3cret\n")
    given = SIP | {
        "sip_register": "pbx:5080",
        "sip_register_user": "200",
        "sip_register_secret_file": "secret",
    }
    assert open_sip(Settings.model_validate(given), tmp_path, Board()) is not None
    assert open_sip(Settings(), tmp_path, Board()) is None
