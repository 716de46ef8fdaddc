"""Signing in: by password and code, once each; setting up, resets, locks, sessions that end."""

from __future__ import annotations

from dataclasses import replace

import pytest
from argon2 import PasswordHasher
from tests.center.house import HERE, LIGHT, PASSWORD, House

from einthoven.base.errors import EinthovenError, InputError, NotFoundError, RefusedError, StoreFullError
from einthoven.base.instants import HOUR, MINUTE, SECOND
from einthoven.center import passwords
from einthoven.center.sessions import Opened, id_of
from einthoven.center.sign_in import WRONG, Attempt, SetUp
from einthoven.center.sign_in_ports import Held, Where
from einthoven.center.time_codes import code_at, step_at


@pytest.fixture
def house() -> House:
    house = House()
    house.everybody()
    return house


def refused(house: House, attempt: Attempt) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        house.sign_in.sign_in(attempt, house.now)
    return caught.value


def test_password_and_code_open_a_session(house: House) -> None:
    opened = house.enter("technician")
    held = house.sessions.find(opened.token, house.now)
    assert held is not None
    assert (held.actor, held.name, held.locked) == (
        f"staff {house.people['technician']}",
        "Technician",
        False,
    )
    assert held.csrf == opened.held.csrf
    number = house.people["technician"]
    detail = {"how": "password", "address": "10.0.0.7", "session": held.key}
    assert house.lines("sign_in.opened") == [(f"staff {number}", f"staff {number}", detail)]


def test_nothing_that_is_kept_opens_a_session(house: House) -> None:
    opened = house.enter("technician")
    (session,) = [one for one in house.facts.sessions.open(house.now) if one.staff == opened.held.staff]
    assert session.token == id_of(opened.token)
    kept = " ".join(str(line) for line in house.facts.audit())
    assert opened.token not in kept
    assert PASSWORD not in kept
    assert all(secret not in kept for secret in house.codes.values())
    assert house.sessions.find(session.token.hex(), house.now) is None


WRONGS = [
    ("technician", "another long password", None),
    ("technician", PASSWORD, "000000"),
    ("technician", PASSWORD, ""),
    ("technician", PASSWORD, "１２３４５６"),
    ("technician", "", None),
    ("service", PASSWORD, "000000"),
    ("nobody-here", PASSWORD, "000000"),
    ("", PASSWORD, "000000"),
    ("technician", "x" * 5000, None),
    ("technician", "\ud800", None),
]


@pytest.mark.parametrize(("login", "password", "code"), WRONGS)
def test_what_is_wrong_is_wrong_in_the_same_words(
    house: House, login: str, password: str, code: str | None
) -> None:
    error = refused(house, house.attempt(login, password, code))
    assert (error.reason, error.detail) == ("sign_in", WRONG)


def test_a_login_that_nobody_has_is_worth_the_same_work(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[str] = []
    real = LIGHT.matches
    monkeypatch.setattr(
        LIGHT, "matches", lambda encoded, given: compared.append(encoded) or real(encoded, given)
    )
    refused(house, house.attempt("nobody-here", PASSWORD, "000000"))
    refused(house, house.attempt("technician", "wrong password", "000000"))
    parameters = {encoded.rsplit("$", 2)[0] for encoded in compared}
    assert (len(compared), len(parameters)) == (2, 1)


def test_what_was_typed_as_a_login_is_not_kept_where_nobody_has_it(house: House) -> None:
    refused(house, house.attempt("my secret password", "x", "000000"))
    assert house.lines("sign_in.refused") == [
        ("nobody", "nobody", {"why": "password or code", "address": "10.0.0.7", "wait_s": 0})
    ]


def test_a_code_is_taken_once(house: House) -> None:
    house.now += 90 * SECOND
    attempt = house.attempt("technician")
    assert isinstance(house.sign_in.sign_in(attempt, house.now), Opened)
    refused(house, attempt)
    house.open()  # nor after a restart
    refused(house, attempt)
    refused(house, house.attempt("technician", code=house.code("technician", -1)))
    house.now += 30 * SECOND
    assert isinstance(house.sign_in.sign_in(house.attempt("technician"), house.now), Opened)


def test_waits_grow_and_are_told_and_another_address_is_not_kept_waiting(house: House) -> None:
    wrong = house.attempt("technician", "wrong password", "000000")
    told = [refused(house, wrong).detail for _ in range(4)]
    assert told == [WRONG, WRONG, WRONG, f"{WRONG}; the next attempt is taken in 1 s"]
    error = refused(house, house.attempt("technician"))
    assert (error.reason, error.detail) == ("wait", "too many attempts failed: wait 1 s, then try again")
    house.now += SECOND
    assert "in 2 s" in refused(house, wrong).detail
    assert isinstance(house.sign_in.sign_in(house.attempt("supervisor"), house.now), Opened)
    house.now += 2 * SECOND
    assert isinstance(house.sign_in.sign_in(house.attempt("technician"), house.now), Opened)
    house.now += 60 * SECOND
    assert refused(house, wrong).detail == WRONG, "the count starts anew with a session"


def test_nothing_is_compared_while_a_wait_lasts(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = house.attempt("technician", "wrong password", "000000")
    for _ in range(4):
        refused(house, wrong)
    monkeypatch.setattr(LIGHT, "matches", lambda *_: pytest.fail("compared"))
    assert refused(house, wrong).reason == "wait"
    assert len(house.lines("sign_in.refused")) == 4


def test_a_temporary_password_leads_to_an_own_one(house: House) -> None:
    number = house.people["technician"]
    temporary = house.sign_in.invite(number, "staff 1", house.now)
    begun = house.sign_in.sign_in(Attempt("technician", temporary, "", HERE), house.now)
    assert isinstance(begun, SetUp)
    step = step_at(house.now)
    code = code_at(begun.secret, step)
    with pytest.raises(InputError, match="at least 12"):
        house.sign_in.set_up(begun.ticket, "short", code, HERE, house.now)
    with pytest.raises(InputError, match="temporary one cannot be kept"):
        house.sign_in.set_up(begun.ticket, temporary, code, HERE, house.now)
    with pytest.raises(InputError, match="code: not the one"):
        house.sign_in.set_up(begun.ticket, "an own long password", "000000", HERE, house.now)
    opened = house.sign_in.set_up(begun.ticket, "an own long password", code, HERE, house.now)
    assert opened.held.staff == number
    with pytest.raises(RefusedError, match="too late"):
        house.sign_in.set_up(begun.ticket, "an own long password", code, HERE, house.now)
    refused(house, Attempt("technician", temporary, "", HERE))
    refused(house, Attempt("technician", "an own long password", code, HERE))
    house.now += 30 * SECOND
    fresh = Attempt("technician", "an own long password", code_at(begun.secret, step + 1), HERE)
    assert isinstance(house.sign_in.sign_in(fresh, house.now), Opened)


@pytest.mark.parametrize("late", [72 * HOUR, 100 * HOUR])
def test_a_temporary_password_is_over_after_three_days(house: House, late: int) -> None:
    temporary = house.sign_in.invite(house.people["technician"], "staff 1", house.now)
    house.now += late
    assert refused(house, Attempt("technician", temporary, "", HERE)).detail == WRONG


def test_a_ticket_is_over_after_minutes(house: House) -> None:
    temporary = house.sign_in.invite(house.people["technician"], "staff 1", house.now)
    begun = house.sign_in.sign_in(Attempt("technician", temporary, "", HERE), house.now)
    assert isinstance(begun, SetUp)
    house.now += house.limits.ceremony
    with pytest.raises(RefusedError, match="ticket"):
        house.sign_in.set_up(
            begun.ticket, "an own long password", code_at(begun.secret, step_at(house.now)), HERE, house.now
        )


def test_a_reset_voids_what_there_was_and_ends_sessions(house: House) -> None:
    opened = house.enter("technician")
    house.sign_in.invite(house.people["technician"], "staff 1", house.now)
    assert house.sessions.find(opened.token, house.now) is None
    house.now += 60 * SECOND
    refused(house, house.attempt("technician"))
    assert [(actor, detail["why"]) for actor, _, detail in house.lines("session.end")] == [
        ("staff 1", "reset")
    ]


def test_idle_controls_lock_and_the_session_goes_on(house: House) -> None:
    opened = house.enter("technician")
    house.now += 15 * MINUTE - 1
    assert house.sessions.find(opened.token, house.now) == opened.held
    house.now += 1
    held = house.sessions.find(opened.token, house.now)
    assert held is not None
    assert held.locked
    house.sign_in.sweep(house.now)
    house.sign_in.sweep(house.now)
    assert len(house.lines("sign_in.idle")) == 1
    house.sign_in.unlock(held, PASSWORD, "", HERE, house.now)
    held = house.sessions.find(opened.token, house.now)
    assert held is not None
    assert (held.locked, held.until) == (False, opened.held.until)


def test_whoever_does_something_is_not_idle(house: House) -> None:
    opened = house.enter("technician")
    for _ in range(4):
        house.now += 14 * MINUTE
        held = house.sessions.find(opened.token, house.now)
        assert held is not None
        assert not held.locked
        house.sessions.acted(held, house.now)
    house.sign_in.sweep(house.now)
    house.open()
    held = house.sessions.find(opened.token, house.now)
    assert held is not None
    assert not held.locked, "when somebody last acted is kept over a restart"


def test_a_lock_by_hand_outlives_a_restart_and_an_act_does_not_undo_it(house: House) -> None:
    opened = house.enter("technician")
    house.sign_in.lock(opened.held, house.now)
    house.now += MINUTE
    house.sessions.acted(opened.held, house.now)  # judged a moment before the lock
    for _ in range(2):
        held = house.sessions.find(opened.token, house.now)
        assert held is not None
        assert held.locked
        house.sign_in.sweep(house.now)
        house.open()


def test_unlocking_takes_ones_own_password(house: House) -> None:
    opened = house.enter("technician")
    house.sign_in.lock(opened.held, house.now)
    with pytest.raises(RefusedError, match="wrong"):
        house.sign_in.unlock(opened.held, "not the password", "", HERE, house.now)
    with pytest.raises(RefusedError, match="wrong"):
        house.sign_in.unlock(opened.held, PASSWORD, "000000", HERE, house.now)
    held = house.sessions.find(opened.token, house.now)
    assert held is not None
    assert held.locked


def test_both_factors_renew_a_session(house: House) -> None:
    opened = house.enter("technician")
    house.now += 13 * HOUR
    house.sign_in.unlock(opened.held, PASSWORD, house.code("technician"), HERE, house.now)
    house.now += 13 * HOUR
    assert house.sessions.find(opened.token, house.now) is not None


def test_a_session_ends_in_the_end(house: House) -> None:
    opened = house.enter("technician")
    house.now += 14 * HOUR - 1
    assert house.sessions.find(opened.token, house.now) is not None
    house.now += 1
    assert house.sessions.find(opened.token, house.now) is None
    house.sign_in.sweep(house.now)
    assert [(actor, detail["why"]) for actor, _, detail in house.lines("session.end")] == [
        ("center", "expired")
    ]
    assert house.sessions.of(house.people["technician"]) == []


def test_signing_out_ends_this_session_and_no_other(house: House) -> None:
    first, second = house.enter("technician"), house.enter("technician")
    house.sign_in.sign_out(first.held, house.now)
    house.sign_in.sign_out(first.held, house.now)
    house.sessions.acted(first.held, house.now + HOUR)
    house.sign_in.sweep(house.now)
    assert house.sessions.find(first.token, house.now) is None
    assert house.sessions.find(second.token, house.now) is not None
    assert len(house.lines("session.end")) == 1


def test_whoever_left_is_nobody_from_that_moment(house: House) -> None:
    opened = house.enter("technician")
    house.office.do("leave", {"login": "technician", "why": "moved to another town"}, house.now)
    assert house.sessions.find(opened.token, house.now) is None
    house.now += 60 * SECOND
    refused(house, house.attempt("technician"))


def test_a_session_that_cannot_be_kept_does_not_exist(house: House) -> None:
    house.now += 90 * SECOND
    house.facts.failing = StoreFullError("no room")
    with pytest.raises(StoreFullError):
        house.sign_in.sign_in(house.attempt("technician"), house.now)
    house.facts.failing = None
    assert house.sessions.of(house.people["technician"]) == []


def confirmed(house: House, held: Held, content: str = "a" * 64, **typed: str) -> str:
    house.now += 60 * SECOND
    fields = {"password": PASSWORD, "code": house.code("physician")} | typed
    return house.sign_in.confirm(held, content, fields["password"], fields["code"], HERE, house.now)


def test_a_signature_takes_password_and_a_fresh_code_for_one_content(house: House) -> None:
    held = house.enter("physician").held
    name = confirmed(house, held)
    proved = house.sign_in.confirmed(held, name, house.now)
    assert (proved.staff, proved.content, proved.components) == (held.staff, "a" * 64, ("password", "code"))
    with pytest.raises(RefusedError, match="used already"):
        house.sign_in.confirmed(held, name, house.now)
    used = house.code("physician")
    with pytest.raises(RefusedError):
        house.sign_in.confirm(held, "b" * 64, PASSWORD, used, HERE, house.now)
    for typed in ({"password": ""}, {"password": "another one"}, {"code": ""}, {"code": "000000"}):
        with pytest.raises(RefusedError):
            confirmed(house, held, **typed)
        house.now += 600 * SECOND
    for content in ("", "a" * 63, "A" * 64, "a" * 64 + "\n", "é" * 64):
        with pytest.raises(InputError, match="content"):
            confirmed(house, held, content)
    assert [subject for _, subject, _ in house.lines("sign_in.refused")] == [held.actor] * 6


def test_a_confirmation_is_over_soon_and_of_its_own_session(house: House) -> None:
    held, other = house.enter("physician").held, house.enter("physician").held
    name = confirmed(house, held)
    with pytest.raises(RefusedError, match="confirm again"):
        house.sign_in.confirmed(other, name, house.now)
    name = confirmed(house, held)
    house.now += 121 * SECOND
    with pytest.raises(RefusedError, match="too late"):
        house.sign_in.confirmed(held, name, house.now)


def test_a_click_signs_only_in_a_demo_and_says_so() -> None:
    house = House(demo=True)
    house.everybody()
    visitor = house.sign_in.as_role("physician", HERE, house.now).held
    name = house.sign_in.confirm_in_demo(visitor, "a" * 64, house.now)
    assert house.sign_in.confirmed(visitor, name, house.now).components == ("demo",)
    with pytest.raises(RefusedError, match="a visitor of a demo"):
        house.sign_in.confirm_in_demo(house.enter("physician").held, "a" * 64, house.now)


def test_a_machine_has_a_token_and_nothing_else(house: House) -> None:
    opened = house.enter("service")
    number = house.people["service"]
    assert (opened.held.how, opened.held.csrf) == ("token", "")
    with pytest.raises(InputError, match="is a machine"):
        house.sign_in.invite(number, "staff 1", house.now)
    with pytest.raises(InputError, match="is no machine"):
        house.sign_in.token(house.people["technician"], "staff 1", house.now)
    house.now += 300 * 24 * HOUR
    house.open()
    held = house.sessions.find(opened.token, house.now)
    assert held is not None
    assert (held.how, held.locked) == ("token", False)
    again = house.enter("service")
    assert house.sessions.find(opened.token, house.now) is None
    assert house.sessions.find(again.token, house.now) is not None


def test_a_provider_vouches_only_for_staff(house: House) -> None:
    assert house.sign_in.vouched("Technician", "oidc", HERE, house.now).held.name == "Technician"
    for login in ("stranger", "service", ""):
        with pytest.raises(RefusedError):
            house.sign_in.vouched(login, "oidc", HERE, house.now)


def test_one_click_is_for_the_demo_alone(house: House) -> None:
    with pytest.raises(RefusedError, match="no demo"):
        house.sign_in.as_role("technician", HERE, house.now)
    house.demo = True
    house.open()
    assert house.sign_in.as_role("technician", HERE, house.now).held.how == "demo"
    with pytest.raises(NotFoundError):
        house.sign_in.as_role("emperor", HERE, house.now)


def test_the_first_administrator_is_there_whole_or_not_at_all() -> None:
    house = House()
    house.facts.failing = StoreFullError("no room")
    with pytest.raises(StoreFullError):
        house.administrator()
    house.facts.failing = None
    assert house.keeper.book.administrators() == 0
    assert house.administrator() == 1
    house.enter("jane")


OFFICE = [
    ("fire", {}, "'fire' is no command"),
    ("administrator", {"name": "Doe, Jane", "login": "jane2", "password": "short"}, "at least 12"),
    ("administrator", {"name": 5, "login": "j", "password": ""}, "name: want a text"),
    ("add", {"name": "X Y", "login": "xy", "roles": "technician"}, "roles: want a list"),
    ("add", {"name": "X Y", "login": "xy", "roles": ["king"]}, "'king' is no role"),
    ("add", {"name": "X Y", "login": "xy", "roles": ["physician"], "practice": True}, "practice: want"),
    ("add", {"name": "X Y", "login": "jane", "roles": ["technician"]}, "somebody else's"),
    ("reset", {"login": "nobody-here"}, "nobody here is called"),
]


@pytest.mark.parametrize(("command", "body", "words"), OFFICE)
def test_what_the_console_refuses(house: House, command: str, body: dict[str, object], words: str) -> None:
    before = house.facts.journal.last()
    with pytest.raises(EinthovenError, match=words):
        house.office.do(command, body, house.now)
    assert house.facts.journal.last() == before


def test_two_people_at_one_address_have_one_count_of_the_address(house: House) -> None:
    elsewhere = Where("10.0.0.8")
    for at in range(11):
        refused(house, Attempt(f"guess-{at}", PASSWORD, "000000", elsewhere))
    assert refused(house, Attempt("guess-12", PASSWORD, "000000", elsewhere)).reason == "wait"
    assert isinstance(house.sign_in.sign_in(house.attempt("technician"), house.now), Opened)


def test_an_old_hash_is_made_anew_when_its_password_is_used(house: House) -> None:
    number = house.people["technician"]
    old = passwords.Passwords(PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))
    before = house.stored.get(number)
    assert before is not None
    house.stored.put(replace(before, password=old.hashed(PASSWORD, bytes(16))), "console", house.now)
    house.enter("technician")
    after = house.stored.get(number)
    assert after is not None
    assert not LIGHT.aged(after.password)
    house.enter("technician")
