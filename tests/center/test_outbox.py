"""The outbox: when a message is tried, what is kept of a try, and what two tries have in common."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from einthoven.base.deeds import Draft, numbered
from einthoven.base.errors import DeliveryUnknownError, RefusedError, StoreError, UnfitError
from einthoven.base.instants import HOUR, MINUTE, SECOND
from einthoven.center.desk_ports import FOR_GOOD, FOR_NOW, Done, Notice, Posted, Posting, Tried
from einthoven.center.outbox import RECORD_AGAIN, TOGETHER, Answer, Outbox, Retry, judge
from einthoven.testing.facts import MemoryFacts
from einthoven.testing.journal_suite import NOON, notice


class Script:
    """A messenger that does what it is told to, message by message."""

    def __init__(self, *answers: str | Exception) -> None:
        self.answers = list(answers)
        self.got: list[Notice] = []

    async def send(self, notice: Notice) -> str:
        self.got.append(notice)
        answer = self.answers.pop(0) if self.answers else "250 ok"
        if isinstance(answer, Exception):
            raise answer
        return answer


class Scene:
    """A journal, an outbox, a messenger, and the time."""

    def __init__(self, *answers: str | Exception, messages: int = 1) -> None:
        self.facts = MemoryFacts()
        self.now = NOON
        self.messenger = Script(*answers)
        self.outbox = self.restarted()
        letters = [notice(f"n-{number}") for number in range(1, messages + 1)]
        self.facts.journal.append([], letters, lambda error: None)

    def restarted(self) -> Outbox:
        return Outbox(self.facts.journal, {"email": self.messenger}, self.settle)

    def settle(self, draft: Draft, tried: Tried, done: Done) -> None:
        deeds = numbered([draft], self.facts.journal.last(), "center", self.now)
        self.facts.journal.append(deeds, [], done, [tried])

    def look(self) -> list[str]:
        """Try all that is due; the ids."""
        due = self.outbox.due(self.now)
        for posted in due:
            asyncio.run(self.outbox.send(posted, lambda: self.now))
        return [posted.notice.id for posted in due]

    def state(self, id_: str = "n-1") -> Posted:
        found = self.facts.journal.posted(id_)
        assert found is not None
        return found

    def kinds(self) -> list[str]:
        return [deed.kind for deed in self.facts.journal.read()]


def test_a_message_that_is_taken_is_told_as_a_deed_and_never_sent_again() -> None:
    scene = Scene("250 queued as 5")
    assert scene.look() == ["n-1"]
    (deed,) = scene.facts.journal.read()
    assert (deed.kind, deed.subject, deed.actor) == ("notice.sent", "notice n-1", "center")
    assert deed.body == {
        "id": "n-1",
        "channel": "email",
        "to": "dr@example.org",
        "attempts": 1,
        "receipt": "250 queued as 5",
    }
    assert scene.state() == Posted(notice(), Posting.SENT, 1, None, "250 queued as 5")
    scene.now += 10 * HOUR
    assert scene.look() == []


def test_waits_grow_until_a_message_is_taken() -> None:
    scene = Scene(
        RefusedError(FOR_NOW, "450 later"), DeliveryUnknownError("lost"), RefusedError(FOR_NOW, "451 no")
    )
    waits = []
    while scene.state().state is not Posting.SENT:
        begun = scene.now
        assert scene.look() == ["n-1"]
        due = scene.state().next_at
        if due is None:
            break
        scene.now = due - 1
        assert scene.look() == []
        scene.now = due
        waits.append(due - begun)
    assert waits == [15 * SECOND, 30 * SECOND, 60 * SECOND]
    assert scene.kinds() == ["notice.failed"] * 3 + ["notice.sent"]
    assert [deed.body.get("known") for deed in scene.facts.journal.read()] == [True, False, True, None]
    assert {letter.id for letter in scene.messenger.got} == {"n-1"}
    assert len(scene.messenger.got) == 4


def test_what_is_refused_for_good_is_given_up_at_once() -> None:
    scene = Scene(RefusedError(FOR_GOOD, "550 no such user"))
    scene.look()
    (deed,) = scene.facts.journal.read()
    assert (deed.kind, deed.body["receipt"], deed.body["next_at"]) == (
        "notice.given_up",
        "550 no such user",
        None,
    )
    assert scene.state().state is Posting.GIVEN_UP
    scene.now += 10 * HOUR
    assert scene.look() == []


def test_what_is_never_taken_is_given_up_when_it_is_too_old() -> None:
    scene = Scene(*[RefusedError(FOR_NOW, "450 later")] * 99)
    tries = 0
    while (due := scene.state().next_at) is not None:
        scene.now = due
        tries += len(scene.look())
    assert scene.kinds() == ["notice.failed"] * (tries - 1) + ["notice.given_up"]
    assert 6 * HOUR <= scene.now - NOON < 6 * HOUR + 15 * MINUTE
    assert 20 < tries < 40


def test_a_channel_that_is_not_set_up_is_told_and_tried_again() -> None:
    scene = Scene()
    scene.facts.journal.append([], [Notice("w-1", "webhook", "https://x", {}, NOON)], lambda error: None)
    scene.look()
    assert scene.state("w-1").state is Posting.FAILED
    assert scene.state("w-1").receipt == "no way to send by webhook is set up"


def test_an_error_that_nobody_foresaw_is_counted_and_tried_again() -> None:
    scene = Scene(ZeroDivisionError("oh"))
    scene.look()
    assert (scene.outbox.defects, scene.state().state) == (1, Posting.FAILED)
    assert scene.state().receipt == "ZeroDivisionError: oh"


def test_a_crash_between_try_and_record_sends_the_same_id_again() -> None:
    scene = Scene()

    def crash(_draft: Draft, _tried: Tried, _done: Done) -> None:
        raise KeyboardInterrupt

    outbox = Outbox(scene.facts.journal, {"email": scene.messenger}, crash)
    (posted,) = outbox.due(scene.now)
    with pytest.raises(KeyboardInterrupt):
        asyncio.run(outbox.send(posted, lambda: scene.now))
    scene.outbox = scene.restarted()
    scene.look()
    first, second = scene.messenger.got
    assert first == second
    assert scene.kinds() == ["notice.sent"]


def test_what_a_full_disk_does_not_take_is_recorded_later_and_not_sent_again() -> None:
    scene = Scene()
    scene.facts.failing = StoreError("no room")
    assert scene.look() == ["n-1"]
    scene.now += RECORD_AGAIN - 1
    assert (scene.look(), scene.outbox.unrecorded) == ([], 1)
    scene.now += RECORD_AGAIN
    assert (scene.look(), scene.outbox.unrecorded) == ([], 1)
    scene.facts.failing = None
    scene.now += RECORD_AGAIN
    assert (scene.look(), scene.outbox.unrecorded) == ([], 0)
    assert (scene.state().state, scene.kinds(), len(scene.messenger.got)) == (
        Posting.SENT,
        ["notice.sent"],
        1,
    )


def test_while_a_record_is_on_its_way_it_is_not_handed_over_twice() -> None:
    scene, waiting = Scene(), []

    def slow(_draft: Draft, _tried: Tried, done: Done) -> None:
        waiting.append(done)

    scene.outbox = Outbox(scene.facts.journal, {"email": scene.messenger}, slow)
    scene.look()
    scene.now += HOUR
    assert (scene.look(), len(waiting)) == ([], 1)
    waiting[0](StoreError("no room"))
    assert (scene.look(), len(waiting)) == ([], 2)


def test_what_can_never_be_recorded_is_sent_again_later_and_not_at_once() -> None:
    scene = Scene()

    def unfit(_draft: Draft, _tried: Tried, done: Done) -> None:
        done(UnfitError("does not follow"))

    scene.outbox = Outbox(scene.facts.journal, {"email": scene.messenger}, unfit)
    assert scene.look() == ["n-1"]
    scene.now += 15 * SECOND - 1
    assert scene.look() == []
    scene.now += 1
    assert scene.look() == ["n-1"]


def test_only_so_many_are_on_their_way_and_none_twice() -> None:
    scene = Scene(messages=TOGETHER + 3)
    first = scene.outbox.due(scene.now)
    assert len(first) == TOGETHER
    assert scene.outbox.due(scene.now) == []
    asyncio.run(scene.outbox.send(first[0], lambda: scene.now))
    (next_one,) = scene.outbox.due(scene.now)
    assert next_one.notice.id not in {posted.notice.id for posted in first}


def test_one_that_is_broken_off_is_due_again() -> None:
    scene = Scene()

    class Hanging:
        async def send(self, notice: Notice) -> str:
            await asyncio.Event().wait()
            return ""

    outbox = Outbox(scene.facts.journal, {"email": Hanging()}, scene.settle)

    async def broken_off() -> None:
        (posted,) = outbox.due(scene.now)
        task = asyncio.get_running_loop().create_task(outbox.send(posted, lambda: scene.now))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(broken_off())
    assert len(outbox.due(scene.now)) == 1
    assert scene.kinds() == []


answers = st.builds(
    Answer, taken=st.booleans(), lasting=st.booleans(), known=st.booleans(), words=st.text(max_size=5)
)


@given(answer=answers, attempts=st.integers(0, 200), age=st.integers(0, 8 * HOUR))
def test_every_try_is_told_and_settled_exactly_where_nothing_is_tried_again(
    answer: Answer, attempts: int, age: int
) -> None:
    posted, retry = Posted(notice(), Posting.FAILED, attempts, NOON, ""), Retry()
    draft, tried = judge(posted, answer, NOON + age, retry)
    assert (tried.next_at is None) == tried.state.settled
    assert (draft.kind == "notice.sent") == (tried.state is Posting.SENT) == answer.taken
    assert (draft.kind == "notice.given_up") == (tried.state is Posting.GIVEN_UP)
    assert tried.state is not Posting.GIVEN_UP or answer.lasting or age >= retry.age
    assert (tried.attempts, draft.body["attempts"]) == (attempts + 1, attempts + 1)
    assert tried.next_at is None or 15 * SECOND <= tried.next_at - NOON - age <= 15 * MINUTE


def test_the_waits_are_those_of_the_documents() -> None:
    waits = [Retry().wait(number) // SECOND for number in range(1, 9)]
    assert waits == [15, 30, 60, 120, 240, 480, 900, 900]


def test_the_audit_keeps_no_secret_of_a_webhook() -> None:
    """What it holds it holds for ever: of the URL scheme and host, of the answer nothing of the path."""
    to = "https://hooks.example/services/k7Xw2mQv9"
    posted = Posted(Notice("n-1", "webhook", to, {}, NOON), Posting.QUEUED, 0, NOON, "")
    answer = Answer(False, True, True, "404 Cannot POST /services/k7Xw2mQv9")
    draft, tried = judge(posted, answer, NOON, Retry())
    assert (draft.body["to"], draft.body["receipt"]) == ("https://hooks.example", "404 Cannot POST /…")
    assert tried.receipt == draft.body["receipt"]
