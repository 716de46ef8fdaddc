"""The proof of surveillance once more, as slowly and plainly as can be: moment by moment from the deeds."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from einthoven.base.deeds import Deed
from einthoven.base.instants import Instant
from einthoven.surveillance.qualification import Recognised


def in_service(deeds: Sequence[Deed], stream: int, at: Instant) -> bool:
    inside = False
    for deed in deeds:
        if deed.body.get("stream") == stream:
            if deed.kind == "service.began" and deed.body["since"] <= at:
                inside = True
            if deed.kind == "service.ended" and deed.body["until"] <= at:
                inside = False
    return inside


def responsible(deeds: Sequence[Deed], stream: int, at: Instant) -> list[tuple[int, int]]:
    """(person, station) of every watch that is held at a moment."""
    found = {}
    for deed in deeds:
        body = deed.body
        if body.get("stream") == stream:
            if deed.kind == "watch.held" and body["since"] <= at:
                found[body["watch"]] = (body["by"], body["station"])
            if deed.kind == "watch.released" and body["until"] <= at:
                found.pop(body["watch"], None)
            if deed.kind == "watch.lost" and body["since"] <= at:
                found.pop(body["watch"], None)
    return list(found.values())


def displayed(deeds: Sequence[Deed], stream: int, station: int, at: Instant) -> bool:
    inside = False
    for deed in deeds:
        if (deed.body.get("stream"), deed.body.get("station")) == (stream, station):
            if deed.kind == "display.shown" and deed.body["since"] <= at:
                inside = True
            if deed.kind == "display.ended" and deed.body["until"] <= at:
                inside = False
    return inside


def fit(deeds: Sequence[Deed], person: int, at: Instant) -> bool:
    known = [deed for deed in deeds if deed.at <= at]
    mine = [deed for deed in known if deed.body.get("person") == person]
    works = [deed.kind for deed in mine if deed.kind in ("staff.joined", "staff.left", "staff.returned")]
    duties = [deed for deed in mine if deed.kind.startswith("duty.")]
    if not works or works[-1] == "staff.left" or not duties or duties[-1].kind == "duty.ended":
        return False
    papers = any(
        deed.kind == "staff.credential" and deed.body["since"] <= at < deed.body["expires"] for deed in mine
    )
    topics = {
        deed.body["topic"]
        for deed in mine
        if deed.kind == "staff.training" and deed.body["on"] <= at < deed.body["expires"]
    }
    address = ipaddress.ip_address(duties[-1].body["address"])
    sites = [deed for deed in known if deed.kind in ("site.added", "site.changed")]
    near = any(address in ipaddress.ip_network(network) for network in sites[-1].body["networks"])
    return papers and topics == set(Recognised().topics) and near


def covered(deeds: Sequence[Deed], stream: int, at: Instant) -> bool:
    return any(
        displayed(deeds, stream, station, at) and fit(deeds, person, at)
        for person, station in responsible(deeds, stream, at)
    )


def open_incidents(deeds: Sequence[Deed], stream: int, at: Instant) -> int:
    found = set()
    for deed in deeds:
        if deed.body.get("stream") == stream:
            if deed.kind == "incident.opened" and deed.body["since"] <= at:
                found.add(deed.body["incident"])
            if deed.kind == "incident.ended" and deed.body["until"] <= at:
                found.discard(deed.body["incident"])
    return len(found)
