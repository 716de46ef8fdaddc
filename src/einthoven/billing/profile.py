"""The center's billing file: who bills, who hands in, who pays, what it costs; all of it optional (R40).

What is not said is missing at the claim, which says so; nothing is made up.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from einthoven.base.errors import EinthovenError, InputError
from einthoven.billing import toml_lines
from einthoven.billing.claim import Billing, ClaimPayer, Facility, Part, PersonName, Provider
from einthoven.enrollment import checks
from einthoven.enrollment.order import Postal

FILING: Final = ("MB", "MA", "MC", "CI", "BL", "HM", "16", "12", "13", "CH", "VA", "WC", "ZZ", "11", "OF")
"""Claim filing indicators (SBR09) that are taken."""
_MONEY = re.compile(r"[0-9]{1,7}(?:\.[0-9]{2})?\Z")
_CODE = re.compile(r"[0-9A-Z]{5}\Z")
REST: Final = ("payers", "fees", "carc", "rarc")


@dataclass(frozen=True, slots=True)
class Submitter:
    """Who hands files in and who takes them in.

    Attributes:
        name, id: of who hands in (ETIN); ``contact``, ``telephone`` whom the receiver asks.
        receiver, receiver_id: the clearinghouse or contractor.
        kind, receiver_kind: qualifiers of both ids in ISA (``ZZ`` mutually agreed).
        test: files are marked as tests.
    """

    name: str = ""
    id: str = ""
    contact: str = ""
    telephone: str = ""
    receiver: str = ""
    receiver_id: str = ""
    kind: str = "ZZ"
    receiver_kind: str = "ZZ"
    test: bool = False


def _no_payers() -> Mapping[str, ClaimPayer]:
    return MappingProxyType({})


def _no_words() -> Mapping[str, str]:
    return MappingProxyType({})


def _no_fees() -> Mapping[str, int]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Profile:
    """The billing file.

    Attributes:
        parts: parts that this center bills; the professional one is often billed by the physician's practice.
        supervising: the supervising physician whom claims name.
        payers: by the center's own name of them.
        fees: cents by code.
        places: place of service of each part, two digits; ``facilities`` what is there, where that is not
            the patient's home.
        signed: since when a signature of who bills is on file (CLM06), ``""``: not said.
        assignments: payer → whether assignment is taken (CLM07): ``A``, ``B`` or ``C``.
        carc, rarc: the site's own words of adjustment reasons and of remarks, by code.
    """

    billing: Billing = field(default_factory=Billing)
    submitter: Submitter = Submitter()
    parts: tuple[Part, ...] = (Part.TECHNICAL,)
    supervising: Provider = field(default_factory=Provider)
    payers: Mapping[str, ClaimPayer] = field(default_factory=_no_payers)
    fees: Mapping[str, int] = field(default_factory=_no_fees)
    places: tuple[str, str] = ("", "")
    facilities: tuple[Facility, Facility] = (Facility(), Facility())
    signed: str = ""
    assignments: Mapping[str, str] = field(default_factory=_no_words)
    carc: Mapping[str, str] = field(default_factory=_no_words)
    rarc: Mapping[str, str] = field(default_factory=_no_words)

    def place(self, part: Part) -> str:
        """Place of service of a part."""
        return self.places[0] if part is Part.TECHNICAL else self.places[1]

    def facility(self, part: Part) -> Facility:
        """Where a part is furnished; an empty one where nobody says, or at the patient's home."""
        if self.place(part) == HOME:
            return Facility()
        return self.facilities[0] if part is Part.TECHNICAL else self.facilities[1]


HOME: Final = "12"
"""Place of service: the patient's home."""
EMPTY: Final = Profile()
SAMPLE: Final = """\
# Billing of this center: save it in the data folder and name it in the setting "billing".
# Whatever is left out is said to be missing at each claim.

parts = ["technical"]            # what this center bills: technical, professional

[provider]                       # who bills
name = ""
npi = ""
tax_id = ""
taxonomy = ""
street = ""
city = ""
state = ""
zip = ""                         # nine digits: 75201-1234
telephone = ""
signed = ""                      # since when a signature is on file that what is claimed is true: 2026-01-02

[supervising]                    # the physician who supervises (cardiology or internal medicine)
last = ""
first = ""
npi = ""
specialty = ""

[submitter]                      # who hands files in, and to whom
name = ""
id = ""
contact = ""
telephone = ""
receiver = ""
receiver_id = ""
test = false                     # true marks files as tests

[place]                          # place of service, two digits
technical = ""
professional = ""

[facility.professional]          # what is there, where it is not the patient's home; facility.technical
same = false                     # true: at the address of who bills
name = ""
npi = ""
street = ""
city = ""
state = ""
zip = ""                         # nine digits

[payers.medicare]                # by the name that orders give the payer
name = ""
number = ""
filing = "MB"                    # MB Medicare part B, CI commercial, MC Medicaid, ...
assignment = ""                  # is what it allows taken as the whole price: A yes, C no

[fees]                           # charge by code
# 93229 = "650.00"

[carc]                           # your own words of adjustment reason codes, and of remarks under [rarc]
# 45 = "..."
"""


def read(text: str, where: str = "billing file") -> Profile:
    """A profile of its file.

    Raises:
        InputError: one line naming the file and the field.
    """
    told = toml_lines.parse(text, where)
    try:
        return _profile(told.content)
    except EinthovenError as error:
        path = str(error).partition(":")[0].split(".")
        raise told.fault(str(error), *path) from error


def _profile(given: Mapping[str, Any]) -> Profile:
    _known(
        "",
        given,
        (*("parts", "provider", "supervising", "submitter", "place", "facility"), *REST),
    )
    parts = given.get("parts", ["technical"])
    if not isinstance(parts, list) or not set(map(str, parts)) <= set(Part) or not parts:
        raise InputError("parts: want a list of technical and professional")
    places = _table("place", given, ("technical", "professional"))
    _table("facility", given, ("technical", "professional"))
    return Profile(
        billing=_provider(given),
        submitter=_submitter(given),
        parts=tuple(Part(one) for one in dict.fromkeys(parts)),
        supervising=_supervising(given),
        payers=MappingProxyType(_payers(given)),
        fees=MappingProxyType(_fees(given)),
        carc=MappingProxyType(_words("carc", given)),
        rarc=MappingProxyType(_words("rarc", given)),
        facilities=(_facility("technical", given), _facility("professional", given)),
        signed=_day("provider.signed", given.get("provider", {}).get("signed", "")),
        assignments=MappingProxyType(_assignments(given)),
        places=(_two_digits("place.technical", places), _two_digits("place.professional", places)),
    )


def _known(where: str, given: object, names: tuple[str, ...]) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise InputError(f"{where}: want a table")
    for key in given:
        if key not in names:
            raise InputError(f"{f'{where}.' if where else ''}{key}: is not known (known: {', '.join(names)})")
    return given


def _table(name: str, given: Mapping[str, Any], names: tuple[str, ...]) -> Mapping[str, Any]:
    return _known(name, given.get(name, {}), names)


def _line(where: str, table: Mapping[str, Any], most: int = 100) -> str:
    return checks.line(where, table.get(where.rpartition(".")[2]), most)


def _npi(where: str, table: Mapping[str, Any]) -> str:
    told = _line(where, table)
    return checks.npi(where, told) if told else ""


def _two_digits(where: str, table: Mapping[str, Any]) -> str:
    told = _line(where, table)
    if told and not (len(told) == 2 and told.isascii() and told.isdigit()):
        raise InputError(f"{where}: {told!r} is no place of service (two digits)")
    return told


def _provider(given: Mapping[str, Any]) -> Billing:
    names = ("name", "npi", "tax_id", "taxonomy", "street", "city", "state", "zip", "telephone", "signed")
    told = _table("provider", given, names)
    tax = _line("provider.tax_id", told)
    if tax and not re.fullmatch(r"[0-9]{2}-?[0-9]{7}", tax):
        raise InputError(f"provider.tax_id: {tax!r} is no employer number (nine digits)")
    zip_ = _line("provider.zip", told)
    if zip_ and not re.fullmatch(r"[0-9]{5}-?[0-9]{4}", zip_):
        raise InputError(f"provider.zip: {zip_!r}: claims want all nine digits")
    state = _line("provider.state", told)
    if state and not re.fullmatch(r"[A-Z]{2}", state):
        raise InputError(f"provider.state: {state!r} is no state (two letters)")
    postal = Postal(_line("provider.street", told), _line("provider.city", told), state, zip_)
    rest = (
        _line("provider.taxonomy", told),
        postal,
        checks.telephone("provider.telephone", told.get("telephone")),
    )
    return Billing(_line("provider.name", told), _npi("provider.npi", told), tax, *rest)


def _day(where: str, told: object) -> str:
    """A date, in quotation marks or not; ``""`` where there is none."""
    try:
        return date.fromisoformat(str(told)).isoformat() if told else ""
    except ValueError:
        raise InputError(f"{where}: {str(told)[:20]!r} is no date (want YYYY-MM-DD)") from None


def _facility(part: str, given: Mapping[str, Any]) -> Facility:
    where = f"facility.{part}"
    names = ("same", "name", "npi", "street", "city", "state", "zip")
    told = _known(where, given.get("facility", {}).get(part, {}), names)
    same = told.get("same", False)
    if not isinstance(same, bool):
        raise InputError(f"{where}.same: want true or false")
    zip_, state = _line(f"{where}.zip", told), _line(f"{where}.state", told)
    if zip_ and not re.fullmatch(r"[0-9]{5}-?[0-9]{4}", zip_):
        raise InputError(f"{where}.zip: {zip_!r}: claims want all nine digits")
    if state and not re.fullmatch(r"[A-Z]{2}", state):
        raise InputError(f"{where}.state: {state!r} is no state (two letters)")
    postal = Postal(_line(f"{where}.street", told), _line(f"{where}.city", told), state, zip_)
    return Facility(_line(f"{where}.name", told), _npi(f"{where}.npi", told), postal, same)


def _assignments(given: Mapping[str, Any]) -> dict[str, str]:
    made = {}
    for key, table in given.get("payers", {}).items():
        told = _line(f"payers.{key}.assignment", table)
        if told not in ("", "A", "B", "C"):
            raise InputError(f"payers.{key}.assignment: {told!r} is none of A, B, C")
        made[key] = told
    return made


def _supervising(given: Mapping[str, Any]) -> Provider:
    told = _table("supervising", given, ("last", "first", "npi", "specialty", "taxonomy"))
    name = PersonName(_line("supervising.last", told), _line("supervising.first", told))
    rest = _line("supervising.taxonomy", told), _line("supervising.specialty", told)
    return Provider(name, _npi("supervising.npi", told), *rest, "US" if name.last else "")


def _submitter(given: Mapping[str, Any]) -> Submitter:
    texts = ("name", "id", "contact", "telephone", "receiver", "receiver_id", "kind", "receiver_kind")
    told = _table("submitter", given, (*texts, "test"))
    made = {name: _line(f"submitter.{name}", told) for name in texts}
    for name in ("id", "receiver_id"):
        if len(made[name]) > 15:
            raise InputError(f"submitter.{name}: longer than 15 characters")
    for name in ("kind", "receiver_kind"):
        made[name] = made[name] or "ZZ"
        if not re.fullmatch(r"[0-9A-Z]{2}", made[name]):
            raise InputError(f"submitter.{name}: {made[name]!r} is no qualifier (two characters)")
    test = told.get("test", False)
    if not isinstance(test, bool):
        raise InputError("submitter.test: want true or false")
    return Submitter(**made, test=test)


def _payers(given: Mapping[str, Any]) -> dict[str, ClaimPayer]:
    made = {}
    payers = given.get("payers", {})
    if not isinstance(payers, Mapping):
        raise InputError("payers: want tables")
    for key, table in payers.items():
        told = _known(f"payers.{key}", table, ("name", "number", "filing", "assignment"))
        filing = _line(f"payers.{key}.filing", told) or "CI"
        if filing not in FILING:
            raise InputError(f"payers.{key}.filing: {filing!r} is none of {', '.join(FILING)}")
        made[key] = ClaimPayer(
            key, _line(f"payers.{key}.name", told), _line(f"payers.{key}.number", told), filing
        )
    return made


def _words(name: str, given: Mapping[str, Any]) -> dict[str, str]:
    table = given.get(name, {})
    if not isinstance(table, Mapping):
        raise InputError(f"{name}: want a table of words by code")
    return {code: checks.line(f"{name}.{code}", words, 500) for code, words in table.items()}


def _fees(given: Mapping[str, Any]) -> dict[str, int]:
    fees = given.get("fees", {})
    if not isinstance(fees, Mapping):
        raise InputError("fees: want a table")
    made = {}
    for code, fee in fees.items():
        if not _CODE.match(code):
            raise InputError(f"fees.{code}: is no code (five characters)")
        if not isinstance(fee, str) or not _MONEY.match(fee):
            raise InputError(f'fees.{code}: want an amount such as "650.00", in quotation marks')
        whole, _, part = fee.partition(".")
        made[code] = int(whole) * 100 + int(part or 0)
    return made
