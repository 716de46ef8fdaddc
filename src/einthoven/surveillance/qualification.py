"""Who is qualified to watch (R16; L34997, "Provider Qualifications"), why, and since when not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from einthoven.base.instants import Instant, to_iso
from einthoven.base.spans import Span, SpanSet
from einthoven.surveillance.judgement import Judgement, judged
from einthoven.surveillance.roles import Permission, permissions_of
from einthoven.surveillance.staff import Member

RULE = "qualified"


@dataclass(frozen=True, slots=True)
class Recognised:
    """What this center recognises.

    Attributes:
        kinds: of credentials; L34997 names the first four as examples.
        topics: of training, each of which must be current.
    """

    kinds: tuple[str, ...] = ("RN", "EMT", "CCT", "CRAT")
    topics: tuple[str, ...] = ("reading ECGs", "directing a patient in an emergency")


def qualified(member: Member, now: Instant, recognised: Recognised) -> Judgement:
    """Whether somebody may be responsible for patients now: active, in a role that watches, with a current
    recognised credential and every training current.
    """
    wrong = []
    if not member.active:
        wrong.append(f"{member.name} has left")
    if Permission.WATCH_HOLD not in permissions_of(member.roles):
        wrong.append("no role that watches (technician or supervisor)")
    current = [
        one for one in member.credentials if one.kind in recognised.kinds and one.since <= now < one.stop
    ]
    if not current:
        wrong.append(_no_credential(member, now, recognised))
    for topic in recognised.topics:
        if not any(one.topic == topic and one.on <= now < one.expires for one in member.training):
            wrong.append(_no_training(member, topic, now))
    right = [f"{one.kind} {one.number} ({one.issuer}) runs until {to_iso(one.stop)}" for one in current]
    right += [f"trained: {topic}" for topic in recognised.topics]
    return judged(RULE, wrong, right)


def _no_credential(member: Member, now: Instant, recognised: Recognised) -> str:
    for one in sorted(member.credentials, key=lambda each: each.stop, reverse=True):
        if one.kind in recognised.kinds:
            if one.since > now:
                return f"{one.kind} {one.number} counts from {to_iso(one.since)} on"
            what = "was withdrawn" if one.ended is not None and one.ended <= one.expires else "expired"
            return f"{one.kind} {one.number} {what} {to_iso(one.stop)}"
    if member.credentials:
        return f"{member.credentials[-1].kind} is not recognised here (want {', '.join(recognised.kinds)})"
    return f"no credential on file (want {', '.join(recognised.kinds)})"


def _no_training(member: Member, topic: str, now: Instant) -> str:
    past = [one.expires for one in member.training if one.topic == topic and one.expires <= now]
    return f"training {topic!r} expired {to_iso(max(past))}" if past else f"training {topic!r} is not on file"


def qualified_spans(member: Member, recognised: Recognised) -> SpanSet:
    """When papers are in order, as far as they say now: while a recognised credential and each training
    count. Whether somebody is active, and in which role, is not in it.
    """
    good = _union((one.since, one.stop) for one in member.credentials if one.kind in recognised.kinds)
    for topic in recognised.topics:
        trained = _union((one.on, one.expires) for one in member.training if one.topic == topic)
        good = SpanSet(part for span in good for part in trained.within(span.start, span.stop))
    return good


def unqualified_since(member: Member, now: Instant, recognised: Recognised) -> Instant | None:
    """Since when somebody is not qualified, None while they are; for somebody who never was: since the change
    of their roles.
    """
    if qualified(member, now, recognised).ok:
        return None
    spans = qualified_spans(member, recognised)
    since = []
    if not member.active or Permission.WATCH_HOLD not in permissions_of(member.roles):
        since.append(member.changed)
    if not any(span.start <= now < span.stop for span in spans):
        since += [max(span.stop for span in spans if span.stop <= now)] if spans and spans.start < now else []
    return min(since, default=member.changed)


def _union(pairs: Iterable[tuple[Instant, Instant]]) -> SpanSet:
    return SpanSet(Span(start, stop) for start, stop in pairs)
