"""Orders by MLLP reach the books and the documents before they are answered; python-hl7 sends them."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import threading
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from hl7.mllp import open_hl7_connection
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.center.order_house import OrderOffice
from tests.interop import posted
from tests.interop.ordered import OBR, ORC, omg, orm, segment

from einthoven.base.errors import InputError, StoreFullError
from einthoven.base.networks import networks
from einthoven.bootstrap import order_intake
from einthoven.bootstrap.hospital import Intake, World
from einthoven.bootstrap.order_intake import OrderIntake, homes_of, names_of
from einthoven.edges.exchange.mllp import MllpServer
from einthoven.edges.store.disk import RealDisk
from einthoven.edges.store.documents import HL7, Documents
from einthoven.enrollment import order_deeds as deeds
from einthoven.enrollment.order_states import State
from einthoven.interop import fhir_order_read, hl7v2
from einthoven.interop.mllp import Block


class Hospital(OrderOffice):
    """A center that takes orders by MLLP."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.papers: Any = Documents(RealDisk(folder))
        self.books = self.house.books
        self.books.on_file = self.papers.has
        self.books.homes = {"EPIC|CLINIC": 1}

    def intake(self) -> Intake:
        desk, clock = self.house.room.desk, self.house.clock
        unused: Any = None
        world = World(desk, self.house.kept, unused, unused, clock, papers=self.papers)
        return Intake(world, "P", UTC, OrderIntake(desk, self.papers, clock, UTC))

    def sends(self, *messages: str) -> list[Any]:
        """What python-hl7's client gets as answers."""

        async def test() -> list[Any]:
            server = MllpServer(self.intake().receive, networks("127.0.0.1"))
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

    def hears(self, text: str) -> tuple[str, str, str]:
        """MSA-1, ORC-1 and ORC-5 of the answer to one message."""
        (told,) = self.sends(text)
        again = hl7v2.parse(str(told).encode())
        return again.get("MSA", 1), again.get("ORC", 1), again.get("ORC", 5)


class Slow:
    """A desk whose journal takes its time."""

    def __init__(self, hospital: Hospital) -> None:
        self.books = hospital.books
        self._desk = hospital.house.room.desk
        self.steps = self._desk.steps
        self.waiting = list[Any]()
        self.came = asyncio.Event()

    def commit(self, drafts: Any, actor: str, now: int, done: Any) -> None:
        self.waiting.append(done)
        self._desk.commit(drafts, actor, now)
        self.came.set()


@pytest.fixture
def hospital(tmp_path: Path) -> Hospital:
    return Hospital(tmp_path)


def control(text: str, code: str, number: str = "2") -> str:
    return text.replace("ORC|NW", f"ORC|{code}").replace("MSG00001", f"MSG0000{number}")


def test_a_whole_order_is_ready_and_the_message_lies_on_file(hospital: Hospital) -> None:
    assert hospital.hears(orm()) == ("AA", "OK", "SC")
    record = hospital.order()
    assert (record.state, record.practice, record.sender) == (State.READY, 1, "EPIC|CLINIC")
    (document,) = record.order.documents
    assert (document.kind, document.name) == ("HL7 message", "ORM^O01 MSG00001")
    assert hospital.papers.read(document.sha256) == (orm().encode(), HL7)
    assert document.sha256 == hashlib.sha256(orm().encode()).hexdigest()
    told = hospital.shown(hospital.physician)
    assert told["source"] == "hl7"
    assert any("Please call before shipping" in one["words"] for one in told["log"])


def test_what_lacks_something_is_held_and_the_sender_hears_what(hospital: Hospital) -> None:
    text = orm({"setting": ""}).replace("1234567893", "1234567890")
    (answer,) = hospital.sends(omg(text))
    again = hl7v2.parse(str(answer).encode())
    assert (again.get("MSH", 9), again.get("MSH", 9, 2)) == ("ORG", "O20")
    assert (again.get("MSA", 1), again.get("ORC", 5)) == ("AA", "HD")
    warnings = [
        (again.get("ERR", 2, of=one), again.get("ERR", 2, 3, of=one), again.get("ERR", 8, of=one))
        for one in range(1, again.count("ERR") + 1)
    ]
    assert warnings[0] == ("ORC", "12", "orderer.npi: 1234567890: the check digit does not fit")
    assert {again.get("ERR", 4, of=one) for one in range(1, again.count("ERR") + 1)} == {"W"}
    assert [one.where for one in hospital.order().missing] == ["orderer.npi", "setting", "payer.state"]
    (row,) = hospital.listed(state="held")["orders"]
    assert row["first"] == {
        "where": "orderer.npi",
        "words": "1234567890: the check digit does not fit",
        "origin": "ORC[1]-12",
    }


def test_the_same_number_makes_no_second_order(hospital: Hospital) -> None:
    text = orm()
    for again in (text, text, text.replace("MSG00001", "MSG00009")):
        assert hospital.hears(again) == ("AA", "OK", "SC")
    assert hospital.order().version == 1
    assert list(hospital.books.orders.orders) == [1]
    assert hospital.hears(control(text.replace("D30", "D14"), "NW")) == ("AA", "OK", "SC")
    assert hospital.order().version == 2
    assert hospital.order().order.days == 14
    assert hospital.order().order.signature is not None


def test_another_sender_has_numbers_of_its_own(hospital: Hospital) -> None:
    hospital.hears(orm())
    assert hospital.hears(orm().replace("|EPIC|CLINIC|", "|OTHER|CLINIC|")) == ("AA", "OK", "SC")
    assert hospital.order(2).practice is None


def test_a_change_is_a_version_and_what_it_leaves_out_stays(hospital: Hospital) -> None:
    hospital.hears(orm())
    short = orm(dict.fromkeys(("setting", "indication", "signature.name"), ""))
    changed = control(short, "XO").replace("D30", "D21")
    assert hospital.hears(changed) == ("AA", "XR", "HD")
    record = hospital.order()
    assert (record.version, record.order.days) == (2, 21)
    assert record.order.setting is not None
    assert record.void is not None
    assert [one.where for one in record.missing] == ["signature"]
    assert [one.name for one in record.order.documents] == ["ORM^O01 MSG00001", "ORM^O01 MSG00002"]


def test_a_cancelled_order_is_withdrawn_and_its_number_is_used_up(hospital: Hospital) -> None:
    hospital.hears(orm())
    orc = segment("ORC", {**ORC, 1: "CA", 16: "^Moved away"})
    assert hospital.hears(control(orm(ORC=orc), "CA")) == ("AA", "CR", "CA")
    record = hospital.order()
    assert record.state is State.WITHDRAWN
    assert record.ended.startswith("cancelled by the ordering system")
    assert "Moved away" in record.ended
    assert hospital.hears(control(orm(), "CA", "3")) == ("AA", "CR", "CA")
    (again,) = hospital.sends(control(orm(), "NW", "4"))
    assert (str(again["MSA"][0][1]), str(again["ERR"][0][3][0][0])) == ("AE", "205")
    assert "send a new number" in str(again["ERR"][0][8])


def test_while_a_service_runs_people_decide(hospital: Hospital) -> None:
    hospital.hears(orm())
    hospital.do(deeds.enroll(hospital.books.orders, 1, 2, 1))
    assert hospital.hears(orm()) == ("AA", "OK", "IP")
    assert hospital.hears(control(orm().replace("D30", "D14"), "XO")) == ("AA", "UX", "IP")
    wish = hospital.order().wish
    assert wish is not None
    assert (wish.what, wish.words) == ("change", "days")
    assert hospital.papers.has(wish.document)
    hospital.must(hospital.enrollment, "order.note", order=1, text="Called: 30 days it is.")
    assert hospital.hears(control(orm(), "CA", "3")) == ("AA", "UC", "IP")
    assert hospital.listed(state="enrolled")["orders"][0]["wish"] == "cancel"
    assert hospital.listed()["counts"]["asked"] == 1


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        (control(orm(), "CA"), "204", "7001^EPIC is no order of yours here"),
        (control(orm(), "XO"), "204", "7001^EPIC is no order of yours here"),
        (orm(ORC=segment("ORC", {**ORC, 1: "SN"})), "103", "ORC[1]-1: 'SN' is not taken"),
        (orm().replace("ORM^O01^ORM_O01", "OML^O21^OML_O21"), "200", "want ADT, ORM, OMG"),
        (orm().replace("|P|2.5.1", "|T|2.5.1"), "202", "MSH[1]-11"),
    ],
)
def test_a_refusal_says_what_and_where_and_keeps_nothing(
    hospital: Hospital, text: str, code: str, words: str
) -> None:
    (answer,) = hospital.sends(text)
    told = hl7v2.parse(str(answer).encode())
    assert told.get("MSA", 1) in ("AE", "AR")
    assert told.get("ERR", 3) == code
    assert words in told.get("ERR", 8)
    assert hospital.books.orders.orders == {}


def test_another_patients_order_is_not_changed_by_its_number(hospital: Hospital) -> None:
    hospital.hears(orm())
    other = orm().replace("Quinn^Ada", "Smith^Bea").replace("4711", "4712")
    (answer,) = hospital.sends(control(other, "XO"))
    told = hl7v2.parse(str(answer).encode())
    assert (told.get("MSA", 1), told.get("ERR", 3)) == ("AE", "205")
    assert "is another patient's order here" in told.get("ERR", 8)
    assert hospital.order().version == 1


def test_one_refused_order_of_a_message_refuses_the_message(hospital: Hospital) -> None:
    unknown = f"{segment('ORC', {**ORC, 1: 'CA', 2: '9'})}\r{segment('OBR', {**OBR, 2: '9'})}\r"
    (answer,) = hospital.sends(orm() + unknown)
    assert str(answer["MSA"][0][1]) == "AE"
    assert hospital.books.orders.orders == {}


def test_papers_within_a_message_lie_on_file(hospital: Hospital) -> None:
    note = b"%PDF-1.7 visit note"
    papers = [
        f"OBX|9{at}|ED|34109-9^Visit note^LN||^AP^PDF^Base64^{base64.b64encode(one).decode()}||||||F"
        for at, one in enumerate((note, b"no PDF"))
    ]
    assert hospital.hears(orm() + "\r".join(papers) + "\r") == ("AA", "OK", "HD")
    record = hospital.order()
    assert [one.name for one in record.order.documents] == ["ORM^O01 MSG00001", "Visit note.pdf"]
    assert hospital.papers.read(hashlib.sha256(note).hexdigest())[0] == note
    assert [(one.where, one.words) for one in record.faults] == [
        ("documents", "Visit note.pdf: is no PDF, PNG or JPEG")
    ]


def test_what_cannot_be_kept_is_not_acknowledged(hospital: Hospital) -> None:
    class Full:
        def put(self, _content: bytes, _what: str) -> str:
            raise StoreFullError("the disk is full")

        def put_message(self, content: bytes) -> str:
            return self.put(content, "")

    hospital.papers = Full()
    (answer,) = hospital.sends(orm())
    assert str(answer["MSA"][0][1]) == "AR"
    assert hospital.books.orders.orders == {}


@pytest.mark.parametrize(("error", "code"), [(None, "AA"), (StoreFullError("the disk is full"), "AR")])
def test_nothing_is_answered_before_it_is_durable(hospital: Hospital, error: Any, code: str) -> None:
    slow = Slow(hospital)
    orders = OrderIntake(slow, hospital.papers, hospital.house.clock, UTC)  # type: ignore[arg-type]
    unused: Any = None
    world = World(unused, unused, unused, unused, hospital.house.clock, papers=hospital.papers)

    async def test() -> bytes | None:
        block = Block(orm().encode())
        task = asyncio.ensure_future(Intake(world, "P", UTC, orders).receive(block, "127.0.0.1"))
        await slow.came.wait()
        for _ in range(10):
            await asyncio.sleep(0)
        assert not task.done()
        slow.waiting[0](error)
        return await task

    told = asyncio.run(test())
    assert told is not None
    assert hl7v2.parse(told).get("MSA", 1) == code


def test_a_cancellation_that_comes_while_it_is_enrolled_waits_and_is_asked_of_people(
    hospital: Hospital,
) -> None:
    assert hospital.hears(orm()) == ("AA", "OK", "SC")
    desk, held = hospital.house.room.desk, list[Any]()

    def apart(write: Any, actor: str, at: int, then: Any) -> None:
        result = hospital.house.kept.unit(write, actor, at)
        held.append(lambda: then(result, None))

    desk.steps.apart = apart
    key = "ab" * 32
    kit = {"transmitter": "T-1", "rate_hz": 250, "leads": ["II"], "public_key": key}
    hospital.must(hospital.enrollment, "kit.add", **kit)
    told: list[Any] = []
    ask = {"order": 1, "transmitter": "T-1"}
    hospital.house.room.act(
        hospital.enrollment, "order.enroll", ask, lambda made, error: told.append(error or made)
    )

    async def test() -> bytes | None:
        block = Block(control(orm(), "CA").encode())
        task = asyncio.ensure_future(hospital.intake().receive(block, "127.0.0.1"))
        done, _ = await asyncio.wait([task], timeout=0.2)
        assert not done, "the order is being enrolled"
        assert hospital.order().state is State.READY
        held.pop()()
        return await task

    answer = asyncio.run(test())
    assert answer is not None
    assert hl7v2.parse(answer).get("ORC", 5) == "IP"
    assert told[0]["stream"] == "s000001"
    record = hospital.order()
    assert (record.state, record.stream) == (State.ENROLLED, 1)
    assert record.wish is not None
    assert record.wish.what == "cancel"


def test_a_message_does_not_wait_for_ever(hospital: Hospital, monkeypatch: pytest.MonkeyPatch) -> None:
    assert hospital.hears(orm()) == ("AA", "OK", "SC")
    monkeypatch.setattr(order_intake, "SETTLED_S", 0.05)
    monkeypatch.setattr(hospital.house.room.desk.steps, "_claimed", {"order 1"})
    assert hospital.hears(control(orm(), "CA"))[0] == "AR"
    assert hospital.order().state is State.READY


def test_a_sender_of_the_enhanced_mode_is_answered_in_it(hospital: Hospital) -> None:
    (answer,) = hospital.sends(orm().replace("|P|2.5.1", "|P|2.5.1|||AL"))
    assert str(answer["MSA"][0][1]) == "CA"
    assert hospital.order().state is State.READY


def test_what_is_posted_is_looked_at_beside_the_event_loop(
    hospital: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = []

    def requested(*told: Any) -> Any:
        threads.append(threading.current_thread())
        return fhir_order_read.requested(*told)

    monkeypatch.setattr(order_intake, "requested", requested)
    intake = OrderIntake(hospital.house.room.desk, hospital.papers, hospital.house.clock, UTC)
    who, given = hospital.physician, posted.request()
    (one,) = asyncio.run(intake.post(who, given, json.dumps(given).encode()))
    assert one.fresh
    assert threads != []
    assert threading.main_thread() not in threads


def test_settings_that_are_wrong_are_named() -> None:
    assert homes_of("1234567893=1, EPIC|CLINIC=2") == {"1234567893": 1, "EPIC|CLINIC": 2}
    names = names_of("MCT30=telemetry", "MCRB = medicare")
    assert names.tests["mct30"] == "telemetry"
    assert names.payers["mcrb"] == "medicare"
    for act, words in [
        (lambda: homes_of("EPIC"), "order_practices: 'EPIC'"),
        (lambda: homes_of("EPIC=one"), "order_practices"),
        (lambda: names_of("MCT30", ""), "order_tests: 'MCT30'"),
        (
            lambda: names_of("MCT30=holter", ""),
            "order_tests: mct30=holter: want one of post-symptom, telemetry",
        ),
        (lambda: names_of("", "="), "order_payers"),
    ]:
        with pytest.raises(InputError, match=words.replace("|", r"\|")):
            act()


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_whatever_comes_is_an_order_or_is_refused_in_words(tmp_path_factory: Any, data: Any) -> None:
    hospital = Hospital(tmp_path_factory.mktemp("papers"))
    raw = orm().encode()
    for _ in range(data.draw(st.integers(1, 3))):
        at, length = data.draw(st.integers(60, len(raw))), data.draw(st.integers(0, 40))
        raw = raw[:at] + data.draw(st.binary(max_size=10)) + raw[at + length :]
    answer = asyncio.run(hospital.intake().receive(Block(raw), "127.0.0.1"))
    assert answer is not None
    told = hl7v2.parse(answer)
    if told.get("MSA", 1) == "AA" and told.get("MSH", 9) in ("ORR", "ORG"):
        record = hospital.order()
        assert hospital.papers.has(record.order.documents[0].sha256)
        assert (record.state is State.HELD) == bool(record.lacks)
    else:
        assert told.get("ERR", 8)
        assert hospital.books.orders.orders == {}
    assert hospital.house.defects == []
