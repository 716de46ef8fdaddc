"""``einthoven demo``: a center, and patients with different hearts wearing its transmitters, together."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import tempfile
from pathlib import Path

import click
import httpx
import uvloop

from einthoven import sim
from einthoven.base.deeds import CENTER
from einthoven.base.errors import EnrollmentError, InputError, RecordError
from einthoven.base.ids import StreamId, parse_stream
from einthoven.bootstrap import demo_calls
from einthoven.bootstrap.clock import RealClock
from einthoven.bootstrap.demo_calls import DemoCalls
from einthoven.bootstrap.demo_duty import DemoDuty
from einthoven.bootstrap.demo_kits import DemoKits
from einthoven.bootstrap.demo_orders import put_in_orders
from einthoven.bootstrap.demo_people import people_of_the_demo
from einthoven.bootstrap.demo_watch import circumstances, set_up_watch
from einthoven.bootstrap.keys import new_key
from einthoven.bootstrap.logs import configure_logs
from einthoven.bootstrap.serve import KEYS_FOLDER, Center
from einthoven.edges.exchange.records import read_record
from einthoven.settings import load
from einthoven.sim import demo as play
from einthoven.sim.cues import CuedSource
from einthoven.sim.wire import Credentials, Dialer, LoopScheduler, RealGround

POLICIES = Path(sim.__file__).parent / "policies"
"""A payer that does not exist and covers today: of Medicare no policy of today is held."""
BILLING = Path(sim.__file__).parent / "billing.toml"
"""Who bills in the demo, and to whom: nobody of them exists."""
RECORDS_MAX = 64
"""Records held in memory; half an hour of two leads is 2.6 MB."""


def run_demo(*, patients: int, records: Path | None, port: int | None, data: Path | None) -> None:
    """Run until Ctrl-C; then everything is closed, and a temporary folder removed.

    Raises:
        InputError: the folder of records holds none that can be played, or the port is taken.
    """
    if records is None:
        loaded = []
        click.echo("einthoven demo: simulated hearts (--records FOLDER replays real ones)")
    else:
        loaded = _load(records, patients)
        click.echo(f"einthoven demo: replays records of {records}")
    demo = play.plan(patients, loaded)
    configure_logs("warning")
    if data is not None:
        uvloop.run(_run(demo, data, port))
        return
    with tempfile.TemporaryDirectory(prefix="einthoven-demo-", ignore_cleanup_errors=True) as folder:
        uvloop.run(_run(demo, Path(folder), port))


def _load(folder: Path, patients: int) -> list[play.LoadedRecord]:
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder of records")
    order = {name: place for place, name in enumerate(play.VARIED)}
    headers = sorted(folder.glob("*.hea"), key=lambda path: (order.get(path.stem, len(order)), path.stem))
    loaded: list[play.LoadedRecord] = []
    for header in headers:
        if len(loaded) >= min(patients, RECORDS_MAX):
            break
        try:
            record = read_record(str(header.with_suffix("")))
        except RecordError as error:
            click.echo(f"einthoven: note: {error}", err=True)
            continue
        loaded.append(play.LoadedRecord(record.name, record.layout, record.samples))
    if not loaded:
        raise InputError(f"{folder}: no record in it can be played (want WFDB: NAME.hea with its signals)")
    return loaded


async def _run(demo: play.Demo, folder: Path, port: int | None) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    # On this machine alone, whatever the folder's settings say: one click signs in.
    port = port if port is not None else 0
    given = {"policies": str(POLICIES), "billing": str(BILLING)}
    settings = load(folder, web_port=port, web_host="127.0.0.1", **given)
    center = Center(folder, settings, demo=True)
    await center.start()
    clock = RealClock()
    token, duty = await _staffed(center, folder, len(demo.patients))
    kits = DemoKits(center, duty.posts.practice, folder / KEYS_FOLDER)
    await loop.run_in_executor(None, kits.stock)
    await loop.run_in_executor(None, put_in_orders, center.desk, duty.posts.practice, settings.zone)
    working = loop.create_task(duty.run(), name="demo")
    credentials, callers = await loop.run_in_executor(None, _enroll, center, demo, token)
    await _attended(center, demo, duty, [given.stream for given in credentials], callers)
    dialer = Dialer(center.link_url, credentials[0].certificate)
    scheduler = LoopScheduler(loop)
    ground = RealGround(dialer, scheduler, clock.monotonic)
    stage = play.stage(demo, credentials, clock, scheduler, ground)
    stage.start()
    kits.begin(stage, duty)
    _let_call(center, duty, callers, scheduler)
    click.echo(_welcome(center, demo))
    waiting = [loop.create_task(stop.wait()), loop.create_task(center.wait())]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for task in (*waiting, working):
        task.cancel()
    click.echo("einthoven: stopping")
    duty.leave()
    stage.stop()
    await dialer.close()
    await center.stop()


async def _staffed(center: Center, folder: Path, patients: int) -> tuple[str, DemoDuty]:
    """The token by which the demo enrolls, and its shift, which has sat down."""
    entry, run = center.entry, center.desk
    now, keys = run.room.clock.wall(), folder / KEYS_FOLDER
    token = await entry.access.thread.run(lambda: people_of_the_demo(entry.people, now))
    posts = await entry.access.thread.run(lambda: set_up_watch(run, keys, patients, now))
    usual = -(-patients // len(posts.technicians))
    duty = DemoDuty(run.room, run.hub, posts, usual=usual)
    duty.sit()
    entry.access.demo = duty
    return token, duty


async def _attended(
    center: Center, demo: play.Demo, duty: DemoDuty, streams: list[StreamId], callers: list[StreamId]
) -> None:
    """Tell the desk what it must know of the patients, and wait until somebody watches each of them, but for
    those who telephone: nobody does."""
    room, practice = center.desk.room, duty.posts.practice
    drafts = circumstances(room.desk.books, [*streams, *callers], practice)
    room.desk.commit(drafts, CENTER, room.clock.wall())
    beds = sorted(
        zip(streams, demo.patients, strict=True),
        key=lambda bed: play.CUED.index(name) if (name := bed[1].wearer.heart) in play.CUED else 0,
    )
    duty.ward({stream: one.source for stream, one in beds if isinstance(one.source, CuedSource)})
    await duty.ready(streams)


def _let_call(center: Center, duty: DemoDuty, callers: list[StreamId], scheduler: LoopScheduler) -> None:
    """Patients telephone from now on."""
    book = center.desk.room.desk.books.callers

    def code_of(stream: StreamId) -> str:
        known = book.of(stream)
        return "" if known is None else known.code

    duty.calls = DemoCalls(center.desk.room, center.telephone.room, callers, code_of, scheduler)
    duty.calls.begin()


def _enroll(center: Center, demo: play.Demo, token: str) -> tuple[list[Credentials], list[StreamId]]:
    """Enroll everyone through the center's own door; a folder that is kept goes on with new periods.

    Returns:
        (those with a transmitter, streams of those who telephone).
    """
    certificate = center.certificate.read_text()
    made = []
    headers = {"authorization": f"Bearer {token}"}
    with httpx.Client(base_url=center.web_url, timeout=30.0, trust_env=False, headers=headers) as client:
        for patient in demo.patients:
            seed, public = new_key()
            body = patient.enrollment() | {"public_key": public.hex(), "end_previous": True}
            answer = client.post("/api/enroll", json=body)
            told = answer.json()
            if answer.status_code != 201:
                raise InputError(f"demo: {patient.wearer.patient}: {told.get('error', answer.text)}")
            stream = parse_stream(str(told["stream"]))
            made.append(Credentials(patient.wearer.id, stream, seed, center.link_url, certificate))
        for period in list(center.desk.room.desk.books.periods.values()):
            if period.telephone and period.ended is None:
                with contextlib.suppress(EnrollmentError):  # over already
                    center.service.end(period.stream)
        return made, demo_calls.enroll(client)


def _welcome(center: Center, demo: play.Demo) -> str:
    records = sum(patient.playing.startswith("record") for patient in demo.patients)
    hearts = len(demo.patients) - records
    told = ((records, "a record", "records"), (hearts, "a simulated heart", "simulated hearts"))
    kinds = ", ".join(one if count == 1 else f"{count} {many}" for count, one, many in told if count)
    return f"""
  A center with {len(demo.patients)} patients on this machine: {kinds}

  The wall:          {center.web_url}
  A patient's page:  {center.web_url}/patient/s000001

  Come in by one click, as technician, supervisor, physician …: it is a demo.

  Simulated technicians watch everybody. As technician you are offered patients: y accepts, w shows the
  cases beside the wall, and within a minute something happens to one of yours.

  Try:  arrow keys and Enter on a tile · 1 2 3 for 16, 32, 64 tiles · ? for every key · Ctrl-K finds all
        one patient loses the network now and then: watch the tile go grey, then fill its hole
        the patient page: scroll, zoom from everything to two seconds, l follows live
        a patient telephones after a minute: Shift+T takes the call, and a strip comes as a tone

  Ctrl-C stops it.
"""
