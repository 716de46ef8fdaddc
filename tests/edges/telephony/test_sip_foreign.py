"""Telephones that are not ours play a strip as a tone: sipp, to the byte; baresip, as a telephone does."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from tests.edges.telephony.board import Board, Heard
from tests.edges.telephony.sip_caller import line

from einthoven.telephone import g711
from einthoven.telephone.modulate import Playing, modulate
from einthoven.telephone.profiles import profile
from einthoven.telephone.receiver import Receiver, Samples

SCENARIO = r"""<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="c">
<send retrans="500"><![CDATA[
INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:+15555550100@[local_ip]:[local_port]>;tag=[pid]S[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:s@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

v=0
o=u 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [rtpstream_audio_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000
]]></send>
<recv response="100" optional="true"></recv>
<recv response="180" optional="true"></recv>
<recv response="200" rtd="true"></recv>
<send><![CDATA[
ACK sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:+15555550100@[local_ip]:[local_port]>;tag=[pid]S[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
<nop><action><exec rtp_stream="%s,1,0,PCMU/8000"/></action></nop>
<pause milliseconds="%d"/>
<send retrans="500"><![CDATA[
BYE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:+15555550100@[local_ip]:[local_port]>;tag=[pid]S[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 2 BYE
Max-Forwards: 70
Content-Length: 0

]]></send>
<recv response="200"></recv>
</scenario>"""


LENGTH_S = 10
T = np.arange(250 * LENGTH_S) / 250
MV = np.sin(2 * np.pi * 1.2 * T) ** 31 + 0.1 * np.sin(2 * np.pi * 7 * T)


def tone() -> NDArray[np.int16]:
    """The strip, with a second of silence around it."""
    made = modulate(MV, 250.0, profile("simulated"), 8000, Playing())
    rest = np.zeros(8000, np.int16)
    return np.concatenate([rest, (made / np.abs(made).max() * 16000).astype(np.int16), rest])


def likeness(heard: Heard) -> float:
    """Of the strip that is read from what came, with the one that was sent."""
    receiver, strip = Receiver(8000, profile("simulated")), []
    for part in heard.parts:
        strip += receiver.lose(part) if isinstance(part, int) else receiver.feed(g711.decode(part, heard.law))
    hz = np.concatenate([one.hz for one in [*strip, *receiver.end()] if isinstance(one, Samples)])
    like = np.correlate((hz - hz.mean()) / hz.std(), (MV - MV.mean()) / MV.std(), "full") / len(MV)
    return float(like.max())


@pytest.mark.foreign
@pytest.mark.parametrize("transport", ["u1", "t1"])
def test_a_strip_that_sipp_plays_is_the_strip_that_was_sent(transport: str, tmp_path: Path) -> None:
    sound = tone()
    sent = g711.encode(sound[: len(sound) // 160 * 160], "mu").tobytes()
    (tmp_path / "strip.ul").write_bytes(sent)
    (tmp_path / "call.xml").write_text(SCENARIO % (tmp_path / "strip.ul", len(sent) // 8 + 500))
    board = Board()

    async def whole() -> None:
        async with line(board) as one:
            sipp = await asyncio.create_subprocess_exec(
                *("sipp", f"127.0.0.1:{one.port}", "-sf", "call.xml", "-m", "1", "-s", "1001"),
                *("-i", "127.0.0.1", "-t", transport, "-nostdin", "-timeout", "90s"),
                cwd=tmp_path,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            await board.until(lambda: board.calls)
            board.only.call.answer()
            assert await sipp.wait() == 0
            await board.until(lambda: board.only.why)

    asyncio.run(whole())
    assert board.only.sound in sent or sent in board.only.sound
    assert likeness(board.only) > 0.99


BARESIP = """poll_method epoll
sip_listen 127.0.0.1:0
audio_player aufile,{folder}/heard.wav
audio_source aufile,{folder}/strip.wav
audio_alert ausine,400
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
jitter_buffer_type off
module_path {modules}
module g711.so
module aufile.so
module ausine.so
module_tmp account.so
module_app menu.so
"""


def modules() -> Path:
    """Where the package keeps baresip's modules; elsewhere on another machine's architecture."""
    found = [*Path("/usr").glob("lib/baresip/modules"), *Path("/usr").glob("lib/*/baresip/modules")]
    assert found, "baresip has no modules here"
    return found[0]


@contextlib.asynccontextmanager
async def baresip(folder: Path, law: str, port: int) -> AsyncIterator[None]:
    """baresip telephones, as long as this is open."""
    (folder / "config").write_text(BARESIP.format(folder=folder, modules=modules()))
    (folder / "accounts").write_text(f"<sip:+15555550100@127.0.0.1>;regint=0;audio_codecs={law}\n")
    (folder / "contacts").write_text("")
    telephone = await asyncio.create_subprocess_exec(
        *("baresip", "-4", "-f", str(folder), "-e", f"/dial sip:1001@127.0.0.1:{port}", "-t", "300"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            telephone.terminate()
        await telephone.wait()


def worn(folder: Path, seconds: float) -> None:
    """The recording as a bad telephone leaves it: another rate and back, noise 20 dB below, clipped."""
    run = lambda *words: subprocess.run(["sox", "-V1", "-R", *words], cwd=folder, check=True)  # noqa: E731
    run("clean.wav", "-r", "44100", "second.wav")
    run("-n", "-r", "44100", "-b", "16", "noise.wav", "synth", f"{seconds:.2f}", "whitenoise", "vol", "0.06")
    run("-m", "-v", "1", "second.wav", "-v", "1", "noise.wav", "-b", "16", "third.wav", "gain", "6")
    run("third.wav", "-r", "8000", "-b", "16", "strip.wav")


@pytest.mark.foreign
@pytest.mark.parametrize(
    ("law", "spoilt", "least"), [("PCMU", False, 0.99), ("PCMA", False, 0.99), ("PCMU", True, 0.97)]
)
def test_a_strip_that_baresip_plays_is_read(law: str, spoilt: bool, least: float, tmp_path: Path) -> None:
    sound = tone()
    soundfile.write(tmp_path / ("clean.wav" if spoilt else "strip.wav"), sound, 8000, subtype="PCM_16")
    if spoilt:
        worn(tmp_path, len(sound) / 8000)
    board = Board()

    async def whole() -> None:
        async with line(board) as one, baresip(tmp_path, law, one.port):
            await board.until(lambda: board.calls)
            board.only.call.answer()
            await board.until(lambda: board.only.samples > len(sound) - 1600)
            board.only.call.hang_up("the strip is there")

    asyncio.run(whole())
    assert board.only.call.caller == "+15555550100"
    assert board.only.law == ("mu" if law == "PCMU" else "a")
    assert board.only.lost == 0
    assert likeness(board.only) > least
