"""``einthoven claim``: what it prints, and one clear line for what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.billing.claims import PROFILE_TEXT, claim
from tests.billing.test_claim_life import REASON, STOPS, Office
from tests.interop.test_x12_835 import WHOLE

from einthoven.base.errors import EinthovenError, InputError
from einthoven.billing.profile import EMPTY, SAMPLE
from einthoven.billing.profile import read as read_profile
from einthoven.bootstrap import claim_command
from einthoven.bootstrap.claim_command import line_of, text_of, told_of
from einthoven.cli_claims import claim as group
from einthoven.interop.x12_835 import read


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(group, list(words), standalone_mode=False)
    if result.exception is not None:
        assert isinstance(result.exception, EinthovenError), result.exception
        return 2, str(result.exception)
    return result.return_value or 0, result.output


def test_a_claim_is_told_in_a_line_and_its_checks_in_order() -> None:
    office = Office()
    number = office.want()
    office.check(number, REASON, STOPS)
    kept = office.book.claim(number)
    assert line_of(kept).startswith("E000001  held         Jane Q Doe  93229 2023-03-30  650.00  2 not met")
    lines = list(text_of(kept))
    assert [one[0] for one in lines[1:]] == ["x", "?"]
    assert claim().patient.name.words in lines[0]


def test_what_a_payer_s_file_says_and_to_which_claim(tmp_path: Path) -> None:
    office = Office()
    office.filed()
    told = "\n".join(told_of(read(WHOLE)[0], office.book))
    assert "835 EFT0042 of MEDICARE CONTRACTOR, 2023-06-01: 512.50" in told
    assert "CO-50 not seen as medically necessary: 600.00" in told
    assert "to E000001" in told
    assert "to no claim: E000002 is no claim of this center" in told
    path = tmp_path / "era.835"
    path.write_text(WHOLE)
    assert run("read", str(path))[1].startswith("835 EFT0042")


def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("hello")
    code, told = run("read", str(path))
    assert (code, told) == (
        2,
        f"{path}: this is no X12 file: it does not begin with an ISA segment of 106 characters",
    )
    assert run("read", str(tmp_path / "none"))[0] == 2
    assert run("list", "--data", str(tmp_path / "nowhere"))[0] == 2


def test_a_file_is_checked(tmp_path: Path) -> None:
    path = tmp_path / "x.837"
    path.write_text("hello")
    code, told = run("check", str(path))
    assert code == 1
    assert str(path) in told


def test_the_sample_of_the_billing_file_is_a_good_one() -> None:
    assert run("billing")[1] == SAMPLE
    held = read_profile(SAMPLE)
    assert (held.billing, held.parts, held.fees) == (EMPTY.billing, EMPTY.parts, EMPTY.fees)


BAD = [
    ('npi = "1234567893"', 'npi = "1234567894"', "provider.npi: 1234567894: the check digit does not fit"),
    ('zip = "75201-1234"', 'zip = "75201"', "provider.zip: '75201': claims want all nine digits"),
    ('93229 = "650.00"', "93229 = 650.0", 'fees.93229: want an amount such as "650.00"'),
    ('tax_id = "12-3456789"', 'tax_id = "12"', "provider.tax_id: '12' is no employer number"),
    ('filing = "MB"', 'filing = "QQ"', "payers.medicare.filing: 'QQ' is none of"),
    ('technical = "12"', 'technical = "home"', "place.technical: 'home' is no place of service"),
    ('name = "Receiving Center"', 'nam = "x"', "provider.nam: is not known"),
    ('parts = ["technical", "professional"]', 'parts = ["global"]', "parts: want a list"),
    ("[fees]", "[fees", "Expected"),
]


@pytest.mark.parametrize(("good", "bad", "words"), BAD)
def test_a_fault_of_the_billing_file_is_told_with_its_line(
    tmp_path: Path, good: str, bad: str, words: str
) -> None:
    path = tmp_path / "billing.toml"
    path.write_text(PROFILE_TEXT.replace(good, bad, 1))
    code, told = run("billing", str(path))
    assert code == 2
    assert words in told
    assert told.startswith(f"{path}:")
    assert "\n" not in told


def test_a_good_billing_file_says_who_bills(tmp_path: Path) -> None:
    path = tmp_path / "billing.toml"
    path.write_text(PROFILE_TEXT)
    assert run("billing", str(path)) == (0, f"{path}: Receiving Center bills technical, professional\n")


def test_a_file_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"x" * 100)
    monkeypatch.setattr(claim_command, "ANSWERS_MAX", 10)
    with pytest.raises(InputError, match="larger than"):
        claim_command.check_file(path)
