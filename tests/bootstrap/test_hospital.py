"""Signed reports go to a hospital (python-hl7's server) until it has them, or are dead letters at the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC
from pathlib import Path
from typing import Any

import hl7
import pytest
from hl7.mllp import open_hl7_connection, start_hl7_server
from tests.bootstrap.letter_office import Office
from tests.edges.messaging.mail_server import nobody
from tests.interop.messages import ADT, JANE
from tests.sim.waiting import until

from einthoven.base.errors import InputError, NotFoundError, RefusedError, StoreFullError
from einthoven.base.instants import DAY, HOUR, MINUTE
from einthoven.base.networks import networks
from einthoven.bootstrap.hospital import HospitalRun, Intake, World
from einthoven.edges.exchange.mllp import MllpServer, Receiver
from einthoven.interop import hl7v2
from einthoven.interop.mllp import Block
from einthoven.reports import life_deeds as life
from einthoven.review.facts import Tier
from einthoven.settings import Settings


class Lab:
    """Answers as a test says, and keeps what it gets."""

    def __init__(self, *codes: str) -> None:
        self.codes, self.got = list(codes), list[str]()

    async def peer(self, reader: Any, writer: Any) -> None:
        message = await reader.readmessage()
        self.got.append(str(message))
        code = self.codes.pop(0) if self.codes else "AA"
        if code != "cut":
            writer.writemessage(message.create_ack(code))
            await writer.drain()
        writer.close()

    @asynccontextmanager
    async def open(self, office: Office) -> AsyncIterator[None]:
        server = await start_hl7_server(self.peer, "127.0.0.1", office.port, limit=1 << 24, encoding="utf-8")
        office.port = server.sockets[0].getsockname()[1]
        office.messenger._receiver = Receiver("127.0.0.1", office.port)
        try:
            yield
        finally:
            server.close()
            await server.wait_closed()


@pytest.fixture
def office() -> Office:
    return Office()


def test_a_signed_report_is_sent_once_with_its_values_and_its_page(office: Office) -> None:
    lab = Lab()

    async def test() -> None:
        async with lab.open(office):
            assert office.queues() == []  # nothing is signed yet
            office.issues()
            assert office.queues() == [1]
            assert office.queues() == []
            assert await office.tries() == 1
            assert await office.tries() == 0

    asyncio.run(test())
    message = hl7v2.parse(lab.got[0].encode())
    assert message.get("PID", 5) == "Doe"
    assert message.get("OBR", 25) == "F"
    told = {
        message.get("OBX", 3, of=one): message.get("OBX", 5, of=one) for one in range(1, message.count("OBX"))
    }
    assert told["8867-4"] in ("71.5", "41")
    assert told["8601-7"] == "Sinus rhythm with | and ^."
    assert hl7.parse(lab.got[0])["OBX"][message.count("OBX") - 1][5][0][4][0].startswith("JVBERi")
    assert office.delivered() == [(1, "sent", "AA")]


def test_an_addendum_is_sent_as_a_correction_of_the_same_report(office: Office) -> None:
    lab = Lab()

    async def test() -> None:
        async with lab.open(office):
            office.issues()
            office.queues()
            await office.tries()
            office.adds()
            assert office.queues() == [1]
            await office.tries()

    asyncio.run(test())
    first, second = (hl7v2.parse(one.encode()) for one in lab.got)
    assert (first.get("OBR", 3), first.get("OBR", 25)) == (second.get("OBR", 3), "F")
    assert second.get("OBR", 25) == "C"
    assert first.get("MSH", 10) != second.get("MSH", 10)


def test_what_is_refused_or_lost_is_tried_again_with_the_same_control_id(office: Office) -> None:
    lab = Lab("AE", "cut", "AR", "AA")

    async def test() -> None:
        office.issues()
        office.queues()
        with nobody() as port:
            office.messenger._receiver = Receiver("127.0.0.1", port)
            await office.tries()
        async with lab.open(office):
            for _ in range(4):
                office.later(HOUR // 1_000_000_000)
                assert await office.tries() == 1
            office.later(HOUR // 1_000_000_000)
            assert await office.tries() == 0

    asyncio.run(test())
    assert len({hl7v2.parse(one.encode()).get("MSH", 10) for one in lab.got}) == 1
    assert len(lab.got) == 4
    assert office.delivered() == [(1, "sent", "AA")]


def test_after_the_last_try_it_is_a_dead_letter_that_is_told_and_sent_again_by_hand(office: Office) -> None:
    lab = Lab("AE", "AE")

    async def test() -> None:
        async with lab.open(office):
            office.issues()
            office.queues()
            await office.tries()
            assert office.dead() == []
            assert office.letters.letters({}, office.now)["waiting"]
            office.later(25 * 3600)
            await office.tries()
            (letter,) = office.dead()
            assert (letter["id"], letter["report"], letter["attempts"]) == ("hl7-1-1", 1, 2)
            assert letter["said"].startswith("AE")
            office.house.room.desk.turn(office.now)
            with pytest.raises(NotFoundError, match="no dead letter"):
                office.letters.resend({"id": "hl7-9-9"}, office.now)
            assert office.letters.resend({"id": "hl7-1-1"}, office.now) == {"sent": ["hl7-1-1-r2"]}
            assert office.dead() == []
            await office.tries()
            assert office.letters.letters({}, office.now) == {"waiting": [], "dead": []}
            assert office.letters.resend({"id": "all"}, office.now) == {"sent": []}

    asyncio.run(test())
    assert len(lab.got) == 3
    assert len(set(lab.got)) == 1
    assert [state for _, state, _ in office.delivered()] == ["undelivered", "sent"]
    told = [case for case in office.books.triage.cases.open_cases() if case.tier is Tier.TECHNICAL]
    assert any("not delivered" in one.met[0].words for one in told)


def test_a_restart_loses_no_letter_and_doubles_none(office: Office) -> None:
    lab = Lab("AE")

    async def test() -> None:
        async with lab.open(office):
            office.issues()
            office.restart()  # before it was queued
            assert office.queues() == [1]
            office.restart()  # before it was tried
            assert office.queues() == []
            await office.tries()
            office.later(60)
            office.restart()  # between two tries
            assert office.queues() == []
            assert await office.tries() == 1
            office.restart()
            office.later(3600)
            assert (office.queues(), await office.tries()) == ([], 0)

    asyncio.run(test())
    assert len(lab.got) == 2
    assert office.delivered() == [(1, "sent", "AA")]


def test_an_older_edition_never_arrives_behind_a_newer_one(office: Office) -> None:
    lab = Lab("AE", "AE")

    async def test() -> None:
        async with lab.open(office):
            office.issues()
            office.queues()
            await office.tries()  # refused for now
            office.adds()
            office.queues()
            assert await office.tries() == 0  # the addendum waits
            office.later(60)
            assert await office.tries() == 1  # refused again
            office.later(25 * 3600)
            assert (await office.tries(), await office.tries()) == (1, 1)

    asyncio.run(test())
    assert [hl7v2.parse(one.encode()).get("OBR", 25) for one in lab.got] == ["F", "F", "F", "C"]


def test_a_dead_letter_that_a_newer_edition_has_replaced_is_not_sent_again(office: Office) -> None:
    lab = Lab("AE", "AE")

    async def test() -> None:
        async with lab.open(office):
            office.issues()
            office.queues()
            await office.tries()
            office.later(25 * 3600)
            await office.tries()
            office.adds()
            office.queues()
            await office.tries()
            assert [one["id"] for one in office.dead()] == ["hl7-1-1"]
            with pytest.raises(RefusedError, match="a newer edition"):
                office.letters.resend({"id": "hl7-1-1"}, office.now)
            assert office.letters.resend({"id": "all"}, office.now) == {"sent": []}

    asyncio.run(test())
    assert [state for _, state, _ in office.delivered()] == ["undelivered", "sent"]


def test_what_was_issued_long_ago_is_not_sent_by_itself(office: Office) -> None:
    office.issues()
    office.later(8 * DAY // 1_000_000_000)
    assert office.queues() == []


def test_what_cannot_be_made_into_a_message_is_tried_later(office: Office) -> None:
    office.issues()
    number = office.sender.next(office.now)
    assert number == 1
    office.sender.failed(number, office.now)
    assert office.sender.next(office.now) is None
    office.later(MINUTE // 1_000_000_000)
    assert office.sender.next(office.now) == 1


# ---- messages come -----------------------------------------------------------------------------------------


def intake(office: Office) -> Intake:
    facts = office.house.kept
    world = World(office.house.room.desk, facts, office.shelf, office.files, office.house.clock)
    return Intake(world, "P", UTC)


def says(office: Office, *messages: str) -> list[Any]:
    """What python-hl7's client gets as answers."""

    async def test() -> list[Any]:
        server = MllpServer(intake(office).receive, networks("127.0.0.1"))
        await server.start("127.0.0.1", 0)
        reader, writer = await open_hl7_connection("127.0.0.1", server.port, encoding="utf-8")
        told = []
        for text in messages:
            writer.writeblock(text.encode())
            told.append(await reader.readmessage())
        writer.close()
        await writer.wait_closed()
        await server.stop()
        return told

    return asyncio.run(test())


def codes(answers: Sequence[Any]) -> list[str]:
    return [str(one["MSA"][0][1]) for one in answers]


def test_an_admission_is_kept_before_it_is_acknowledged_and_a_repeat_changes_nothing(office: Office) -> None:
    facts = office.house.kept
    patient = facts.unit(lambda unit: unit.add_patient(JANE), "test", office.now)
    old = ADT.replace("Doe^Jane^M^III", "Doe^Jane").replace("20261121", "20231114")
    before = office.house.kept.journal.last()
    assert codes(says(office, old, old)) == ["AA", "AA"]
    assert office.house.kept.journal.last() == before + 1
    known = office.books.hospital.of(patient)
    assert known.stay is not None
    assert known.stay.inside


def test_nothing_is_acknowledged_before_it_is_durable(office: Office) -> None:
    facts, desk = office.house.kept, office.house.room.desk
    facts.unit(lambda unit: unit.add_patient(JANE), "test", office.now)
    text = ADT.replace("Doe^Jane^M^III", "Doe^Jane").replace("20261121", "20231114").encode()
    waiting: list[Any] = []
    append = facts.journal.append

    def later(deeds: Any, outbox: Any, done: Any, tried: Any = ()) -> None:
        waiting.append(lambda error=None: done(error) if error else append(deeds, outbox, done, tried))

    async def test() -> None:
        desk.world.journal.append = later  # type: ignore[method-assign]
        task = asyncio.create_task(intake(office).receive(Block(text), "127.0.0.1"))
        await until("the deed to be written", lambda: waiting)
        for _ in range(20):
            await asyncio.sleep(0)
        assert not task.done()
        waiting.pop(0)()
        assert b"MSA|AA|" in (await task or b"")
        task = asyncio.create_task(intake(office).receive(Block(text.replace(b"MSG0", b"MSG9")), "127.0.0.1"))
        await until("the deed to be written", lambda: waiting)
        waiting.pop(0)(StoreFullError("no room"))
        assert b"MSA|AR|" in (await task or b"")

    asyncio.run(test())


def test_what_is_no_message_or_not_for_us_is_answered_with_its_place(office: Office) -> None:
    told = says(
        office,
        ADT.replace("ADT^A01^ADT_A01", "ORM^O01"),
        ADT.replace("A01", "A99"),
        ADT.replace("|P|2.5.1", "|T|2.5.1"),
        ADT.replace("19500102", "nineteen fifty"),
        "nonsense",
    )
    assert codes(told) == ["AR", "AR", "AR", "AE", "AE"]
    assert "PID[1]-7" in str(told[3]["ERR"][0][8]).replace("\\F\\", "|")


def test_what_cannot_be_kept_is_rejected_so_that_it_comes_again(office: Office) -> None:
    def full(*_: object) -> None:
        raise StoreFullError("no room")

    office.house.kept.unit = full  # type: ignore[method-assign, assignment]
    (told,) = says(office, ADT.replace("19500102", "19200102"))
    assert codes([told]) == ["AR"]
    assert "send it again" in str(told["ERR"][0][8])


# ---- settings ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"hl7_listen": "0.0.0.0:2575"}, "hl7_listen: 0.0.0.0 is beyond this machine"),
        ({"hl7_send": "lab.example:2575"}, "hl7_send: lab.example is beyond this machine"),
        ({"hl7_listen": "127.0.0.1:99999"}, "want host:port"),
        ({"hl7_listen": "127.0.0.1:2575", "hl7_security": "tls"}, "wants hl7_certificate and hl7_key"),
        ({"hl7_listen": "127.0.0.1:2575", "hl7_from": "everywhere"}, "everywhere"),
        ({"hl7_send": "127.0.0.1:2575", "hl7_security": "tls", "hl7_trust": "none.pem"}, "hl7_trust"),
    ],
)
def test_settings_that_would_leave_patients_unprotected_are_refused(
    office: Office, tmp_path: Path, settings: dict[str, Any], words: str
) -> None:
    world = World(office.house.room.desk, office.house.kept, office.shelf, office.files, office.house.clock)
    with pytest.raises(InputError, match=words):
        HospitalRun(world, Settings(**settings), tmp_path)


def test_it_runs_beside_the_desk_and_ends_with_it(office: Office, tmp_path: Path) -> None:
    lab = Lab()

    async def test() -> None:
        async with lab.open(office):
            world = World(
                office.house.room.desk, office.house.kept, office.shelf, office.files, office.house.clock
            )
            settings = Settings(hl7_listen="127.0.0.1:0", hl7_send=f"127.0.0.1:{office.port}")
            run = HospitalRun(world, settings, tmp_path)
            task = asyncio.create_task(run.run())
            assert run.server is not None
            office.issues()
            await until("the report to arrive", lambda: lab.got)
            await until("the receipt", lambda: office.delivered() == [(1, "sent", "AA")])
            reader, writer = await open_hl7_connection("127.0.0.1", run.server.port, encoding="utf-8")
            writer.writeblock(ADT.replace("A01", "A99").encode())
            assert codes([await reader.readmessage()]) == ["AR"]
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            assert await reader.read() == b""
            writer.close()

    asyncio.run(test())


def test_a_report_of_the_wrong_patient_is_withdrawn_from_whoever_got_it_and_from_nobody_else(
    office: Office,
) -> None:
    lab = Lab()

    def misfile() -> None:
        told = life.misfile(office.books.reports, 1, 1, 3, "Doe, Jane", 1)
        office.house.room.desk.commit(told, "center", office.now)
        office.work()

    async def test() -> None:
        async with lab.open(office):
            office.issues()
            office.queues()
            await office.tries()
            misfile()
            assert office.queues() == [1]
            await office.tries()
            assert office.queues() == []

    asyncio.run(test())
    first, second = (hl7.parse(one) for one in lab.got)
    assert str(first["OBR"][0][3]) == str(second["OBR"][0][3])
    assert {str(obx[11]) for obx in first.segments("OBX")} == {"F"}
    assert {str(obx[11]) for obx in second.segments("OBX")} == {"W"}
    assert str(second["OBR"][0][25]) == "C"
    assert "transmitted for Doe, Jane by mistake" in str(second["NTE"][0][3])

    never = Office()
    never.issues()
    told = life.misfile(never.books.reports, 1, 1, 3, "Doe, Jane", 1)
    never.house.room.desk.commit(told, "center", never.now)
    never.work()
    assert never.queues() == []  # what no hospital was sent is withdrawn from none
