"""The page on another center has every deed and every reason, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from tests.center.peer_house import PeerHouse, two_houses

from einthoven.base.deeds import Draft
from einthoven.surveillance import peer_book
from einthoven.surveillance.peer_book import PeerBook
from einthoven.surveillance.peer_lending import There

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "another-center.md").read_text()
ROW = re.compile(r"^\| `(peer\.[a-z_]+)` \| ([a-z ]+) \|", re.M)


def test_every_deed_is_on_the_page_with_its_fields() -> None:
    page = {kind: set(fields.split()) for kind, fields in ROW.findall(PAGE)}
    assert page.keys() == PeerBook.KINDS
    boston, denver, wire = two_houses(1)
    boston.lend(1)
    wire.run(60)
    denver.lend(1)
    wire.run(60)
    house: PeerHouse
    for house in (boston, denver):
        distrusted: list[Draft] = peer_book.distrust(house.books.surveil.peers, 1, "the contract ended")
        house.room.desk.commit(distrusted, "console", house.clock.wall())
    done: dict[str, set[str]] = {}
    for house in (boston, denver):
        for deed in house.kept.journal.read_kinds(tuple(PeerBook.KINDS)):
            assert done.setdefault(deed.kind, set(deed.body)) == set(deed.body)
    assert done == page


def test_every_reason_and_every_state_is_on_the_page() -> None:
    sources = [*(ROOT / "src" / "einthoven" / "center").glob("peer_*.py")]
    told = {one for path in sources for one in re.findall(r'RefusedError\(\s*"([a-z_]+)"', path.read_text())}
    rows = re.findall(
        r"^\| ((?:`[a-z_]+` ?)+) \|", PAGE.split("with 403 and the reason")[1].split("##")[0], re.M
    )
    assert told == {one for row in rows for one in re.findall("`([a-z_]+)`", row)}
    assert " ".join(one.value for one in There) in PAGE
