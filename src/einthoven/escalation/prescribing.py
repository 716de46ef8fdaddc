"""Criteria as prescribed: layers, versions, drafts and signatures (R21).

Layers: the center's table, a practice's template, the patient's own. A version holds every number of the
tiers as they were signed, so that a later template never changes what a physician signed for a patient; and
each layer moves emergent numbers only towards the more sensitive side of the one beneath. A version holds
from an instant on, never before it was signed: findings are judged by what was in force at their onset.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

from einthoven.base.deeds import Deed, Draft, Json
from einthoven.base.errors import FaultsError, InputError, NotFoundError, RefusedError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import Instant
from einthoven.base.thresholds import Threshold, Thresholds, shipped
from einthoven.escalation import signature as signatures
from einthoven.escalation.fields import mapping, numbers, whole, whole_or_none
from einthoven.escalation.moved import MOVED, Moved, moves_of, standing
from einthoven.escalation.rules import FINDINGS, RULE, RULE_VERSION, SYMPTOMS, TECHNICAL
from einthoven.escalation.signature import PRESCRIBES, Signature

PROPOSED, SIGNED, DROPPED = "criteria.proposed", "criteria.signed", "criteria.dropped"
TEMPLATE_PROPOSED, TEMPLATE_SIGNED = "criteria.template_proposed", "criteria.template_signed"
RULES = f"{RULE} {RULE_VERSION}"
FIRST_RULES = f"{RULE} 1"
"""Of forms whose deed does not say."""
LENT = "criteria.lent"
"""Of a patient whom another center lends us: the numbers in force there."""
OVERRIDES_MAX, WHY_MAX, TABLES_MAX = 200, 500, 512


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom criteria are for: a patient's stream, or a practice whose patients have none of their own."""

    stream: StreamId | None = None
    practice: int | None = None

    @property
    def subject(self) -> str:
        """As a deed's subject: ``s000001`` or ``practice 3``."""
        return stream_name(self.stream) if self.stream is not None else f"practice {self.practice}"

    def body(self) -> dict[str, Json]:
        """As fields of a deed."""
        return {"stream": self.stream} if self.stream is not None else {"practice": self.practice}


@dataclass(frozen=True, slots=True)
class Form:
    """A form that is proposed and not yet signed.

    Attributes:
        number, scope: of the draft; whom it is for.
        overrides: the numbers that differ from the layer beneath.
        limits: every number of the tiers, as they would hold.
        practice: the practice; of a patient, None where there is none.
        template: version of the practice's template that it stands on; 0 for none.
        why: in the proposer's words.
        effective: from when on; None for the moment of signing.
        by, at: actor who proposed it, and when.
        rules: name and version of the rows that the numbers are for.
    """

    number: int
    scope: Scope
    overrides: Mapping[str, float]
    limits: Mapping[str, float]
    practice: int | None
    template: int
    why: str
    effective: Instant | None
    by: str
    at: Instant
    rules: str = FIRST_RULES

    def content(self) -> bytes:
        """Exactly what is signed."""
        return signatures.canonical(
            {
                "criteria for": self.scope.subject,
                "draft": self.number,
                "rules": self.rules,
                "template": self.template,
                "why": self.why,
                "effective": self.effective,
                "differs": dict(self.overrides),
                "limits": dict(self.limits),
            }
        )


@dataclass(frozen=True, slots=True)
class Version:
    """Criteria that were signed: version ``number`` of its scope, in force from ``effective`` on."""

    number: int
    form: Form
    effective: Instant
    signature: Signature


@dataclass(frozen=True, slots=True)
class InForce:
    """The criteria of a patient at an instant.

    Attributes:
        table: all numbers.
        layer: ``patient``, ``practice``, ``lent`` (by another center) or ``shipped`` (the center's table).
        version: of that layer; 0 for the center's table, which nobody has signed.
        signed: by whom, or None.
        effective: from when on they hold; 0 for the center's table.
    """

    table: Thresholds
    layer: str
    version: int
    effective: Instant
    signed: Signature | None

    @property
    def words(self) -> str:
        """For the strip that met them: ``patient 2``, ``practice 1``, ``shipped``."""
        return f"{self.layer} {self.version}" if self.version else self.layer


@dataclass
class CriteriaBook:
    """All forms and versions; changes by ``apply`` alone.

    Attributes:
        base: the center's table, on which the layers stand.
        forms: those neither signed nor dropped, by number.
        versions: those signed, by scope, in the order of signing.
        next_form: number of the next draft.
        lent: of patients whom another center lends us: what it calls its criteria, and their numbers.
        moved: streams that are another person's since.
        tables: of versions asked for lately; they follow from the rest.
    """

    KINDS: ClassVar[frozenset[str]] = frozenset(
        {PROPOSED, SIGNED, DROPPED, TEMPLATE_PROPOSED, TEMPLATE_SIGNED, LENT, MOVED}
    )
    base: Thresholds = field(default_factory=shipped)
    forms: dict[int, Form] = field(default_factory=dict)
    versions: dict[Scope, list[Version]] = field(default_factory=dict)
    lent: dict[StreamId, tuple[str, Mapping[str, float]]] = field(default_factory=dict)
    moved: dict[StreamId, list[Moved]] = field(default_factory=dict)
    next_form: int = 1
    tables: dict[tuple[Scope, int], Thresholds] = field(default_factory=dict, compare=False, repr=False)

    def apply(self, deed: Deed) -> None:
        """Take one deed; kinds of others change nothing."""
        if deed.kind in (PROPOSED, TEMPLATE_PROPOSED):
            form = _form(deed)
            self.forms[form.number] = form
            self.next_form = max(self.next_form, form.number + 1)
        elif deed.kind in (SIGNED, TEMPLATE_SIGNED):
            signed = self.forms.pop(whole(deed.body["draft"]))
            version = Version(
                whole(deed.body["version"]),
                signed,
                whole(deed.body["effective"]),
                signatures.from_body(mapping(deed.body["signature"])),
            )
            self.versions.setdefault(signed.scope, []).append(version)
        elif deed.kind == LENT:
            told = str(deed.body["words"]), numbers(deed.body["limits"])
            self.lent[whole(deed.body["stream"])] = told
        elif deed.kind == DROPPED:
            self.forms.pop(whole(deed.body["draft"]), None)
        elif deed.kind == MOVED:
            for stream, one in moves_of(deed, lambda of: len(self._signed(of))).items():
                self.moved.setdefault(stream, []).append(one)

    def _signed(self, stream: StreamId) -> list[Version]:
        return self.versions.get(Scope(stream=stream), [])

    def standing(self, scope: Scope, at: Instant) -> list[Version]:
        """The versions signed for whose a stream is at ``at``, in the order of signing."""
        if scope.stream is None:
            return self.versions.get(scope, [])
        return standing(self._signed, self.moved, scope.stream, at)

    def version_at(self, scope: Scope, at: Instant) -> Version | None:
        """Of the versions in effect at ``at``, the one that was signed last."""
        held = [one for one in self.standing(scope, at) if one.effective <= at]
        return held[-1] if held else None

    def held(self, stream: StreamId, practice: int | None, at: Instant) -> tuple[str, Version | None]:
        """The layer that holds for a patient at ``at``, and its version; None for the center's table."""
        for layer, scope in (("patient", Scope(stream=stream)), ("practice", Scope(practice=practice))):
            version = self.version_at(scope, at) if scope != Scope() else None
            if version is not None:
                return layer, version
        return "shipped", None

    def in_force(self, stream: StreamId, practice: int | None, at: Instant) -> InForce:
        """The criteria of a patient at ``at``: their own, else their practice's, else the center's."""
        layer, version = self.held(stream, practice, at)
        if version is None and stream in self.lent:
            words, limits = self.lent[stream]
            return InForce(with_limits(self.base, limits, f"lent: {words}"), "lent", 0, 0, None)
        if version is None:
            return InForce(self.base, layer, 0, 0, None)
        key = version.form.scope, version.number
        table = self.tables.get(key)
        if table is None:
            if len(self.tables) >= TABLES_MAX:
                self.tables.clear()
            table = with_limits(self.base, version.form.limits, f"{layer} {version.number}")
            self.tables[key] = table
        return InForce(table, layer, version.number, version.effective, version.signature)

    def change_after(self, stream: StreamId, practice: int | None, at: Instant) -> Instant | None:
        """When the criteria of a patient may change next, by what is signed; None: they stay as they are."""
        scopes = [Scope(stream=stream)] + ([] if practice is None else [Scope(practice=practice)])
        versions = (one for scope in scopes for one in self.standing(scope, at))
        return min((one.effective for one in versions if one.effective > at), default=None)

    def behind(self, practice: int, at: Instant) -> list[Version]:
        """Patients' versions that stand on an older template than the practice's: to be looked at anew."""
        template = self.version_at(Scope(practice=practice), at)
        if template is None:
            return []
        found = []
        for scope in self.versions:
            own = self.version_at(scope, at) if scope.stream is not None else None
            if own is not None and 0 < own.form.template < template.number:
                found.append(own)
        return found


def with_limits(base: Thresholds, limits: Mapping[str, float], name: str) -> Thresholds:
    """A table with numbers that were checked when they were signed; unknown ones are left out."""
    entries = {
        key: replace(entry, value=limits[key]) if key in limits else entry
        for key, entry in base.entries.items()
    }
    return replace(base, name=name, entries=entries)


def propose(
    book: CriteriaBook,
    scope: Scope,
    practice: int | None,
    overrides: Mapping[str, object],
    why: str,
    now: Instant,
    effective: Instant | None = None,
) -> list[Draft]:
    """A form for a signer.

    Args:
        book: the book.
        scope: whom it is for.
        practice: the patient's practice, whose template is the layer beneath; None for none.
        overrides: numbers by full key; none at all prescribes the layer beneath as it is.
        why: in words.
        now: center time.
        effective: from when on; None for the moment of signing.

    Raises:
        FaultsError: the form contradicts itself, leaves a range, or makes an emergent number less sensitive;
            every fault in a line.
    """
    faults = []
    if not why.strip() or len(why) > WHY_MAX:
        faults.append(f"why: say why, in 1 to {WHY_MAX} characters")
    if len(overrides) > OVERRIDES_MAX:
        raise FaultsError(f"{len(overrides)} numbers, at most {OVERRIDES_MAX}")
    if effective is not None and effective < now:
        faults.append("effective: criteria hold from now on or later, never from before")
    beneath, template = _beneath(book, scope, practice, now)
    made: Thresholds | None = None
    try:
        made = _changed(beneath, overrides)
    except FaultsError as error:
        faults += str(error).splitlines()
    if faults or made is None:
        raise FaultsError("\n".join(faults))
    body: dict[str, Json] = {
        "draft": book.next_form,
        "overrides": {key: made[key] for key in sorted(overrides)},
        "limits": {key: made[key] for key in sorted(made.entries) if _prescribed(made.entries[key])},
        "practice": practice if scope.stream is not None else scope.practice,
        "template": template,
        "why": why.strip(),
        "effective": effective,
        "rules": RULES,
    }
    if scope.stream is not None:
        return [Draft(PROPOSED, scope.subject, body | {"stream": scope.stream})]
    return [Draft(TEMPLATE_PROPOSED, scope.subject, body)]


def sign(book: CriteriaBook, draft: int, signed: Signature, now: Instant) -> list[Draft]:
    """A form becomes a version.

    Args:
        book: the book.
        draft: number of the form.
        signed: made under ``form.content()`` by somebody who may prescribe; the caller knows who may.
        now: center time.

    Raises:
        NotFoundError: there is no such form (any more).
        RefusedError: the signature is not one under this form (``signature``), means something else
            (``meaning``), or the rows (``rules``) or the template beneath (``template``) changed since.
    """
    form = book.forms.get(draft)
    if form is None:
        raise NotFoundError(f"draft {draft}: there is no such form, or it was signed or dropped")
    checked = signatures.verify(form.content(), signed)
    if not checked.ok:
        raise RefusedError("signature", "; ".join(checked.reasons))
    if signed.meaning != PRESCRIBES:
        raise RefusedError("meaning", f"want: {PRESCRIBES}")
    if form.rules != RULES:
        raise RefusedError("rules", f"the form is for the rows {form.rules}, now {RULES}: propose it anew")
    if form.scope.stream is not None and form.practice is not None:
        template = book.version_at(Scope(practice=form.practice), now)
        if (template.number if template else 0) != form.template:
            raise RefusedError("template", "the practice's template changed since: propose the form anew")
    number = len(book.versions.get(form.scope, ())) + 1
    body: dict[str, Json] = {
        "draft": draft,
        "version": number,
        "effective": max(now, form.effective or now),
        "signature": signed.body(),
        **form.scope.body(),
    }
    kind = SIGNED if form.scope.stream is not None else TEMPLATE_SIGNED
    return [Draft(kind, form.scope.subject, body)]


def drop(book: CriteriaBook, draft: int, why: str) -> list[Draft]:
    """A form that will not be signed; NotFoundError where there is none."""
    form = book.forms.get(draft)
    if form is None:
        raise NotFoundError(f"draft {draft}: there is no such form, or it was signed or dropped")
    return [Draft(DROPPED, form.scope.subject, {"draft": draft, "why": why, **form.scope.body()})]


@dataclass(frozen=True, slots=True)
class Change:
    """One number that differs.

    Attributes:
        key: of the threshold.
        before, after: values.
        unit: of both.
        stricter: whether more is told, or sooner; False when less is.
        words: a sentence.
    """

    key: str
    before: float
    after: float
    unit: str
    stricter: bool
    words: str


def diff(before: Thresholds, after: Thresholds) -> list[Change]:
    """What differs between two tables, in words for the signer; what becomes less sensitive first."""
    changes = []
    for key, entry in after.entries.items():
        old = before.entries.get(key)
        if old is None or old.value == entry.value or not _prescribed(entry):
            continue
        stricter = (entry.value < old.value) == (STRICTER[key] == "lower")
        change = "tells more or sooner" if stricter else "TELLS LESS OR LATER"
        unit = "" if entry.unit == "flag" else f" {entry.unit}"
        shown = _flag if entry.unit == "flag" else _plain
        words = f"{_in_words(key)}: {shown(old.value)}{unit} becomes {shown(entry.value)}{unit}: {change}"
        changes.append(Change(key, old.value, entry.value, entry.unit, stricter, words))
    return sorted(changes, key=lambda change: (change.stricter, change.key))


def late(table: Thresholds, analysis: Thresholds) -> list[str]:
    """What of a patient's criteria the analysis tells only later, since its own table asks for longer."""
    found = []
    for key, awaited in TOLD_FROM.items():
        if table[key] < analysis[awaited]:
            found.append(
                f"{_in_words(key)}: {table[key]:g} s is asked for; it is told from {analysis[awaited]:g} s on"
            )
    for tier in ("urgent", "emergent"):
        key = f"bradycardia.{tier}.rate_bpm"
        if table[key] > analysis[key]:
            found.append(
                f"{_in_words(key)}: {table[key]:g} bpm is asked for; times are measured below "
                f"{analysis[key]:g} bpm, so a slow rate that may have lasted is told"
            )
    return found


TOLD_FROM: dict[str, str] = {
    "bradycardia.urgent.duration_s": "bradycardia.urgent.duration_s",
    "bradycardia.emergent.duration_s": "bradycardia.emergent.duration_s",
    "atrial_fibrillation.urgent.duration_s": "atrial_fibrillation.detect.duration_s",
    "atrial_fibrillation.emergent.duration_s": "atrial_fibrillation.detect.duration_s",
    "svt.urgent.duration_s": "tachycardia.detect.duration_s",
    "svt.emergent.duration_s": "tachycardia.detect.duration_s",
}
"""Times of the tiers, and from which on the analysis tells what they are about (a sudden SVT sooner)."""


def _stricter() -> dict[str, str]:
    """Towards which side each number tells more: by the rows that compare with it."""
    sides: dict[str, str] = {}
    for row in (*FINDINGS, *SYMPTOMS, *TECHNICAL):
        for limit in row.limits:
            if limit.measure != "unmeasured":
                sides[limit.key] = "higher" if limit.compare == "less than" else "lower"
        if row.flag:
            sides[row.flag] = "higher"
    return sides


STRICTER: dict[str, str] = _stricter()
"""``lower`` or ``higher`` for every number of the tiers: which side tells more."""


def _prescribed(entry: Threshold) -> bool:
    """Whether a physician prescribes it: what the analysis makes a finding of is the center's."""
    return entry.tier != "detect"


def _beneath(book: CriteriaBook, scope: Scope, practice: int | None, now: Instant) -> tuple[Thresholds, int]:
    """The layer beneath a scope, and the version of the template if it is one."""
    template = book.version_at(Scope(practice=practice), now) if practice is not None else None
    if scope.stream is None or template is None:
        return book.base, 0
    return with_limits(book.base, template.form.limits, f"practice {template.number}"), template.number


def _changed(beneath: Thresholds, overrides: Mapping[str, object]) -> Thresholds:
    faults = []
    given: dict[str, float] = {}
    for key, value in overrides.items():
        entry = beneath.entries.get(key)
        if entry is not None and not _prescribed(entry):
            faults.append(f"form: {key}: what is found at all is the center's table, not a patient's")
        elif entry is not None and _loosens(entry, value):
            faults.append(
                f"form: {key}: {value:g} {entry.unit}: may only be made more sensitive than {entry.value:g}"
            )
        else:
            given[key] = value  # type: ignore[assignment]  # what is no number is refused below
    try:
        made = beneath.changed(given, "form", "form")
    except InputError as error:
        faults += str(error).splitlines()
    if faults:
        raise FaultsError("\n".join(faults))
    return made


def _loosens(entry: Threshold, value: object) -> bool:
    """Whether an emergent number would become less sensitive than in the layer beneath."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not entry.only:
        return False
    return value > entry.value if entry.only == "lower" else value < entry.value


def _flag(value: float) -> str:
    return "on" if value >= 1 else "off"


def _plain(value: float) -> str:
    return f"{value:g}"


def _in_words(key: str) -> str:
    event, tier, name = key.split(".")
    return f"{event.replace('_', ' ')}, {tier}, {name.replace('_', ' ')}"


def _form(deed: Deed) -> Form:
    body = deed.body
    stream, practice = whole_or_none(body.get("stream")), whole_or_none(body.get("practice"))
    return Form(
        whole(body["draft"]),
        Scope(stream=stream) if stream is not None else Scope(practice=practice),
        numbers(body["overrides"]),
        numbers(body["limits"]),
        practice,
        whole(body["template"]),
        str(body["why"]),
        whole_or_none(body.get("effective")),
        deed.actor,
        deed.at,
        str(body.get("rules", FIRST_RULES)),
    )
