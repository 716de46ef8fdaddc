"""Passkeys against an authenticator in a few lines: what proves somebody, and everything that does not."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st
from tests.center.house import HERE, House
from webauthn.helpers import encode_cbor

from einthoven.base.errors import InputError, NotFoundError, RefusedError
from einthoven.base.instants import MINUTE
from einthoven.center.passkey_sign_in import KEYS_MAX
from einthoven.center.passkeys import Place, handle
from einthoven.center.sign_in_ports import Held

LOCAL = Place("localhost", "http://localhost:8093")
PRESENT, VERIFIED, ATTESTED = 1, 4, 64


def b64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def plain(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "==")


@dataclass
class Authenticator:
    """WebAuthn level 2, part 6: ES256, no attestation."""

    id: bytes = b"credential-1"
    count: int = 0
    flags: int = PRESENT | VERIFIED
    origin: str = LOCAL.origin
    name: str = LOCAL.name
    secret: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def client(self, kind: str, challenge: str) -> bytes:
        return json.dumps(
            {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        ).encode()

    def data(self, more: bytes = b"", flags: int = 0) -> bytes:
        name = hashlib.sha256(self.name.encode()).digest()
        return name + bytes([self.flags | flags]) + self.count.to_bytes(4, "big") + more

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        numbers = self.secret.public_key().public_numbers()
        x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
        key = encode_cbor({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + key
        whole = encode_cbor({"fmt": "none", "attStmt": {}, "authData": self.data(attested, ATTESTED)})
        told = {"clientDataJSON": b64(self.client("webauthn.create", options["challenge"]))}
        return self.answer(told | {"attestationObject": b64(whole)})

    def get(self, options: dict[str, Any]) -> dict[str, Any]:
        self.count += 1
        client, data = self.client("webauthn.get", options["challenge"]), self.data()
        signature = self.secret.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        told = {"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signature)}
        return self.answer(told)

    def answer(self, response: dict[str, str]) -> dict[str, Any]:
        return {"id": b64(self.id), "rawId": b64(self.id), "type": "public-key", "response": response}


@pytest.fixture
def house() -> House:
    house = House()
    house.everybody()
    return house


def added(house: House, login: str = "technician", device: Authenticator | None = None) -> Authenticator:
    """Somebody's new passkey."""
    device, held = device or Authenticator(), house.enter(login).held
    asked = house.passkeys.begin_adding(held, LOCAL, house.now)
    house.passkeys.add(held, asked.ceremony, device.create(asked.options), "my key", LOCAL, house.now)
    return device


def use(house: House, device: Authenticator, place: Place = LOCAL) -> str:
    asked = house.passkeys.begin(place, house.now)
    return house.passkeys.sign_in(
        asked.ceremony, device.get(asked.options), place, HERE, house.now
    ).held.login


def test_a_passkey_signs_in_whom_it_belongs_to(house: House) -> None:
    device = added(house)
    assert use(house, device) == "technician"
    house.open()
    assert use(house, device) == "technician"


def test_what_the_browser_is_asked_names_no_account_and_wants_the_user_verified(house: House) -> None:
    asked = house.passkeys.begin(LOCAL, house.now).options
    assert asked["allowCredentials"] == []
    assert (asked["rpId"], asked["userVerification"]) == ("localhost", "required")
    held = house.enter("technician").held
    made = house.passkeys.begin_adding(held, LOCAL, house.now).options
    assert made["authenticatorSelection"]["residentKey"] == "required"
    assert made["authenticatorSelection"]["userVerification"] == "required"
    assert plain(made["user"]["id"]) == handle(house.people["technician"])


def unverified(device: Authenticator) -> None:
    device.flags = PRESENT


def absent(device: Authenticator) -> None:
    device.flags = VERIFIED


def phished(device: Authenticator) -> None:
    device.origin = "https://center.example.evil.example"


def of_another_name(device: Authenticator) -> None:
    device.name = "evil.example"


def of_another_key(device: Authenticator) -> None:
    device.secret = ec.generate_private_key(ec.SECP256R1())


def copied(device: Authenticator) -> None:
    device.count = 0


def unknown(device: Authenticator) -> None:
    device.id = b"credential-2"


FALSE = [unverified, absent, phished, of_another_name, of_another_key, copied, unknown]


@pytest.mark.parametrize("falsify", FALSE)
def test_what_proves_nobody_signs_nobody_in(house: House, falsify: Callable[[Authenticator], None]) -> None:
    device = added(house)
    use(house, device)
    falsify(device)
    with pytest.raises(RefusedError) as caught:
        use(house, device)
    assert caught.value.detail == "login, password or code is wrong"


@pytest.mark.parametrize("falsify", [unverified, phished, of_another_name])
def test_what_proves_nobody_is_not_added(house: House, falsify: Callable[[Authenticator], None]) -> None:
    device = Authenticator()
    falsify(device)
    with pytest.raises(RefusedError):
        added(house, device=device)
    secrets = house.stored.get(house.people["technician"])
    assert secrets is not None
    assert secrets.passkeys == ()


def test_an_answer_counts_once_in_its_time_for_its_purpose(house: House) -> None:
    device = added(house)
    asked = house.passkeys.begin(LOCAL, house.now)
    answer = device.get(asked.options)
    house.passkeys.sign_in(asked.ceremony, answer, LOCAL, HERE, house.now)
    with pytest.raises(RefusedError):
        house.passkeys.sign_in(asked.ceremony, answer, LOCAL, HERE, house.now)
    late = house.passkeys.begin(LOCAL, house.now)
    house.now += 5 * MINUTE
    with pytest.raises(RefusedError):
        house.passkeys.sign_in(late.ceremony, device.get(late.options), LOCAL, HERE, house.now)
    held = house.enter("technician").held
    other = house.passkeys.begin_adding(held, LOCAL, house.now)
    with pytest.raises(RefusedError):
        house.passkeys.sign_in(other.ceremony, device.get(other.options), LOCAL, HERE, house.now)


def test_a_passkey_is_added_by_whoever_began_it_and_is_nobody_elses(house: House) -> None:
    device = added(house)
    with pytest.raises(RefusedError, match="known already"):
        added(house, "supervisor", device)
    mine, other = house.enter("technician").held, house.enter("supervisor").held
    asked = house.passkeys.begin_adding(mine, LOCAL, house.now)
    answer = Authenticator(b"credential-3").create(asked.options)
    with pytest.raises(RefusedError, match="begin again"):
        house.passkeys.add(other, asked.ceremony, answer, "x", LOCAL, house.now)


def test_a_passkey_unlocks_its_owners_session_alone(house: House) -> None:
    device = added(house)
    mine, other = house.enter("technician"), house.enter("supervisor")
    for opened in (mine, other):
        house.sign_in.lock(opened.held, house.now)
    asked = house.passkeys.begin(LOCAL, house.now)
    with pytest.raises(RefusedError):
        house.passkeys.unlock(other.held, asked.ceremony, device.get(asked.options), LOCAL, HERE, house.now)
    asked = house.passkeys.begin(LOCAL, house.now)
    house.passkeys.unlock(mine.held, asked.ceremony, device.get(asked.options), LOCAL, HERE, house.now)
    states = [house.sessions.find(opened.token, house.now) for opened in (mine, other)]
    assert [held is not None and held.locked for held in states] == [False, True]


def test_what_was_taken_away_signs_in_no_more(house: House) -> None:
    device = added(house)
    held = house.enter("technician").held
    assert [key["name"] for key in house.passkeys.names(held)] == ["my key"]
    with pytest.raises(NotFoundError):
        house.passkeys.remove(held, 1, house.now)
    house.passkeys.remove(held, 0, house.now)
    with pytest.raises(RefusedError):
        use(house, device)


def test_ten_passkeys_are_enough(house: House) -> None:
    for number in range(KEYS_MAX):
        added(house, device=Authenticator(b"credential-%d" % number))
    with pytest.raises(InputError, match="10 passkeys are enough"):
        added(house, device=Authenticator(b"one more"))


def test_whoever_left_has_no_passkey_any_more(house: House) -> None:
    device = added(house)
    house.office.do("leave", {"login": "technician", "why": "moved to another town"}, house.now)
    with pytest.raises(RefusedError):
        use(house, device)


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
fields = st.sampled_from(
    ["id", "rawId", "type", "response", "clientDataJSON", "attestationObject", "signature"]
)


@given(st.dictionaries(fields, junk | st.dictionaries(fields, junk, max_size=4), max_size=6) | junk)
def test_no_answer_breaks_anything(answer: object) -> None:
    house = House()
    house.administrator()
    held = house.enter("jane").held
    asked = house.passkeys.begin(LOCAL, house.now)
    with pytest.raises(RefusedError):
        house.passkeys.sign_in(asked.ceremony, answer, LOCAL, HERE, house.now)
    asked = house.passkeys.begin_adding(held, LOCAL, house.now)
    with pytest.raises(RefusedError):
        house.passkeys.add(held, asked.ceremony, answer, "x", LOCAL, house.now)


@given(
    st.sampled_from(["clientDataJSON", "authenticatorData", "signature"]),
    st.integers(0, 10_000),
    st.integers(1, 255),
)
def test_a_changed_answer_proves_nothing(part: str, at: int, flip: int) -> None:
    house = House()
    house.everybody()
    device = added(house)
    asked = house.passkeys.begin(LOCAL, house.now)
    answer = device.get(asked.options)
    content = bytearray(plain(answer["response"][part]))
    content[at % len(content)] ^= flip
    answer["response"][part] = b64(bytes(content))
    with pytest.raises(RefusedError):
        house.passkeys.sign_in(asked.ceremony, answer, LOCAL, HERE, house.now)


def test_a_passkey_confirms_one_content_of_its_own_person_and_session(house: House) -> None:
    device = added(house)
    held = house.enter("technician").held
    asked = house.passkeys.begin_confirming(held, "a" * 64, LOCAL, house.now)
    other = house.passkeys.begin_confirming(held, "b" * 64, LOCAL, house.now)
    assert asked.options["challenge"] != other.options["challenge"]
    proof = device.get(asked.options)

    def confirm(who: Held, ceremony: str, credential: dict[str, Any]) -> str:
        return house.passkeys.confirm(who, ceremony, credential, LOCAL, HERE, house.now)

    with pytest.raises(RefusedError):  # the proof was given for another content
        confirm(held, other.ceremony, proof)
    with pytest.raises(RefusedError):
        confirm(house.enter("supervisor").held, asked.ceremony, proof)
    proved = house.sign_in.confirmed(held, confirm(held, asked.ceremony, proof), house.now)
    assert (proved.content, proved.components) == ("a" * 64, ("passkey-verified",))
    with pytest.raises(RefusedError):
        confirm(held, asked.ceremony, proof)
    signing_in = house.passkeys.begin(LOCAL, house.now)
    with pytest.raises(RefusedError):
        confirm(held, signing_in.ceremony, device.get(signing_in.options))
    with pytest.raises(InputError, match="content"):
        house.passkeys.begin_confirming(held, "not a hash", LOCAL, house.now)
