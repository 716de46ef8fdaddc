"""Sessions of the center in any state, and what they answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from einthoven.base.instants import SECOND
from einthoven.base.layout import Layout, Lead
from einthoven.link import codec, frames, identity
from einthoven.link.center_session import CenterSession, Known
from einthoven.link.effects import Counted, Declared, Joined, NeedIdentity, Send
from einthoven.link.ledger import Ledger

NOW = 1_800_000_000 * SECOND
PRIVATE = bytes(range(32))
CENTER = b"c" * 32
LEADS = (Lead("II"), Lead("V1"))
LAYOUT = frames.LayoutFrame(250_000, LEADS, 77)


def known(**changes: object) -> Known:
    facts = Known(
        public_key=identity.public_key(PRIVATE),
        layout=Layout(250.0, LEADS),
        declared=False,
        recording=0,
        origin=None,
        open=True,
        ledger=Ledger(),
        last_event=0,
    )
    return replace(facts, **changes)


def replies(effects: list) -> list[frames.Frame]:
    return [frames.decode(effect.data) for effect in effects if isinstance(effect, Send)]


def kinds(effects: list) -> list[type]:
    return [type(effect) for effect in effects]


def counted(effects: list) -> list[str]:
    return [effect.what for effect in effects if isinstance(effect, Counted)]


def challenged() -> tuple[CenterSession, frames.Challenge]:
    session = CenterSession(7, b"n" * 32, CENTER, NOW)
    (challenge,) = replies(session.open())
    assert challenge == frames.Challenge(b"n" * 32, NOW, CENTER)
    return session, challenge


def hello(challenge: frames.Challenge, **changes: object) -> bytes:
    signed = identity.signed_hello(PRIVATE, challenge, 17, "T-100", b"t" * 32, "fw")
    return frames.encode(replace(signed, **changes))


def welcomed(facts: Known | None = None) -> CenterSession:
    session, challenge = challenged()
    assert session.received(hello(challenge), NOW) == [NeedIdentity("T-100", 17)]
    assert kinds(session.known(facts or known(), NOW)) == [Send, Joined]
    return session


def streaming(facts: Known | None = None, layout: frames.LayoutFrame = LAYOUT) -> CenterSession:
    session = welcomed(facts)
    effects = session.received(frames.encode(layout), NOW)
    assert isinstance(effects[0], Declared)
    return session


def block(start: int, count: int = 250, leads: int = 2, backlog: bool = False) -> bytes:
    samples = np.arange(start * leads, (start + count) * leads).astype(np.int16)
    return codec.pack(start, samples.reshape(count, leads), backlog)
