"""Files that a site loads: NCCI edits, ICD-10-CM order files, licensed descriptors; made small here."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from einthoven.base.errors import InputError
from einthoven.billing import codes
from einthoven.billing.codes.code import Together, Valid
from einthoven.billing.codes.descriptors import read_descriptors
from einthoven.billing.codes.icd10 import OrderFile, fiscal_year, icd10_valid, pointed, read_order
from einthoven.billing.codes.loaded import Loaded
from einthoven.billing.codes.ptp import PtpFile, quarter_end, read_ptp, through_of

BOOK = codes.shipped()
TITLES = [
    "Titles of the file\t\t\t\t\t\t\n",
    '"Column 1/Column 2 Edits"\n',
    "\n",
    'Column 1\tColumn 2\t"*=in existence\n',
    'prior to 1996"\tEffective Date\tDeletion Date\tModifier\tRationale\n',
]
EDITS = [
    "93224\t93225\t*\t19960101\t*\t0\tmore extensive\r\n",
    "93229\t93226\t\t20110101\t*\t1\tmisuse of column two\r\n",
    "93228\t93227\t\t20110101\t20141231\t0\tmisuse of column two\r\n",
    "93229\t93041\t\t20120101\t20120101\t9\ttaken back\r\n",
    "93799\t99999\t\t20200101\t*\t1\tnot ours in column 2\r\n",
    "99998\t99999\t\t20250401\t*\t1\tnot ours\r\n",
]


def ptp(lines: list[str] | None = None, name: str = "ccipra-v321r0-f1.txt") -> PtpFile:
    return read_ptp(lines or TITLES + EDITS, name, BOOK.codes)


def day(text: str) -> date:
    return date.fromisoformat(text)


# ---- NCCI --------------------------------------------------------------------------------------------------


def test_edits_of_our_codes_are_kept_and_all_are_counted() -> None:
    file = ptp()
    assert (file.rows, len(file.edits), file.low, file.high) == (6, 5, "93224", "99998")
    assert file.through == day("2026-06-30")
    assert file.edits[0].start == day("1996-01-01")
    assert file.edits[2].stop == day("2014-12-31")


@pytest.mark.parametrize(
    ("name", "through"),
    [
        ("ccipra-v170r0.txt", "2011-03-31"),  # CCI 17.0 is of 2011-01-01
        ("ccipra-v321r0-f4.txt", "2026-06-30"),
        ("v323r1", "2026-12-31"),
        ("edits.txt", None),
        ("v324r0", None),
    ],
)
def test_the_quarter_is_in_the_name(name: str, through: str | None) -> None:
    assert through_of(name) == (day(through) if through else None)


def test_without_a_name_a_file_speaks_of_the_quarter_of_its_newest_edit() -> None:
    assert ptp(name="edits.txt").through == day("2025-06-30")


def test_a_csv_of_the_same_columns_is_read() -> None:
    lines = ["Column 1,Column 2,x\n", '93229,93226,,20110101,*,1,"a, b"\n']
    assert ptp(lines).edits[0].rationale == "a, b"


@pytest.mark.parametrize(
    ("code", "other", "on", "answer"),
    [
        ("93229", "93226", "2026-05-01", Together.NOT),  # the guideline stands beside the edit
        ("93224", "93225", "2026-05-01", Together.NEVER),
        ("93228", "93227", "2014-12-31", Together.NEVER),
        ("93229", "93041", "2012-01-01", Together.YES),  # indicator 9 on its only day
        (
            "93229",
            "93041",
            "2026-05-01",
            Together.YES,
        ),  # the edit was taken back; the file goes before memory
        ("93229", "93041", "2026-07-01", Together.NOT),  # after the file's quarter memory is all there is
        ("93271", "93041", "2026-05-01", Together.YES),
        ("93271", "93041", "2026-07-01", Together.UNKNOWN),
    ],
)
def test_a_loaded_quarter_decides_what_goes_together(
    code: str, other: str, on: str, answer: Together
) -> None:
    whole = Loaded(BOOK, (PtpFile("f", ptp().through, "00000", "ZZZZZ", 6, ptp().edits),))
    assert whole.may_not_go_with(code, other, day(on)).answer is answer
    assert whole.may_not_go_with(other, code, day(on)).answer is answer


def test_a_part_of_a_quarter_says_nothing_of_codes_in_other_parts() -> None:
    part = read_ptp(EDITS[:1], "ccipra-v321r0-f1.txt", BOOK.codes)
    told = Loaded(BOOK, (part,)).may_not_go_with("93271", "93041", day("2026-05-01"))
    assert told.answer is Together.UNKNOWN


def test_of_several_quarters_the_newest_counts() -> None:
    old = ptp(["93271\t93041\t\t20200101\t*\t0\told\n"], "ccipra-v320r0-f1.txt")
    new = ptp(["93271\t93041\t\t20200101\t20251231\t0\told\n"], "ccipra-v321r0-f1.txt")
    assert Loaded(BOOK, (new, old)).may_not_go_with("93271", "93041", day("2026-05-01")).why == ()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("93229\t93226\t\t2011\t*\t1\tx\n", "effective date '2011': want YYYYMMDD"),
        ("93229\t93226\t\t20110230\t*\t1\tx\n", "effective date '20110230'"),
        ("93229\t93226\t\t20110101\tnever\t1\tx\n", "deletion date 'never'"),
        ("93229\t93226\t\t20110101\t20101231\t1\tx\n", "deleted 2010-12-31 before it was effective"),
        ("93229\t93226\t\t20110101\t*\t2\tx\n", "modifier indicator '2': want 0, 1 or 9"),
        ("93229\t93226\tyes\t20110101\t*\t1\tx\n", "column 3 is 'yes'"),
        ("93229\t9322\t\t20110101\t*\t1\tx\n", "'93229' and '9322' are no pair"),
        ("93229\t93226\n", "2 columns"),
    ],
)
def test_a_faulty_edit_is_told_with_file_and_line(line: str, told: str) -> None:
    with pytest.raises(InputError) as error:
        ptp([*TITLES, EDITS[0], "\n", line])
    assert str(error.value).startswith(f"ccipra-v321r0-f1.txt:8: {told}")


def test_a_file_without_edits_is_told() -> None:
    for lines in ([], ["<html>\n"] * 100, TITLES):
        with pytest.raises(InputError, match="no edit in"):
            read_ptp(lines, "ccipra.txt", BOOK.codes)


CODE = st.sampled_from([*BOOK.codes, "99998", "00001"])
DAYS = st.dates(date(1996, 1, 1), date(2026, 12, 31))


@given(
    st.lists(st.tuples(CODE, CODE, DAYS, st.none() | DAYS, st.sampled_from("019")), min_size=1, max_size=8)
)
def test_every_edit_that_is_written_is_read_again(
    edits: list[tuple[str, str, date, date | None, str]],
) -> None:
    edits = [
        (a, b, start, stop if stop is None or stop >= start else start, m) for a, b, start, stop, m in edits
    ]
    lines = [
        f"{a}\t{b}\t\t{start:%Y%m%d}\t{stop.strftime('%Y%m%d') if stop else '*'}\t{m}\twhy\n"
        for a, b, start, stop, m in edits
    ]
    file = ptp(lines)
    ours = [one for one in edits if one[0] in BOOK.codes or one[1] in BOOK.codes]
    assert [(one.first, one.second, one.start, one.stop, one.indicator) for one in file.edits] == ours
    assert file.rows == len(edits)
    assert quarter_end(file.through) == file.through


@given(st.lists(st.text('93\t2*0,"x\n', max_size=40), max_size=6))
def test_any_text_is_edits_or_one_line_for_each_fault(lines: list[str]) -> None:
    told = ""
    try:
        ptp([*lines])
    except InputError as error:
        told = str(error)
    assert all(line.startswith("ccipra-v321r0-f1.txt") for line in told.splitlines())


# ---- ICD-10-CM ---------------------------------------------------------------------------------------------


def row(number: int, code: str, flag: int, words: str = "words") -> str:
    return f"{number:05d} {code:<7} {flag} {words:<60} {words}, longer\n"


ROWS_2019 = ["I48", "I480", "I481", "I482", "I489", "I4891", "R55"]
ROWS_2020 = ["I48", "I480", "I481", "I4811", "I4819", "I482", "I4820", "I4821", "I489", "I4891", "R55"]


def order(codes_of: list[str], year: int) -> OrderFile:
    billable = [one for one in codes_of if not any(o != one and o.startswith(one) for o in codes_of)]
    lines = [row(place, one, int(one in billable)) for place, one in enumerate(codes_of, 1)]
    return read_order(lines, f"icd10cm_order_{year}.txt", year)


FILES = (order(ROWS_2019, 2019), order(ROWS_2020, 2020))


def test_an_order_file_is_of_a_fiscal_year() -> None:
    file = FILES[1]
    assert (file.start, file.stop) == (day("2019-10-01"), day("2020-09-30"))
    assert (len(file), file.billable) == (11, 7)
    assert fiscal_year(day("2019-09-30")) == 2019
    assert fiscal_year(day("2019-10-01")) == 2020


@pytest.mark.parametrize(
    ("code", "on", "answer", "instead"),
    [
        # the splits that are known without any file, on either side of their day
        ("I48.1", "2019-09-30", Valid.YES, ""),
        ("I48.1", "2019-10-01", Valid.NO, "I48.11 I48.19"),
        ("I4811", "2019-10-01", Valid.YES, ""),
        ("I48.19", "2019-09-30", Valid.NO, "I48.1"),
        ("I48.2", "2019-10-01", Valid.NO, "I48.20 I48.21"),
        ("i48.20", "2026-01-01", Valid.YES, ""),
        ("I47.1", "2022-09-30", Valid.YES, ""),
        ("I47.1", "2022-10-01", Valid.NO, "I47.10 I47.11 I47.19"),
        ("I47.2", "2022-10-01", Valid.NO, "I47.20 I47.21 I47.29"),
        ("I47.29", "2022-09-30", Valid.NO, "I47.2"),
        ("I47.20", "2022-10-01", Valid.YES, ""),
        # where ICD-10-CM begins
        ("I48.1", "2015-09-30", Valid.NO, ""),
        ("I48.1", "2015-10-01", Valid.YES, ""),
        ("427.31", "2015-09-30", Valid.UNKNOWN, ""),
        ("427.31", "2015-10-01", Valid.NO, ""),
        # everything else is not known without the file
        ("R55", "2026-01-01", Valid.UNKNOWN, ""),
        ("Z79.01", "2020-01-01", Valid.UNKNOWN, ""),
        # no codes at all
        ("hello", "2020-01-01", Valid.NO, ""),
        ("", "2020-01-01", Valid.NO, ""),
        ("I48.12345", "2020-01-01", Valid.NO, ""),
    ],
)
def test_diagnoses_without_files(code: str, on: str, answer: Valid, instead: str) -> None:
    told = icd10_valid(code, day(on))
    assert (told.answer, " ".join(told.instead)) == (answer, instead)
    assert "\n" not in told.words


@pytest.mark.parametrize(
    ("code", "on", "answer", "instead"),
    [
        ("R55", "2019-09-30", Valid.YES, ""),
        ("r55", "2020-01-01", Valid.YES, ""),
        ("I48", "2020-01-01", Valid.NO, "I48.0 I48.11 I48.19 I48.20 I48.21 I48.91"),
        ("I48.1", "2019-09-30", Valid.YES, ""),
        ("I48.1", "2019-10-01", Valid.NO, "I48.11 I48.19"),
        ("I48.11", "2019-09-30", Valid.NO, "I48.1"),
        ("Q99.9", "2020-01-01", Valid.NO, ""),
        ("R55", "2020-10-01", Valid.UNKNOWN, ""),  # a year that is not loaded
        ("R55", "2018-09-30", Valid.UNKNOWN, ""),
        ("R55", "2015-01-01", Valid.NO, ""),
    ],
)
def test_diagnoses_with_files_of_two_years(code: str, on: str, answer: Valid, instead: str) -> None:
    told = icd10_valid(code, day(on), FILES)
    assert (told.answer, " ".join(told.instead)) == (answer, instead)


def test_an_update_in_april_goes_before_the_file_of_october() -> None:
    april = read_order([row(1, "R55", 1), row(2, "U099", 1)], "april.txt", 2020, day("2020-04-01"))
    files = (april, *FILES)
    assert icd10_valid("U09.9", day("2020-03-31"), files).answer is Valid.NO
    assert icd10_valid("U09.9", day("2020-04-01"), files).answer is Valid.YES
    with pytest.raises(InputError, match="not within fiscal year 2020"):
        read_order([], "april.txt", 2020, day("2020-10-01"))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("short\n", "5 characters"),
        ("0000x" + row(1, "R55", 1)[5:], "columns 1-5: '0000x' is no order number"),
        (row(2, "R5.5", 1), "columns 7-13: 'R5.5' is no ICD-10-CM code"),
        (row(2, "r55", 1), "columns 7-13: 'r55'"),
        (row(2, "R55", 7), "column 15: '7'"),
        (row(2, "I480", 1), "I480 stands twice, first in line 1"),
        (row(2, "R55", 1)[:5] + "x" + row(2, "R55", 1)[6:], "columns 6, 14 and 16 must be blank"),
        (row(2, "R55", 1, ""), "columns 17-76: no words"),
    ],
)
def test_a_faulty_row_is_told_with_file_and_line(line: str, told: str) -> None:
    with pytest.raises(InputError) as error:
        read_order([row(1, "I480", 1), line], "order.txt", 2020)
    assert str(error.value).startswith(f"order.txt:2: {told}")


def test_no_more_faults_are_told_than_one_can_read() -> None:
    with pytest.raises(InputError) as error:
        read_order(["nonsense\n"] * 1000, "order.txt", 2020)
    assert len(str(error.value).splitlines()) == 10


ICD = st.from_regex(r"[A-Z][0-9][0-9A-Z][0-9A-Z]{0,4}", fullmatch=True)


@given(st.dictionaries(ICD, st.booleans(), min_size=1, max_size=30), ICD, DAYS)
def test_a_code_is_valid_exactly_where_its_file_says_so(flags: dict[str, bool], asked: str, on: date) -> None:
    lines = [row(place, code, int(flag)) for place, (code, flag) in enumerate(flags.items(), 1)]
    file = read_order(lines, "order.txt", 2020)
    for code, flag in flags.items():
        assert file.flag(pointed(code)) is flag
    assert file.flag(asked) is flags.get(asked)
    told = icd10_valid(asked, day("2020-01-01"), (file,))
    assert (told.answer is Valid.YES) == (flags.get(asked) is True)
    assert icd10_valid(asked, on).words


@given(st.text(max_size=12), DAYS)
def test_any_text_has_an_answer(text: str, on: date) -> None:
    assert "\n" not in icd10_valid(text, on, FILES).words


@given(st.sampled_from(["I48.1", "I48.2", "I47.1", "I47.2"]), st.integers(-2000, 2000))
def test_of_a_split_exactly_one_side_is_valid(code: str, days: int) -> None:
    on = day("2019-10-01") + timedelta(days=days)
    told = icd10_valid(code, on)
    if on < day("2015-10-01"):
        assert told.answer is Valid.NO
    elif told.answer is Valid.NO:
        assert all(icd10_valid(one, on).answer is Valid.YES for one in told.instead)


# ---- descriptors -------------------------------------------------------------------------------------------


def test_licensed_descriptors_are_read_for_our_codes() -> None:
    file = read_descriptors(
        ["\ufeffCode,Descriptor\n", '93229,"licensed, words"\n', "99999,x\n"], "d.csv", BOOK.codes
    )
    assert (file.rows, file.words) == (2, {"93229": "licensed, words"})
    loaded = Loaded(BOOK, descriptors=(file,))
    assert loaded.descriptor("93229") == "licensed, words"
    assert loaded.descriptor("93228") == ""


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["93229\n"], "d.csv:1: want two columns"),
        (["93229,\n"], "d.csv:1: 93229 has no descriptor"),
        (["93229,a\n", "932,a\n"], "d.csv:2: '932' is no code"),
        (["93229,a\n", "93229,b\n"], "d.csv:2: 93229 stands twice, first in line 1"),
        (['93229,"a\n'], "d.csv:1: "),
        ([f"93229,{'a' * 1001}\n"], "d.csv:1: 93229: a descriptor of 1001 characters"),
        ([], "d.csv: holds no descriptor"),
    ],
)
def test_a_faulty_descriptor_is_told_with_file_and_line(lines: list[str], told: str) -> None:
    with pytest.raises(InputError) as error:
        read_descriptors(lines, "d.csv", BOOK.codes)
    assert str(error.value).startswith(told)
