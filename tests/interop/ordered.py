"""Messages of orders that tests share: one that lacks nothing, and what is put in place of a part of it."""

from __future__ import annotations

from tests.interop.messages import BERLIN

from einthoven.enrollment.order import Order
from einthoven.interop.hl7_ack import header
from einthoven.interop.hl7_order import Asked, orders
from einthoven.interop.hl7v2 import parse

HEAD = (
    "MSH|^~\\&|EPIC|CLINIC|EINTHOVEN|HEART|20231113120000||ORM^O01^ORM_O01|MSG00001|P|2.5.1\r"
    "PID|1||4711^^^CLINIC^MR~999^^^SSA^SS||Quinn^Ada^M||19510403|F|||1 Elm St^^Philadelphia^PA^19103^USA||"
    "^PRN^PH^^1^215^5550101\r"
    "PV1|1|O|CARD^12^^CLINIC\r"
    "IN1|1|MCRB|CMS|MEDICARE|||||||||||||||||||||||||||||||||||||||||||||1EG4TE5MK73\r"
)


def segment(name: str, fields: dict[int, str]) -> str:
    """A segment of its fields by number."""
    return "|".join([name, *(fields.get(at, "") for at in range(1, max(fields) + 1))])


ORDERER = "1234567893^Lind^Rosa^^^Dr.^^^NPI^^^^NPI"
ORC = {
    1: "NW",
    2: "7001^EPIC",
    9: "20231112",
    12: ORDERER,
    14: "^WPN^PH^^1^215^5550199",
    21: "Heart practice",
}
OBR = {1: "1", 2: "7001^EPIC", 4: "93229^MCT 30 days^C4", 27: "^^D30^20231120", 31: "R55^Syncope^I10C"}
LINES = {
    "ORC": segment("ORC", ORC),
    "OBR": segment("OBR", OBR),
    "NTE": "NTE|1||Please call before shipping.",
    "DG1": "DG1|1||R002^Palpitations^I10C|||W",
}
SAID = {
    "indication": "infrequent-symptoms",
    "setting": "home",
    "country": "US",
    "criteria": "practice",
    "orderer.kind": "physician",
    "contact.name": "Ben Quinn",
    "contact.telephone": "+1 215 555 0102",
    "contact.relation": "son",
    "symptom.what": "syncope",
    "symptom.how_often": "twice a month",
    "symptom.severity": "severe",
    "symptom.since": "2023-05",
    "prior_test.kind": "holter",
    "prior_test.on": "20230110",
    "prior_test.result": "sinus rhythm",
    "prior_test.revealing": "N",
    "statements.low_risk": "Y",
    "statements.low_risk.where": "visit note 2023-11-12",
    "statements.screening": "N",
    "signature.name": "Dr. Rosa Lind",
}


def observations(said: dict[str, str]) -> list[str]:
    told = [(name, one) for name, one in said.items() if one]
    return [
        f"OBX|{at}|{'TX' if name.endswith(('words', 'where', 'result')) else 'CE'}|{name}^^99EINT|1|{one}"
        + ("||||||F|||20231112" if name == "signature.name" else "||||||F")
        for at, (name, one) in enumerate(told, 1)
    ]


def orm(said: dict[str, str] | None = None, **lines: str) -> str:
    """The message; ``said`` are other observations, ``lines`` other segments ("" for none of them)."""
    told = {**LINES, **lines}
    body = [one for one in told.values() if one] + observations({**SAID, **(said or {})})
    return HEAD + "\r".join(body) + "\r"


def omg(text: str) -> str:
    """The same order as OMG^O19."""
    return text.replace("ORM^O01^ORM_O01", "OMG^O19^OMG_O19")


def asked(text: str) -> list[Asked]:
    message = parse(text.encode())
    return orders(message, header(message), BERLIN)


def read(text: str, now: int) -> tuple[Order, dict[str, tuple[str, str]]]:
    """The one order of a message, and its faults: path → (place in the message, words)."""
    (one,) = asked(text)
    order, faults = one.said.read(now)
    return order, {fault.where: (fault.origin, fault.words) for fault in faults}
