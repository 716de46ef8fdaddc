"""A center whose telephone cannot be had: it watches its patients, says so, and takes calls once it can."""

from __future__ import annotations

import socket
from pathlib import Path

from tests.e2e.processes import Serving, until

MEDIA = '[[line]]\nname = "service"\nsecret = "a-secret-of-more-than-24-letters"\n'


def test_lines_whose_ports_are_taken_are_named_and_open_when_they_are_free(tmp_path: Path) -> None:
    with bound(socket.SOCK_DGRAM) as sip, bound(socket.SOCK_STREAM) as media:
        media.listen()
        named(sip, media, tmp_path)


def bound(kind: socket.SocketKind) -> socket.socket:
    sock = socket.socket(socket.AF_INET, kind)
    sock.bind(("127.0.0.1", 0))
    return sock


def named(sip: socket.socket, media: socket.socket, tmp_path: Path) -> None:
    ports = sip.getsockname()[1], media.getsockname()[1]
    data = tmp_path / "data"
    data.mkdir()
    (data / "media.toml").write_text(MEDIA)
    (data / "einthoven.toml").write_text(
        f'sip_listen = "127.0.0.1:{ports[0]}"\nrtp_ports = "43000-43099"\n'
        f'media_listen = "127.0.0.1:{ports[1]}"\nmedia_lines = "media.toml"\n'
    )
    center = Serving(tmp_path)
    try:
        center.start()

        def down(count: int) -> list[str] | None:
            told = [one for one in center.get("/readyz").json()["reasons"] if one.startswith("telephone: ")]
            return told if len(told) == count else None

        media_told, sip_told = sorted(until("both lines are named", lambda: down(2)))
        assert media_told.startswith("telephone: the line media is down since ")
        assert f"127.0.0.1:{ports[1]}: Address already in use" in media_told
        assert f"sip_listen: 127.0.0.1:{ports[0]} cannot be listened on: Address already in use" in sip_told
        assert center.get("/readyz").status_code == 503
        assert center.get("/healthz").status_code == 200
        assert 'einthoven_line_up{line="sip"} 0.0' in center.get("/metrics").text
        for taken in (sip, media):
            taken.close()
        until("both lines are open", lambda: down(0) is not None)
        told = center.get("/metrics").text
        assert 'einthoven_line_up{line="sip"} 1.0' in told
        assert 'einthoven_line_up{line="media"} 1.0' in told
    finally:
        center.stop()
