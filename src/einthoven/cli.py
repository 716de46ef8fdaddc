"""The commands. Words and exit codes are a contract: 0 done, 1 damaged, unlike or not known to be
done, 2 bad input, 130 stopped.

Each command imports what it needs when it runs, so that ``--help`` is quick.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from einthoven import (
    __version__,
    cli_billing,
    cli_claims,
    cli_codes,
    cli_dossier,
    cli_files,
    cli_hl7,
    cli_peers,
    cli_people,
    cli_report,
    cli_send,
    cli_telephone,
)
from einthoven.base.errors import EinthovenError, FaultsError, InputError

Command = TypeVar("Command", bound=Callable[..., Any])
FOLDER = click.Path(file_okay=False, path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)
PORT = click.IntRange(0, 65535)


class Number(click.FloatRange):
    """A float range that takes no NaN (which is neither below nor above anything) and no infinity."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number, or click's own refusal."""
        number = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value!r} is not a finite number.", param, ctx)
        return number


RATE = Number(100, 1000)
"""What the link takes."""


LONG = ("analyze", "dossier", "evaluate", "night", "report")
"""Commands that say so when they are interrupted: what they would have written is not there."""


class Commands(click.Group):
    """The commands, and what becomes of an interrupted one."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was named."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            if ctx.invoked_subcommand in LONG:
                click.echo("einthoven: interrupted", err=True)
            raise click.exceptions.Exit(130) from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="einthoven")
def app() -> None:
    """Real-time outpatient cardiac telemetry: a receiving center, its wall, transmitters to try it with.

    \b
    A first patient, in three terminals:
      einthoven serve --data center
      einthoven enroll --center http://127.0.0.1:8093 --patient "Doe, Jane" \\
          --transmitter T-100 --rate 360 --leads MLII,V5 --out t-100.key
      einthoven transmit mitdb/100 --center http://127.0.0.1:8093 --key t-100.key
    """


def _center(command: Command) -> Command:
    words = "The center: http://127.0.0.1:8093 (or its link, wss://…/link)."
    return click.option("--center", required=True, metavar="URL", help=words)(command)


def _key(command: Command) -> Command:
    words = "Key file made by `einthoven enroll`."
    return click.option("--key", required=True, type=FILE, metavar="KEYFILE", help=words)(command)


def _data(command: Command) -> Command:
    return click.option("--data", required=True, type=FOLDER, help="The center's data folder.")(command)


def _out(command: Command) -> Command:
    words = "Folder to write to; made if missing."
    return click.option("-o", "--out", required=True, type=FOLDER, help=words)(command)


@app.command()
@click.option("--patients", default=16, show_default=True, type=click.IntRange(1, 500), help="How many.")
@click.option("--records", type=FOLDER, help="WFDB records to replay; without it, simulated hearts.")
@click.option("--port", type=PORT, help="Port of the pages; a free one if not given.")
@click.option("--data", type=FOLDER, help="Keep the data here; a temporary folder if not given.")
def demo(patients: int, records: Path | None, port: int | None, data: Path | None) -> None:
    """A whole center on this machine: patients with different hearts, live. Ctrl-C stops it."""
    from einthoven.bootstrap.demo import run_demo

    run_demo(patients=patients, records=records, port=port, data=data)


@app.command()
@_data
@click.option("--port", type=PORT, help="Port of the pages [8093]; transmitters use the next one.")
@click.option("--link-host", help="Address on which transmitters are received [127.0.0.1].")
@click.option("--link-port", type=PORT, help="Port for transmitters [the pages' port + 1].")
@click.option("--segment-s", type=click.IntRange(min=10), help="Seconds in a sealed segment [3600].")
def serve(
    data: Path, port: int | None, link_host: str | None, link_port: int | None, segment_s: int | None
) -> None:
    """Run the receiving center on a data folder. Ctrl-C or SIGTERM stops it cleanly."""
    from einthoven.bootstrap.serve import run_center

    run_center(data, web_port=port, link_host=link_host, link_port=link_port, segment_s=segment_s)


@app.command()
@_center
@click.option("--patient", required=True, help="The patient's complete name, e.g. 'Doe, Jane'.")
@click.option("--transmitter", required=True, metavar="ID", help="Identifier on the label.")
@click.option("--rate", required=True, type=RATE, metavar="HZ", help="Samples per second and lead.")
@click.option("--leads", required=True, help="Lead names in channel order, e.g. II,V1.")
@click.option("--out", required=True, type=FILE, metavar="KEYFILE", help="Key file to write (mode 0600).")
@click.option("--birth-date", help="YYYY-MM-DD.")
@click.option("--sex", help="female, male, other or unknown.")
@click.option("--address", help="Where the patient lives.")
@click.option("--telephone", help="Where the patient is reached.")
@click.option("--physician", help="Ordering physician's name.")
@click.option("--npi", help="Ordering physician's NPI (ten digits).")
@click.option("--physician-telephone", help="Where the physician is reached.")
@click.option("--end-previous", is_flag=True, help="End this transmitter's open period first.")
@click.option(
    "--token",
    envvar="EINTHOVEN_TOKEN",
    show_envvar=True,
    help="Where one must sign in: of a machine with the roles service and enrollment.",
)
def enroll(center: str, out: Path, token: str | None, **given: Any) -> None:
    """Open a service period: one patient, one transmitter, one key, one new stream (R5).

    The same transmitter enrolled again for the same patient ends the period before. Exits 1 when the center
    was asked and did not answer: a period may be open then, and enrolling again ends it.
    """
    from einthoven.bootstrap.enroll import enroll_at

    person = {name: given[name] for name in ("birth_date", "sex", "address", "telephone")}
    body: dict[str, object] = {
        "patient": {"name": given["patient"]} | _known(person),
        "transmitter": given["transmitter"],
        "rate_hz": given["rate"],
        "leads": [name.strip() for name in given["leads"].split(",")],
        "end_previous": given["end_previous"],
    }
    if given["physician"] is None:
        for name in ("npi", "physician_telephone"):
            if given[name] is not None:
                raise InputError(f"--{name.replace('_', '-')} needs --physician: whose it is")
    else:
        office = {"npi": given["npi"], "telephone": given["physician_telephone"]}
        body["physician"] = {"name": given["physician"]} | _known(office)
    _print(enroll_at(center, body, out, token=token))


@app.command()
@click.argument("record")
@_center
@_key
@click.option("--speed", default=1.0, show_default=True, type=Number(0.01), help="Times real time.")
@click.option("--start", metavar="ISO", help="When the first sample was taken, in the past.")
@click.option("--patience", default=120.0, show_default=True, type=Number(1), help="Seconds.")
def transmit(record: str, center: str, key: Path, speed: float, start: str | None, patience: float) -> None:
    """Send RECORD (WFDB without extension, .edf or ISHNE) as a transmitter would.

    At speed 1 it is sent as it happens. Above 1 the record is dated to end now (or to begin at --start)
    and goes as backlog. Exits 0 only when every sample is acknowledged, 2 when the center refuses, 1 after
    --patience seconds without progress.
    """
    from einthoven.bootstrap.tools import transmit_record

    _print(transmit_record(record, center, key, speed=speed, start=start, patience=patience))


@app.command()
@click.argument("records", nargs=-1, required=True, metavar="RECORD...")
@_out
@click.option("-a", "--annotator", default="ein", show_default=True, help="Extension of the annotations.")
@click.option("--json", "findings", is_flag=True, help="Also NAME.json and NAME.measurements.json.")
@click.option("--waves", is_flag=True, help="Also NAME.wav: borders ( p ) ( N ) ( t ) of each beat.")
@click.option("--leads", metavar="II,V1", help="Only these leads: names, or signal numbers from 0.")
@click.option("--thresholds", type=FILE, metavar="FILE", help="A site's table (docs/thresholds.md).")
def analyze(
    records: tuple[str, ...],
    out: Path,
    annotator: str,
    findings: bool,
    waves: bool,
    leads: str | None,
    thresholds: Path | None,
) -> None:
    """Find beats, their classes and rhythms in RECORDs, with the analysis of the live ward.

    RECORD is a WFDB record (path without extension), an .edf or an ISHNE file, 100–1000 Hz, at most 12 leads.
    All are read before anything is written; one that cannot be analysed is named, with exit code 2.

    \b
    Written for each record NAME, all of it or nothing:
      OUT/NAME.ein                beats (N S V F, | for an artefact), rhythm changes (+), ventricular
                                  fibrillation ([ ]) and signal quality (~), as WFDB annotations
      OUT/NAME.json               --json: findings, each with rule, values, limits, beats and strip
      OUT/NAME.measurements.json  --json: rates, variability, PR QRS QT QTc, ST, burden, counts
      OUT/NAME.wav                --waves: borders of P, QRS and T, as WFDB annotations

    \b
    einthoven analyze mitdb/100 mitdb/119 -o out --json
    rdann -r 119 -a ein                 (the WFDB tools read them, here from within out)
    """
    from einthoven.bootstrap.analyze import Wanted, analyze_records
    from einthoven.bootstrap.limits import thresholds_of

    chosen = tuple(name.strip() for name in leads.split(",")) if leads is not None else ()
    analyze_records(records, Wanted(out, annotator, findings, waves, chosen, thresholds_of(thresholds)))


@app.command()
@click.argument("path", metavar="DATADIR", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of tables.")
@click.option("-o", "--out", type=FOLDER, help="Keep the annotations as OUT/DATABASE/RECORD.ein.")
@click.option("-a", "--annotator", default="ein", show_default=True, help="Extension of the annotations.")
def evaluate(path: Path, as_json: bool, out: Path | None, annotator: str) -> None:
    """Analyse the databases in DATADIR and say how well, against their reference annotations.

    DATADIR is a folder of databases (mitdb, svdb, nstdb, …: each a folder of WFDB records) or one of them.

    \b
    What is scored, by what a database has:
      .atr             beats and rhythms after ANSI/AAMI EC57: 150 ms window, first five minutes left out
      .atr, no signal  atrial fibrillation from the beats of .qrs (or .atr) alone
      .q1c             borders of P, QRS and T in milliseconds
      REFERENCE.csv    class of each strip, F1 as in the challenge of 2017
      *_5s_shockable_labels.csv  windows of five seconds, shockable or not

    With --json the figures of a database scored by .atr are under its name, in the form of the EC57 scorer:
    meta, groups (all, nonpaced, DS1, DS2), records, missing. Beside them: other (the other forms), notes
    (what is in sample: the shipped models were taught on it) and left_out (what could not be scored, and
    why). A record that cannot be analysed counts as if nothing were found in it. Two processes at the most.

    \b
    einthoven evaluate data/mitdb
    einthoven evaluate data --json -o out > figures.json
    """
    from einthoven.bootstrap.evaluate import evaluate_databases

    evaluate_databases(path, out, annotator, as_json)


@app.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--head", "heads", multiple=True, metavar="N:HASH", help="A head of the audit kept elsewhere.")
@click.option("--heads", "kept", type=FILE, metavar="FILE", help="File of such heads; today's is added.")
@click.option("--key", metavar="PUBLIC", help="Of an archive: the public key of the center that made it.")
def verify(path: Path, heads: tuple[str, ...], kept: Path | None, key: str | None) -> int:
    """Prove a data folder, or an archive of `einthoven dossier`, whole: PATH is either.

    Exit 0 whole, 1 damaged (what and where), 2 unreadable.

    \b
    An archive needs no data folder: its signature is checked against --key (64 hexadecimal digits or a
    file of them), every file against the signed list, the audit against its hashes. A forgery signed
    anew fails, since the key comes from whoever checks.

    The audit is a chain; its last hash, the head, is printed. Kept out of reach of whoever can write PATH,
    it shows later that nothing before it was changed, taken out or written anew. Each --head and every line
    of --heads FILE must be in the chain; when all is whole, today's head is put at the end of FILE.
    """
    from einthoven.bootstrap.verify import verify_folder
    from einthoven.edges.exchange.bundle import is_archive

    if key is not None or is_archive(path):
        from einthoven.bootstrap.dossier_verify import verify_dossier

        return verify_dossier(path, key)
    return verify_folder(path, heads, kept)


@app.command()
@_center
@click.option("--on-alarm", default="", metavar="CMD", help="Run for each alarm, by the shell.")
@click.option("--after", default=5.0, show_default=True, type=Number(1, 3600), help="Seconds until an alarm.")
@click.option("--trust", type=FILE, metavar="PEM", help="Certificates to trust instead of the system's.")
def watchdog(center: str, on_alarm: str, after: float, trust: Path | None) -> int:
    """Watch a center from outside and make noise when it is gone or not ready. Ctrl-C stops it.

    Best on another machine: a center that is gone cannot say so. The alarm is a line on stderr with the
    terminal's bell, again every 30 seconds while it lasts; CMD finds it in EINTHOVEN_ALARM. Exits 1 when the
    center was missing at the end, else 0.
    """
    from einthoven.bootstrap.watchdog import run_watchdog

    return run_watchdog(center, on_alarm, after, trust)


@app.command()
def settings() -> None:
    """Print every setting with its default and its reason."""
    from einthoven.settings import annotated

    click.echo(annotated(), nl=False)


@app.command()
@click.argument("url")
@_key
@click.option(
    "--listen",
    is_flag=True,
    help="Play the center to a maker's transmitter; URL is HOST:PORT (0: a free one).",
)
@click.option(
    "--rate",
    default=250.0,
    show_default=True,
    type=RATE,
    metavar="HZ",
    help="With --listen: of the key file made.",
)
@click.option("--leads", default="II,V1", show_default=True, help="With --listen: of the key file made.")
def conform(url: str, key: Path, listen: bool, rate: float, leads: str) -> int:
    """Play the link of docs/wire.md against a center and say what differs (exit 1).

    The key should be of an enrollment made for the purpose: a few seconds of made-up ECG are sent. With
    --listen the key file is made if it is not there; set the transmitter up with it.
    """
    from einthoven.bootstrap.conform import examine

    return examine(url, key, listen=listen, rate=rate, leads=[name.strip() for name in leads.split(",")])


@app.command()
@click.argument("night")
@click.option("--seed", type=int, help="Of everybody's delays; the file's own without it.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as one JSON object.")
def night(night: str, seed: int | None, as_json: bool) -> int:
    """Play a night of staff and patients on virtual time and print its continuity report.

    NIGHT is one of the package (night40, rough) or a file (docs/nights.md). Exit 1 where a second reading of
    what happened disagrees with the report, an alarm was lost, or an expectation of the file is missed.
    """
    from einthoven.bootstrap.night import play

    return play(night, seed, as_json=as_json)


for people in (
    cli_people.administrator,
    cli_people.staff,
    cli_people.site,
    cli_people.station,
    cli_hl7.hl7,
    cli_peers.peer,
    cli_report.report,
    cli_send.send,
    cli_telephone.telephone,
    cli_billing.determine,
    cli_claims.claim,
    cli_codes.code,
    cli_codes.codes,
    cli_files.export,
    cli_dossier.dossier,
    cli_files.import_,
):
    app.add_command(people)


def run(arguments: Sequence[str]) -> int:
    """Run the command line; every refusal is one line on stderr and exit code 2."""
    try:
        result = app.main(args=list(arguments), prog_name="einthoven", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return 0
    except click.ClickException as error:
        return _refuse(error.format_message())
    except (click.Abort, KeyboardInterrupt):
        return 130
    except FaultsError as error:
        return max(_refuse(fault) for fault in str(error).splitlines())
    except EinthovenError as error:
        return _refuse(str(error))
    except OSError as error:
        return _refuse(f"{error.filename or 'system'}: {error.strerror or error}")
    return result if isinstance(result, int) else 0


def _refuse(words: str) -> int:
    click.echo(f"einthoven: {' '.join(words.split())}", err=True)
    return 2


def _known(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _print(values: object) -> None:
    click.echo(json.dumps(values, ensure_ascii=False))
    sys.stdout.flush()
