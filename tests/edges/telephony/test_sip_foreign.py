"""sipp, which is not ours, plays a strip as a tone: it arrives to the byte, and its strip is the one sent."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

import numpy as np
import pytest
from tests.edges.telephony.board import Board
from tests.edges.telephony.test_sip_line import line, until

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


@pytest.mark.foreign
@pytest.mark.parametrize("transport", ["u1", "t1"])
def test_a_strip_that_sipp_plays_is_the_strip_that_was_sent(transport: str, tmp_path: Path) -> None:
    t = np.arange(250 * 10) / 250
    mv = np.sin(2 * np.pi * 1.2 * t) ** 31 + 0.1 * np.sin(2 * np.pi * 7 * t)
    tone = modulate(mv, 250.0, profile("simulated"), 8000, Playing())
    rest = np.zeros(8000, np.int16)
    sound = np.concatenate([rest, (tone / np.abs(tone).max() * 16000).astype(np.int16), rest])
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
            await until(lambda: board.calls)
            board.only.call.answer()
            assert await sipp.wait() == 0
            await until(lambda: board.only.why)

    asyncio.run(whole())
    assert board.only.sound in sent or sent in board.only.sound
    receiver, strip = Receiver(8000, profile("simulated")), []
    for part in board.only.parts:
        strip += receiver.lose(part) if isinstance(part, int) else receiver.feed(g711.decode(part, "mu"))
    hz = np.concatenate([one.hz for one in [*strip, *receiver.end()] if isinstance(one, Samples)])
    likeness = np.correlate((hz - hz.mean()) / hz.std(), (mv - mv.mean()) / mv.std(), "full") / len(mv)
    assert likeness.max() > 0.99
