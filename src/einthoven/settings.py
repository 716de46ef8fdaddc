"""What a site can set, with defaults that are sane for one machine. Read once, at the start.

Sources, the later winning: the defaults below, ``einthoven.toml`` in the data folder, environment variables
``EINTHOVEN_<NAME>`` in capitals, options of the command line.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Final

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from einthoven.base.errors import InputError

HOST_PORT: Final = r"^([0-9A-Za-z.:\[\]-]+:[0-9]{1,5})?$"
"""Where something is listened for: ``host:port``, or nothing."""

SETTINGS_FILE = "einthoven.toml"


class Settings(BaseSettings):
    """Every setting; ``einthoven settings`` prints them with their reasons."""

    model_config = SettingsConfigDict(env_prefix="EINTHOVEN_", extra="forbid", frozen=True)

    web_host: str = Field(
        default="127.0.0.1",
        pattern=r"^[0-9A-Fa-f.:]+$",
        description="Address on which the pages listen; beyond loopback with TLS and an administrator.",
    )
    web_port: int = Field(default=8093, ge=0, le=65535, description="Port of the pages; 0 takes a free one.")
    web_name: str = Field(
        default="",
        description="Name by which browsers reach the pages beyond loopback; passkeys belong to it.",
    )
    web_certificate: str = Field(
        default="",
        description="Certificate of the pages, PEM with its chain: a path, from the data folder on; "
        "empty: one of the center's own.",
    )
    web_key: str = Field(default="", description="Private key of web_certificate, PEM: a path.")
    oidc_issuer: str = Field(
        default="",
        description="Sign-in by your own OpenID Connect provider: its issuer, https://…; empty: none.",
    )
    oidc_client_id: str = Field(default="", description="This center's client id at the provider.")
    oidc_client_secret: str = Field(
        default="",
        repr=False,
        description="Its client secret; better in EINTHOVEN_OIDC_CLIENT_SECRET than in a file.",
    )
    oidc_claim: str = Field(
        default="preferred_username",
        description="Claim of the ID token that is the login here; who has none here is not signed in.",
    )
    oidc_label: str = Field(default="single sign-on", description="What the button says.")
    lock_minutes: int = Field(
        default=15,
        ge=1,
        le=60,
        description="Controls lock after so long without an act; the wall goes on.",
    )
    session_hours: int = Field(
        default=14,
        ge=1,
        le=24,
        description="A session ends after so long, unless both factors were proved again.",
    )
    link_host: str = Field(
        default="127.0.0.1",
        description="Where transmitters connect (TLS, each proven by its own key); 0.0.0.0 for all.",
    )
    link_port: int = Field(
        default=0, ge=0, le=65535, description="Port for transmitters; 0 takes the web port + 1."
    )
    link_name: str = Field(
        default="",
        description="Host name or address that transmitters dial, written into key files; empty: link_host.",
    )
    connections_max: int = Field(
        default=12_000,
        ge=1,
        description="Open transmitter connections; more are refused as busy. Bound by memory (120 KB each) "
        "and the limit of open files.",
    )
    commit_ms: int = Field(
        default=50,
        ge=1,
        le=1000,
        description="Frames are gathered this long before one write and one fsync acknowledge them.",
    )
    ward_step_ms: int = Field(
        default=100, ge=10, le=1000, description="How often the live analysis takes a batch step."
    )
    ward_save_s: int = Field(
        default=60, ge=5, description="How often the analysis saves its step, to restart from it."
    )
    thresholds: str = Field(
        default="",
        description="Table of a site's thresholds (docs/thresholds.md): a path, from the data folder on; "
        "empty: the shipped ones.",
    )
    policies: str = Field(
        default="",
        description="Folder of a site's payer policies beside the shipped ones (docs/policies.md): a path, "
        "from the data folder on; empty: the shipped ones alone.",
    )
    codes: str = Field(
        default="codes",
        description="Folder of code files that were loaded by einthoven codes load (docs/codes.md): a path, "
        "from the data folder on.",
    )
    billing: str = Field(
        default="",
        description="Billing file (docs/claims.md): who bills, who pays, what it costs; "
        "a path, from the data folder on; empty: claims say what is missing.",
    )
    center_name: str = Field(
        default="", max_length=80, description="Name of the center, printed on its reports."
    )
    center_telephone: str = Field(
        default="", max_length=40, description="Number that patients call, printed on their instructions."
    )
    zone: str = Field(default="UTC", description="Where the center is, such as America/New_York.")
    shifts: str = Field(
        default="07:00, 19:00", description="When shifts begin, local time: what is told of this shift."
    )
    report_hour: str = Field(
        default="08:00",
        pattern=r"^([01]\d|2[0-3]):[0-5]\d$",
        description="When a day of wear is cut, local time of zone: the daily report tells of 24 h up to it.",
    )
    notices: str = Field(
        default="",
        description="Who gets notices by e-mail and webhook (docs/messages.md): a path, from the data folder "
        "on; empty: nobody.",
    )
    notices_hold: str = Field(
        default="minimal",
        pattern="^(minimal|criteria|name)$",
        description="What a notice may hold: case and tier (minimal), the values that met the criteria too "
        "(criteria), the patient's name too (name).",
    )
    smtp_host: str = Field(default="", description="Server that takes e-mail; empty: none is sent.")
    smtp_port: int = Field(default=587, ge=1, le=65535, description="Its port.")
    smtp_security: str = Field(
        default="starttls",
        pattern="^(tls|starttls|none)$",
        description="tls from the first byte, starttls, or none: only to a server on this machine.",
    )
    smtp_sender: str = Field(default="", description="Address that e-mail comes from.")
    smtp_user: str = Field(default="", description="Login at the server; empty: none.")
    smtp_password: str = Field(
        default="", repr=False, description="Its password; better smtp_password_file or the environment."
    )
    smtp_password_file: str = Field(
        default="", description="A file that holds the password: a path, from the data folder on."
    )
    smtp_trust: str = Field(
        default="", description="Certificates to trust at the server instead of the system's, PEM: a path."
    )
    webhook_secret: str = Field(
        default="",
        repr=False,
        description="Key of the webhooks' signatures, 24 bytes or more; better webhook_secret_file or the "
        "environment.",
    )
    webhook_secret_file: str = Field(
        default="", description="A file that holds the key: a path, from the data folder on."
    )
    webhook_trust: str = Field(
        default="", description="Certificates to trust at webhooks instead of the system's, PEM: a path."
    )
    hl7_listen: str = Field(
        default="",
        pattern=HOST_PORT,
        description="host:port on which ADT messages of a hospital are taken by MLLP (docs/hl7.md); empty: "
        "none are.",
    )
    hl7_from: str = Field(
        default="127.0.0.1, ::1",
        description="Addresses and networks that may send them; MLLP itself knows no sign-in.",
    )
    hl7_send: str = Field(
        default="",
        pattern=HOST_PORT,
        description="host:port to which signed reports go as ORU^R01 by MLLP; empty: nowhere.",
    )
    hl7_security: str = Field(
        default="none",
        pattern="^(tls|none|tunnel)$",
        description="tls in both directions; none: only to and from this machine; tunnel: unprotected here, "
        "because the network is protected otherwise.",
    )
    hl7_certificate: str = Field(
        default="",
        description="Certificate of hl7_listen, PEM with its chain: a path, from the data folder on.",
    )
    hl7_key: str = Field(default="", description="Private key of hl7_certificate, PEM: a path.")
    hl7_trust: str = Field(
        default="",
        description="Certificates to trust at hl7_send instead of the system's, and which senders must show "
        "then, PEM: a path.",
    )
    hl7_application: str = Field(default="EINTHOVEN", description="This center in MSH-3.")
    hl7_facility: str = Field(default="", description="This center in MSH-4.")
    hl7_to_application: str = Field(default="", description="The receiver in MSH-5.")
    hl7_to_facility: str = Field(default="", description="The receiver in MSH-6.")
    hl7_processing: str = Field(
        default="P",
        pattern="^[PTD]$",
        description="MSH-11 of what is sent and taken: P, or T while training.",
    )
    hl7_hours: int = Field(
        default=24, ge=1, le=240, description="A message is tried this long, then it is a dead letter."
    )
    telephone_instructions: str = Field(
        default="",
        description="File of a site's own instructions that are read to patients at the telephone "
        "(docs/answering.md): a path, from the data folder on; empty: the shipped ones.",
    )
    media_listen: str = Field(
        default="",
        pattern=HOST_PORT,
        description="host:port on which media streams of a telephony service are taken by WebSocket "
        "(docs/media-stream.md); empty: none are.",
    )
    media_lines: str = Field(
        default="",
        description="Who may bring them: a TOML file, a path, from the data folder on.",
    )
    media_name: str = Field(
        default="", description="Name by which the service reaches media_listen; empty: web_name."
    )
    media_certificate: str = Field(
        default="",
        description="Certificate of media_listen, PEM with its chain: a path, from the data folder on; "
        "empty: that of the pages. Without either it listens on this machine only, for a proxy with TLS.",
    )
    media_key: str = Field(default="", description="Private key of media_certificate, PEM: a path.")
    media_calls: int = Field(
        default=100, ge=1, le=5000, description="Media streams that may be open at once."
    )
    media_idle_s: float = Field(
        default=15.0, ge=1.0, le=600.0, description="A media stream that sends nothing for so long is over."
    )
    order_tests: str = Field(
        default="",
        description="How others write the tests that are ordered: theirs=ours, e.g. MCT30=telemetry "
        "(docs/hl7.md#orders); beside those that are known anyway.",
    )
    order_payers: str = Field(
        default="",
        description="How others write payers: theirs=ours, e.g. MCR=medicare; any other stays as it came.",
    )
    order_practices: str = Field(
        default="",
        description="Practice of an order that comes by message, by the NPI of who orders or by the sender: "
        "1234567893=1, EPIC|CLINIC=2.",
    )
    sip_listen: str = Field(
        default="",
        pattern=HOST_PORT,
        description="host:port on which calls of patients are taken by SIP, UDP and TCP (docs/lines.md); "
        "empty: none are.",
    )
    sip_peers: str = Field(
        default="127.0.0.1, ::1",
        description="Addresses and networks of the PBX or trunk that may call; anybody else hears 403.",
    )
    sip_advertise: str = Field(
        default="",
        pattern=r"^[0-9A-Fa-f.:]*$",
        description="Address that callers' lines reach this machine at, where it is behind NAT; empty: the "
        "one this machine has towards each.",
    )
    rtp_ports: str = Field(
        default="40000-40399",
        pattern=r"^[0-9]{1,5}-[0-9]{1,5}$",
        description="UDP ports of the calls' sound, an even one each: first-last.",
    )
    sip_calls: int = Field(
        default=100, ge=1, le=1000, description="Calls by SIP at a time; more hear that it is busy."
    )
    sip_silence_s: int = Field(
        default=30,
        ge=5,
        le=600,
        description="A call from whose line nothing comes for so long is ended; ten times as long on hold.",
    )
    sip_register: str = Field(
        default="",
        pattern=r"^([0-9A-Za-z.-]+|\[[0-9A-Fa-f:]+\])?(:[0-9]{1,5})?$",
        description="host or host:port of a PBX to register with as an extension, by UDP; empty: none.",
    )
    sip_register_user: str = Field(default="", description="The extension there.")
    sip_register_secret: str = Field(
        default="",
        repr=False,
        description="Its secret; better sip_register_secret_file or the environment.",
    )
    sip_register_secret_file: str = Field(
        default="", description="A file that holds the secret: a path, from the data folder on."
    )
    segment_s: int = Field(
        default=3600,
        ge=10,
        le=86_400,
        description="Length of a sealed segment; shorter means more files, sooner sealed.",
    )
    seal_grace_s: int = Field(
        default=600,
        ge=1,
        description="A segment with holes is sealed once nothing has come for it this long.",
    )
    backlog_window_s: int = Field(
        default=60,
        ge=1,
        le=3600,
        description="Unacknowledged backlog one transmitter may have in flight, in seconds of signal.",
    )
    backlog_total_s: int = Field(
        default=20_000,
        ge=1,
        description="The same for all transmitters together: the center's catch-up is shared fairly.",
    )
    disk_reserve_mb: int = Field(
        default=256,
        ge=1,
        description="Free space below which storing stops (loudly), so that facts can still be written.",
    )
    log_level: str = Field(
        default="info", pattern="^(debug|info|warning|error)$", description="Least severe line logged."
    )


def load(folder: Path | None = None, **overrides: Any) -> Settings:
    """The settings of a data folder; ``None`` overrides are ignored.

    Raises:
        InputError: a value is out of range, a name is unknown, or the file is not TOML; names which.
    """
    filed: dict[str, Any] = {}
    source = "settings"
    if folder is not None and (folder / SETTINGS_FILE).is_file():
        source = str(folder / SETTINGS_FILE)
        try:
            filed = tomllib.loads((folder / SETTINGS_FILE).read_text())
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise InputError(f"{source}: {error}") from error
    try:
        environment = Settings()
        named = environment.model_dump(include=environment.model_fields_set)
        return Settings(
            **(filed | named | {name: value for name, value in overrides.items() if value is not None})
        )
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        known = Settings.model_fields.get(name)
        # Of what is secret, or a name that may be a misspelt one of it, nothing is repeated.
        got = f" (got {first['input']!r})" if known is not None and known.repr else ""
        raise InputError(f"{source}: {name}: {first['msg']}{got}") from None


def annotated() -> str:
    """The defaults as a TOML file with a comment above each (``einthoven settings``)."""
    lines = [
        f"# Settings of einthoven: save as {SETTINGS_FILE} in the data folder and change what you need.",
        "# Environment variables EINTHOVEN_<NAME> win over the file, command-line options over both.",
    ]
    for name, field in Settings.model_fields.items():
        default = field.default
        shown = f'"{default}"' if isinstance(default, str) else str(default)
        lines += ["", f"# {field.description}", f"{name} = {shown}"]
    return "\n".join(lines) + "\n"
