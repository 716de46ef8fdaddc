"""The book of codes: what part C of the facts says of each, read by hand."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from einthoven.base.errors import InputError, NotFoundError
from einthoven.billing import codes
from einthoven.billing.codes.code import MARKS, Mark, Part, Together, Valid, weakest
from einthoven.billing.codes.load import load_codes

BOOK = codes.shipped()
DAYS = st.dates(date(1985, 1, 1), date(2035, 12, 31))
CODES = st.sampled_from(sorted(BOOK.codes))


def day(text: str) -> date:
    return date.fromisoformat(text)


# Part C.1, row by row: code, family, part.
TABLE = """
93012 post-symptom technical      93014 post-symptom professional
G0015 post-symptom technical      G0016 post-symptom professional
G0004 event global                G0005 event hook-up
G0006 event technical             G0007 event professional
S0345 home-station global         S0346 home-station technical       S0347 home-station professional
93799 unlisted unlisted
93228 telemetry professional      93229 telemetry technical
93268 event global                93270 event hook-up
93271 event technical             93272 event professional
93224 holter global               93225 holter hook-up
93226 holter scan                 93227 holter professional
93230 holter global               93231 holter hook-up
93232 holter scan                 93233 holter professional
93235 holter global               93236 holter technical             93237 holter professional
0295T patch global                0296T patch hook-up
0297T patch scan                  0298T patch professional
93241 patch global                93242 patch hook-up
93243 patch scan                  93244 patch professional
93245 patch global                93246 patch hook-up
93247 patch scan                  93248 patch professional
93040 rhythm-strip global         93041 rhythm-strip technical       93042 rhythm-strip professional
"""
ROWS = re.findall(r"(\S+) (\S+) (\S+)", TABLE)


def test_every_code_of_the_facts_is_there_and_no_other() -> None:
    assert {code for code, _, _ in ROWS} == set(BOOK.codes)


@pytest.mark.parametrize(("code", "family", "part"), ROWS)
def test_family_and_part(code: str, family: str, part: str) -> None:
    one = codes.lookup(code)
    assert (one.family, one.part) == (family, part)
    assert one.words
    assert "®" not in one.words


@pytest.mark.parametrize(
    ("code", "on", "answer", "instead"),
    [
        # deleted 2011-01-01, with a reference
        ("93012", "2010-12-31", Valid.YES, ""),
        ("93012", "2011-01-01", Valid.NO, "93268 93270 93271 93272"),
        ("93014", "2026-01-01", Valid.NO, "93268 93272"),
        ("93012", "1989-01-01", Valid.UNKNOWN, ""),
        # telemetry has numbers since 2009
        ("93228", "2008-12-31", Valid.NO, ""),
        ("93228", "2009-01-01", Valid.YES, ""),
        ("93229", "2026-11-23", Valid.YES, ""),
        # other Holters were deleted with 2011
        ("93230", "2010-12-31", Valid.YES, ""),
        ("93233", "2011-01-01", Valid.NO, "93227"),
        ("93237", "2011-01-01", Valid.NO, "93227"),
        ("93224", "2026-11-23", Valid.YES, ""),
        # patches: 2012 to 2020, then by length
        ("0295T", "2011-12-31", Valid.NO, ""),
        ("0295T", "2012-01-01", Valid.YES, ""),
        ("0297T", "2020-12-31", Valid.YES, ""),
        ("0297T", "2021-01-01", Valid.NO, "93243 93247"),
        ("93245", "2020-12-31", Valid.NO, ""),
        ("93245", "2021-01-01", Valid.YES, ""),
        # Medicare's twins, known to the year at best
        ("G0016", "2001-12-31", Valid.YES, ""),
        ("G0016", "2002-06-01", Valid.UNKNOWN, "93014"),
        ("G0016", "2002-12-31", Valid.UNKNOWN, "93014"),
        ("G0016", "2003-01-01", Valid.NO, "93014"),
        ("G0015", "2002-12-31", Valid.YES, ""),
        ("G0015", "2005-01-01", Valid.UNKNOWN, "93012"),
        ("G0004", "2000-01-01", Valid.YES, ""),
        ("G0004", "2003-01-01", Valid.NO, "93268"),
        # private payers: hardly anything is known
        ("S0346", "2002-12-31", Valid.NO, ""),
        ("S0346", "2004-06-01", Valid.UNKNOWN, ""),
        ("S0346", "2026-01-01", Valid.UNKNOWN, ""),
        ("93799", "2008-01-01", Valid.YES, ""),
        ("93271", "2026-11-23", Valid.YES, ""),
        ("93041", "2026-11-23", Valid.YES, ""),
    ],
)
def test_validity_on_a_day(code: str, on: str, answer: Valid, instead: str) -> None:
    told = codes.valid_on(code, day(on))
    assert (told.answer, " ".join(told.instead)) == (answer, instead)
    assert code in told.words
    assert on in told.words


@pytest.mark.parametrize(
    ("code", "on", "mark"),
    [
        ("93012", "2026-01-01", Mark.SURE),  # the deletion notice was not found
        ("93229", "2026-01-01", Mark.SURE),
        ("93230", "2011-06-01", Mark.INFERRED),  # the deletion is sourced, which takes its place is inferred
        ("93224", "2026-01-01", Mark.MEMORY),
        ("S0345", "2010-01-01", Mark.UNSURE),
        ("93271", "2026-01-01", Mark.READ),
    ],
)
def test_an_answer_is_as_sure_as_its_least_sure_fact(code: str, on: str, mark: Mark) -> None:
    assert codes.valid_on(code, day(on)).mark is mark


@pytest.mark.parametrize(
    ("code", "other", "on", "answer"),
    [
        ("93229", "93226", "2012-01-01", Together.NOT),
        ("93226", "93229", "2012-01-01", Together.NOT),
        ("93229", "93224", "2010-12-31", Together.UNKNOWN),
        ("93228", "93227", "2026-01-01", Together.NOT),
        ("93228", "93271", "2012-01-01", Together.NOT),
        ("93229", "93247", "2022-01-01", Together.NOT),
        ("93229", "93041", "2022-01-01", Together.NOT),
        ("93229", "93270", "2020-01-01", Together.NOT),  # hook-up is never billed for telemetry
        ("93229", "0296T", "2016-01-01", Together.NOT),
        ("93268", "93271", "2026-01-01", Together.NEVER),
        ("93224", "93225", "2026-01-01", Together.NEVER),
        ("93228", "93229", "2026-01-01", Together.UNKNOWN),  # the two halves of one service
        ("93271", "93272", "2026-01-01", Together.UNKNOWN),
        ("93799", "93224", "2026-01-01", Together.UNKNOWN),
    ],
)
def test_what_may_not_go_together(code: str, other: str, on: str, answer: Together) -> None:
    told = codes.may_not_go_with(code, other, day(on))
    assert told.answer is answer
    assert bool(told.why) == (answer is not Together.UNKNOWN)


def test_a_policy_bundles_only_while_it_holds() -> None:
    kinds = {each.kind for each in codes.may_not_go_with("93229", "93226", day("2020-01-01")).why}
    assert kinds == {"guideline", "ncci", "policy"}
    kinds = {each.kind for each in codes.may_not_go_with("93229", "93226", day("2023-06-11")).why}
    assert kinds == {"guideline", "ncci"}


@pytest.mark.parametrize(
    ("asked", "near"),
    [("93013", "93012, 93014"), ("93234", "93233, 93235"), ("0299T", "0298T"), ("holter", "93224, 93225")],
)
def test_an_unknown_code_is_told_in_one_line_with_near_ones(asked: str, near: str) -> None:
    with pytest.raises(NotFoundError) as told:
        codes.lookup(asked)
    assert repr(asked) in str(told.value)
    assert near in str(told.value)
    assert "\n" not in str(told.value)


def test_small_letters_and_spaces_do_not_matter() -> None:
    assert codes.lookup(" g0015 ").code == "G0015"


def test_the_three_traps_stand_with_the_family() -> None:
    notes = " ".join(note.words for note in BOOK.families["post-symptom"].notes)
    assert "93012 appears in listings of 2026 as if it were current: it was deleted 2011-01-01" in notes
    assert "the recorder is put on after a symptom" in notes
    assert "One unit in 30 days" in notes


def test_units_and_dates_of_service_of_telemetry() -> None:
    reading, technical = codes.lookup("93228"), codes.lookup("93229")
    for one in (reading, technical):
        assert one.units is not None
        assert (one.units.most, one.units.days) == (1, 30)
    assert reading.service_date is not None
    assert technical.service_date is not None
    assert (reading.service_date.day, reading.service_date.least) == ("reading", 30)
    assert technical.service_date.day == "end"


@given(CODES, DAYS, DAYS)
def test_a_code_begins_once_and_ends_once(code: str, one: date, other: date) -> None:
    """Over time: not valid, not known, valid, not known, not valid; never back."""
    first, later = sorted((one, other))
    before, after = codes.valid_on(code, first), codes.valid_on(code, later)
    if before.answer is Valid.YES:
        assert after.answer is not Valid.NO or BOOK.codes[code].end is not None
    end = BOOK.codes[code].end
    if before.answer is Valid.NO and "last day" in before.words:
        assert after.answer is Valid.NO
    if end is None and before.answer is Valid.YES:
        assert after.answer is Valid.YES


@given(CODES, DAYS)
def test_what_stands_in_the_place_of_a_code_is_valid_the_day_after_or_ended_later(
    code: str, on: date
) -> None:
    for name in codes.valid_on(code, on).instead:
        assert name in BOOK.codes
        assert codes.valid_on(name, on).answer is not Valid.NO or BOOK.codes[name].end is not None


@given(CODES, CODES, DAYS)
def test_a_pair_is_the_same_either_way(code: str, other: str, on: date) -> None:
    one, back = codes.may_not_go_with(code, other, on), codes.may_not_go_with(other, code, on)
    assert one.answer is back.answer
    assert set(one.why) == set(back.why)


@given(st.text(max_size=12))
def test_any_text_is_a_code_or_not_found(text: str) -> None:
    if text.strip().upper() in BOOK.codes:
        assert codes.lookup(text).code == text.strip().upper()
        return
    with pytest.raises(NotFoundError) as told:
        codes.lookup(text)
    assert "\n" not in str(told.value)


@given(CODES)
def test_the_end_day_is_valid_and_the_next_is_not_where_it_is_known_exactly(code: str) -> None:
    end = BOOK.codes[code].end
    if end is not None and end.exact is not None:
        assert codes.valid_on(code, end.exact).answer is Valid.YES
        assert codes.valid_on(code, end.exact + timedelta(days=1)).answer is Valid.NO


def test_marks_have_an_order() -> None:
    assert weakest(*MARKS) is Mark.UNSURE
    assert weakest(Mark.SURE, Mark.READ) is Mark.SURE


# ---- files that are faulty ---------------------------------------------------------------------------------

GOOD = """
[source]
a = "A source"
[[family]]
id = "f"
name = "F"
words = "words"
[[set]]
id = "s"
family = "f"
system = "CPT"
medicare = true
from = { on = "2009-01-01", mark = "S", sources = ["a"] }
to = { on = "2010-01-01", mark = "S" }
[[set.code]]
code = "12345"
part = "global"
words = "own words"
[[set.code]]
code = "12346"
part = "technical"
words = "own words"
replaced_by = { codes = ["12345"], mark = "M" }
[[bundle]]
codes = ["12345"]
with = ["12346"]
kind = "ncci"
scope = "same day"
words = "why"
mark = "S"
"""


def test_a_good_file_is_read() -> None:
    book = load_codes([("codes.toml", GOOD)])
    assert [one.part for one in book.codes.values()] == [Part.GLOBAL, Part.TECHNICAL]


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ('mark = "S", sources', 'mark = "Z", sources', "codes.toml:13: mark = 'Z': want one of"),
        ('sources = ["a"]', 'sources = ["b"]', "codes.toml:13: there is no source 'b'"),
        (
            'from = { on = "2009-01-01"',
            'from = { on = "2009-02-30"',
            "codes.toml:13: on = '2009-02-30': want",
        ),
        (
            'to = { on = "2010-01-01"',
            'to = { on = "2008-01-01"',
            "codes.toml:15: 12345 ends 2008-01-01 before",
        ),
        ('family = "f"', 'family = "g"', "codes.toml:10: there is no family 'g'"),
        ('part = "technical"', 'part = "half"', "codes.toml:21: no such part 'half'"),
        ('code = "12346"', 'code = "12345"', "codes.toml:19: 12345 stands twice, first at codes.toml:15"),
        ('code = "12345"', 'code = "1234"', "codes.toml:16: '1234' is no code"),
        ('codes = ["12345"], mark', 'codes = ["99999"], mark', "codes.toml:23: there is no code '99999'"),
        ('with = ["12346"]', 'with = ["12345"]', "codes.toml:26: a code with itself is no pair"),
        ('kind = "ncci"', 'kind = "other"', "codes.toml:27: kind = 'other': want one of"),
        ("medicare = true", 'medicare = "yes"', "codes.toml:12: medicare: want true or false"),
        ('words = "why"', 'wort = "why"', "codes.toml:29: unknown 'wort'"),
        ('id = "s"', "id = ", "codes.toml:9: Invalid value"),
        ("[[bundle]]", "[bundle]", "codes.toml:24: bundle: want a list of tables"),
    ],
)
def test_a_fault_is_told_with_file_and_line(was: str, becomes: str, told: str) -> None:
    assert was in GOOD
    with pytest.raises(InputError) as error:
        load_codes([("codes.toml", GOOD.replace(was, becomes, 1))])
    assert any(line.startswith(told) for line in str(error.value).splitlines()), str(error.value)


def test_every_fault_is_told_at_once() -> None:
    text = GOOD.replace('part = "technical"', 'part = "half"').replace('kind = "ncci"', 'kind = "x"')
    with pytest.raises(InputError) as error:
        load_codes([("codes.toml", text)])
    assert len(str(error.value).splitlines()) >= 2


@given(st.data())
def test_a_damaged_file_is_refused_with_its_name_or_read(data: st.DataObject) -> None:
    lines = GOOD.splitlines()
    place = data.draw(st.integers(0, len(lines) - 1))
    lines[place] = data.draw(
        st.sampled_from(["", "x = 1", "words = 3", "[[set.code]]", 'rules = ["a"]', "]"])
    )
    told = ""
    try:
        load_codes([("codes.toml", "\n".join(lines))])
    except InputError as error:
        told = str(error)
    assert all(line.startswith("codes.toml") for line in told.splitlines())
