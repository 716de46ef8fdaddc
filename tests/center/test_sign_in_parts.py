"""The parts of sign-in by themselves: passwords, time codes, growing waits, short-lived tickets, sight."""

from __future__ import annotations

import hashlib
import hmac
import struct
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tests.center.house import LIGHT, PASSWORD, Dice, House

from einthoven.base.errors import InputError
from einthoven.base.instants import HOUR, MINUTE, SECOND
from einthoven.center import passwords, time_codes
from einthoven.center.attempts import ACCOUNT, ADDRESS, KEYS_MAX, Attempts
from einthoven.center.ceremonies import OPEN_MAX, Ceremonies
from einthoven.center.sight import Sight
from einthoven.center.sign_in_ports import Held
from einthoven.surveillance.roles import Role, permissions_of

# ---- passwords --------------------------------------------------------------------------------------------

TOO_EASY = [
    ("elevenchars", "11 characters, at least 12"),
    ("aaaaaaaaaaaaaaaa", "fewer than five different"),
    ("Password1234", "tried first"),
    ("janejane1234", None),
    ("jane.doe-12345", "hardly more than the login"),
    ("x" * 3 + "abcdefgh" * 200, "longer than 1024 bytes"),
    ("correct horse battery", None),
    ("пароль для стены", None),
]


@pytest.mark.parametrize(("password", "words"), TOO_EASY)
def test_a_password_is_long_and_not_the_obvious_one(password: str, words: str | None) -> None:
    if words is None:
        passwords.check(password, "jane.doe", "Doe, Jane")
        return
    with pytest.raises(InputError, match=words):
        passwords.check(password, "jane.doe", "Doe, Jane")


@given(st.text(min_size=1, max_size=40), st.binary(min_size=16, max_size=16))
def test_a_password_matches_itself_alone(password: str, salt: bytes) -> None:
    encoded = LIGHT.hashed(password, salt)
    assert encoded.startswith("$argon2id$")
    assert LIGHT.matches(encoded, password)
    assert not LIGHT.matches(encoded, password + "x")


def test_the_same_letters_typed_otherwise_are_the_same_password() -> None:
    encoded = LIGHT.hashed("Ångström Ångström", bytes(16))
    assert LIGHT.matches(encoded, "A\u030angström A\u030angström")


@pytest.mark.parametrize("broken", ["", "$argon2id$", "plain text", "$argon2id$v=19$m=8,t=1,p=1$AAAA"])
def test_a_hash_that_cannot_be_read_matches_nothing(broken: str) -> None:
    assert not LIGHT.matches(broken, "")
    assert not LIGHT.matches(broken, PASSWORD)


def test_the_shipped_cost_is_that_of_rfc_9106() -> None:
    encoded = passwords.Passwords().hashed(PASSWORD, bytes(16))
    assert encoded.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


@given(st.binary(min_size=10, max_size=10))
def test_a_temporary_password_is_one_that_is_taken(random: bytes) -> None:
    password = passwords.temporary(random)
    assert len(password) == 19
    assert set(password) <= set("abcdefghijklmnopqrstuvwxyz234567-")


# ---- time codes -------------------------------------------------------------------------------------------

RFC_6238 = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
]
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # "12345678901234567890"


@pytest.mark.parametrize(("second", "code"), RFC_6238)
def test_the_codes_are_those_of_rfc_6238(second: int, code: str) -> None:
    """Appendix B, SHA-1, the last six of its eight digits."""
    at = second * SECOND
    assert time_codes.step_of(RFC_SECRET, code, at, 0) == second // 30


def by_hand(secret: bytes, step: int) -> str:
    """RFC 4226, 5.3, once more."""
    digest = hmac.new(secret, struct.pack(">Q", step), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


@given(st.binary(min_size=20, max_size=20), st.integers(0, 2**33), st.integers(-3, 3), st.integers(-3, 3))
@example(b'\x96{?_\x80n\x19\xb0S\xc7\x00\x1d\xc6\x84mu2\xbc"\xb2', 195720, 3, -1)
def test_a_code_counts_a_step_around_now_and_never_again(
    random: bytes, second: int, off: int, used: int
) -> None:
    secret, now = time_codes.new_secret(random), second // 30
    step = max(now + off, 0)
    code = by_hand(random, step)
    clashes = {other for other in range(now - 1, now + 2) if other >= 0 and by_hand(random, other) == code}
    found = time_codes.step_of(secret, f" {code[:3]} {code[3:]} ", max(second, 30) * SECOND, now + used)
    if len(clashes) <= 1 and second >= 60:
        # Of a million codes one may be that of another step: that step it is then.
        taken = [one for one in clashes if one > now + used]
        assert found == (taken[0] if taken else None)


# ---- waits ------------------------------------------------------------------------------------------------


def test_the_waits_by_hand() -> None:
    assert [ACCOUNT.after(n) // SECOND for n in range(12)] == [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60]
    assert [ADDRESS.after(n) // SECOND for n in (10, 11, 15, 20, 21, 1000)] == [0, 1, 16, 512, 900, 900]


class Waiting(RuleBasedStateMachine):
    """Against a list of every failure there was."""

    def __init__(self) -> None:
        super().__init__()
        self.attempts, self.now, self.failures = Attempts(), 0, dict[str, list[int]]()

    @rule(login=st.sampled_from("ab"))
    def fail(self, login: str) -> None:
        past = self.failures.setdefault(login, [])
        if past and self.now - past[-1] > ACCOUNT.forget:
            past.clear()
        past.append(self.now)
        assert self.attempts.failed([("account", login)], self.now) == ACCOUNT.after(len(past))

    @rule(login=st.sampled_from("ab"))
    def succeed(self, login: str) -> None:
        self.failures.pop(login, None)
        self.attempts.succeeded(("account", login))

    @rule(by=st.sampled_from([0, SECOND, 10 * SECOND, HOUR, 2 * HOUR]))
    def pass_time(self, by: int) -> None:
        self.now += by

    @invariant()
    def the_wait_is_what_is_left(self) -> None:
        for login in "ab":
            past = self.failures.get(login, [])
            left = past[-1] + ACCOUNT.after(len(past)) - self.now if past else 0
            assert self.attempts.wait([("account", login)], self.now) == max(0, left)
        both = self.attempts.wait([("account", "a"), ("account", "b")], self.now)
        assert both == max(self.attempts.wait([("account", login)], self.now) for login in "ab")


TestWaiting = Waiting.TestCase


def test_many_addresses_do_not_fill_the_memory() -> None:
    attempts = Attempts()
    for number in range(KEYS_MAX + 50):
        attempts.failed([("address", str(number))], number)
    assert len(attempts) == KEYS_MAX


# ---- tickets ----------------------------------------------------------------------------------------------


def test_a_ticket_is_taken_once_in_its_time_for_its_kind() -> None:
    ceremonies = Ceremonies(Dice(), 5 * MINUTE)
    name = ceremonies.begin("passkey", b"challenge", 0)
    assert ceremonies.take("set-up", name, 1) is None
    assert ceremonies.look("passkey", name, 5 * MINUTE) is None
    assert ceremonies.take("passkey", name, 1) == b"challenge"
    assert ceremonies.take("passkey", name, 1) is None


def test_tickets_do_not_fill_the_memory() -> None:
    ceremonies = Ceremonies(Dice(), MINUTE)
    names = [ceremonies.begin("x", number, 0) for number in range(OPEN_MAX + 1)]
    assert len(set(names)) == OPEN_MAX + 1
    assert ceremonies.look("x", names[0], 1) is None
    assert ceremonies.look("x", names[-1], 1) == OPEN_MAX


# ---- sight ------------------------------------------------------------------------------------------------


def who(*roles: str, practice: int | None = None) -> Held:
    kept = frozenset(Role(role) for role in roles)
    return Held("staff 9", 9, "X", kept, practice, permissions_of(kept), "key", b"id")


SIGHT = [
    (("technician",), None, {1, 2, 3}),
    (("supervisor",), None, {1, 2, 3}),
    (("physician",), 7, {1}),
    (("office",), 8, {2}),
    (("physician",), 9, set()),
    (("physician",), None, set()),
    (("physician", "technician"), 7, {1, 2, 3}),
]


@pytest.mark.parametrize(("roles", "practice", "seen"), SIGHT)
def test_a_practice_sees_its_own_patients(
    roles: tuple[str, ...], practice: int | None, seen: set[int]
) -> None:
    sight = Sight({1: 7, 2: 8}.get)
    held = who(*roles, practice=practice)
    assert {stream for stream in (1, 2, 3) if sight.visible(stream, held, 0)} == seen


def test_broken_glass_lets_one_person_see_one_patient_for_a_while() -> None:
    sight = Sight({1: 7, 2: 8}.get, lambda held, stream, now: (held.staff, stream) == (9, 2) and now < 100)
    held = who("physician", practice=7)
    assert [sight.visible(stream, held, 99) for stream in (1, 2, 3)] == [True, True, False]
    assert not sight.visible(2, held, 100)
    assert not sight.visible(2, replace(held, staff=10), 99)


# ---- kept secrets -----------------------------------------------------------------------------------------


def test_a_changed_count_or_step_leaves_no_audit_line_and_a_new_secret_does() -> None:
    house = House()
    number = house.administrator()
    before = len(house.facts.audit())
    secrets = house.stored.get(number)
    assert secrets is not None
    house.stored.put(replace(secrets, step=77), "staff 1", house.now)
    assert len(house.facts.audit()) == before
    house.stored.put(replace(secrets, step=78, password="$argon2id$other"), "staff 1", house.now)
    assert [line.action for line in house.facts.audit()[before:]] == ["secret.retire", "secret.add"]
    again = house.stored.get(number)
    assert again == replace(secrets, step=78, password="$argon2id$other")


def test_what_is_kept_comes_back_as_it_was() -> None:
    house = House()
    number = house.administrator()
    secrets = house.stored.get(number)
    house.open()
    assert house.stored.get(number) == secrets
    assert house.stored.get(99) is None
    opened = house.enter("jane")
    house.sign_in.lock(opened.held, house.now)
    house.open()
    assert house.sessions.held(opened.held.id, house.now) == replace(opened.held, locked=True, csrf="")
