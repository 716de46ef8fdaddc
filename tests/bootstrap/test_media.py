"""The line of media streams: its settings, and a call of a service over TLS."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest
from tests.edges.telephony import media_wire as wire
from tests.edges.telephony.board import Board
from tests.sim.waiting import until
from websockets.asyncio.client import connect

from einthoven.base.errors import InputError
from einthoven.base.instants import SECOND
from einthoven.bootstrap.doors import check_addresses
from einthoven.bootstrap.media import lines_of, open_media
from einthoven.edges.intake.certificate import make_certificate
from einthoven.settings import Settings

NOW = 1_795_219_200 * SECOND
SECRET = "a-secret-of-more-than-24-letters"
LINE = f'[[line]]\nname = "service"\nsecret = "{SECRET}"\n'
SIGNED = (
    '[[line]]\nname = "signed"\n[line.signature]\nheader = "X-S"\nkey = "k"\nurl = "wss://c.example/media"\n'
)


def settings(**given: object) -> Settings:
    return Settings.model_validate(
        {"media_listen": "127.0.0.1:0", "media_lines": "media.toml", "web_port": 0} | given
    )


def test_without_an_address_nothing_listens(tmp_path: Path) -> None:
    assert open_media(Settings(), tmp_path, Board()) is None


def test_a_service_calls_over_tls_with_the_certificate_of_the_line(tmp_path: Path) -> None:
    (tmp_path / "media.toml").write_text(LINE)
    certificate, key = tmp_path / "media.pem", tmp_path / "media-key.pem"
    make_certificate(certificate, key, ["127.0.0.1"], NOW, 30)
    board = Board()
    given = {"media_certificate": "media.pem", "media_key": "media-key.pem", "media_name": "127.0.0.1"}

    async def go() -> dict[str, int]:
        media = open_media(settings(**given), tmp_path, board)
        assert media is not None
        await media.start(NOW)
        trusting = ssl.create_default_context(cafile=certificate)
        try:
            address = f"wss://127.0.0.1:{media.port}/media/{SECRET}"
            async with connect(address, ssl=trusting, proxy=None) as socket:
                for text in (wire.start(caller="+15555550100"), wire.media(1, b"\x01" * 160), wire.stop()):
                    await socket.send(text)
                await until("the call to end", lambda: bool(board.calls) and board.only.why is not None)
            return media.counts()
        finally:
            await media.stop()

    # Its certificate is checked by the clock of the day: the one made here is of the same day.
    assert asyncio.run(go())["calls"] == 1
    assert board.only.call.caller == "+15555550100"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"media_lines": ""}, "media_lines says who may bring streams"),
        ({"media_listen": "127.0.0.1:70000"}, "want host:port"),
        ({"media_listen": "0.0.0.0:0"}, "media_certificate and media_key are wanting"),
        ({"media_certificate": "a.pem"}, "belong together"),
        ({"media_lines": "nothing.toml"}, "nothing.toml: No such file"),
    ],
)
def test_a_setting_that_cannot_be_is_named(tmp_path: Path, given: dict[str, object], words: str) -> None:
    (tmp_path / "media.toml").write_text(LINE)
    with pytest.raises(InputError, match=words):
        open_media(settings(**given), tmp_path, Board())


def test_a_port_that_is_taken_is_told_before_anything_is_made(tmp_path: Path) -> None:
    (tmp_path / "media.toml").write_text(LINE)

    async def go() -> None:
        media = open_media(settings(), tmp_path, Board())
        assert media is not None
        await media.start()
        taken = settings(media_listen=f"127.0.0.1:{media.port}")
        try:
            check_addresses(taken)  # a line that cannot be had ends no center
            second = open_media(taken, tmp_path, Board())
            assert second is not None
            with pytest.raises(InputError, match="cannot listen for media streams"):
                await second.start()
        finally:
            await media.stop()

    asyncio.run(go())


def test_lines_as_a_file_names_them(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(SECRET + "\n")
    path = tmp_path / "media.toml"
    path.write_text(
        '[[line]]\nname = "a"\nsecret_file = "secret"\nheader = "X-Line"\ncalled = "+1555"\n'
        'caller_parameter = "ani"\nsources = ["192.0.2.0/24", "::1"]\n' + SIGNED
    )
    first, second = lines_of(path, tmp_path)
    assert (first.secret, first.header, first.called, first.caller_parameter) == (
        SECRET,
        "x-line",
        "+1555",
        "ani",
    )
    assert first.comes_from("192.0.2.7")
    assert not first.comes_from("198.51.100.1")
    assert second.signature is not None
    assert (second.signature.algorithm, second.signature.form) == ("sha1", "base64")
    assert SECRET not in repr(first)
    assert "'k'" not in repr(second)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "want .*line.* tables"),
        ("line = 7", "want .*line.* tables"),
        ('[[line]]\nname = "a"', "line 1: secret or signature"),
        (f'[[line]]\nsecret = "{SECRET}"', "line 1: name: is missing"),
        ('[[line]]\nname = "a"\nsecret = "7777"', "line 1: secret: has fewer than 24"),
        ('[[line]]\nname = "a"\nsecret = "7777 7777 7777 7777 7777 7777"', "secret: letters, digits"),
        ('[[line]]\nname = "a"\nsecret = 7777', "secret: want a text"),
        ('[[line]]\nname = "a"\nsecret_file = "none"', "secret_file: .*none: No such file"),
        (LINE + LINE, "line 2: name: 'service' is there already"),
        (LINE + LINE.replace("service", "other"), "line 2: secret: is that of another line"),
        (LINE + "colour = 1", "line 1: colour: there is no such field"),
        (LINE + 'sources = ["everywhere"]', "line 1: sources: "),
        (SIGNED.replace('key = "k"\n', ""), "line 1: signature.key: is missing"),
        (SIGNED.replace("wss://c.example/media", "here"), "line 1: signature.url: want the URL"),
        (SIGNED + 'algorithm = "md5"', "line 1: signature.algorithm: want sha1 or sha256"),
        (SIGNED + 'form = "text"', "line 1: signature.form: want base64 or hex"),
        ("[[line", "media.toml: "),
    ],
)
def test_a_line_that_cannot_be_is_named_and_no_secret_is_repeated(
    tmp_path: Path, text: str, words: str
) -> None:
    path = tmp_path / "media.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=words) as told:
        lines_of(path, tmp_path)
    assert "7777" not in str(told.value)
    assert SECRET not in str(told.value)
