"""The figures of a database after EC57: gross, average and worst, and of each record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from einthoven.ecg.ec57 import COLUMNS, ROWS, Rules, Scored, counts
from einthoven.ecg.ec57_spans import Episodes


def _names(*numbers: int) -> tuple[str, ...]:
    return tuple(str(number) for number in numbers)


DS1 = _names(101, 106, 108, 109, 112, 114, 115, 116, 118, 119, 122, 124) + _names(
    201, 203, 205, 207, 208, 209, 215, 220, 223, 230
)
DS2 = _names(100, 103, 105, 111, 113, 117, 121, 123) + _names(
    200, 202, 210, 212, 213, 214, 219, 221, 222, 228, 231, 232, 233, 234
)
"""The halves of the MIT-BIH database by de Chazal et al. (2004); the four paced records are in neither."""
KINDS = ("qrs", "veb", "sveb")
BEAT_RATES = ("Se", "PP", "FPR")
EPISODE_RATES = ("ep_Se", "ep_PP", "dur_Se", "dur_PP", "dur_Sp", "dur_Acc")


@dataclass(frozen=True, slots=True)
class Source:
    """Where a report's files came from: folder of the reference, of what was found, and the two
    extensions."""

    refdir: str
    testdir: str | None
    ext: str
    ref_ext: str = "atr"


def percent(part: float, whole: float) -> float | None:
    """``part`` of ``whole`` in percent, four places; None where there is no whole."""
    return round(100.0 * part / whole, 4) if whole > 0 else None


def rounded(value: float, places: int) -> float:
    """Rounded as numpy does, which of two equally near numbers takes the even one of the product: for
    times."""
    return float(np.round(value, places))


def share(part: float, whole: float) -> float | None:
    """``percent`` of times."""
    return rounded(100.0 * part / whole, 4) if whole > 0 else None


def beat_rates(count: Mapping[str, int]) -> dict[str, Any]:
    """Counts with sensitivity, positive predictivity, false positive rate (where true negatives are known),
    F1."""
    hit, missed, extra = (count[name] for name in ("TP", "FN", "FP"))
    out: dict[str, Any] = dict(count)
    out["Se"], out["PP"] = percent(hit, hit + missed), percent(hit, hit + extra)
    if "TN" in count:
        out["FPR"] = percent(extra, extra + count["TN"])
    out["F1"] = percent(2 * hit, 2 * hit + missed + extra)
    return out


def episode_rates(episodes: Episodes) -> dict[str, Any]:
    """Times and numbers of episodes with their rates, in percent."""
    e = episodes
    free = e.total_s - e.ref_s
    quiet = free - (e.test_s - e.overlap_s)
    seconds = {name: value for name, value in asdict(e).items() if name.endswith("_s")}
    return {name: rounded(value, 3) for name, value in seconds.items()} | {
        "TPS": e.TPS,
        "FN": e.FN,
        "TPP": e.TPP,
        "FP": e.FP,
        "ep_Se": share(e.TPS, e.TPS + e.FN),
        "ep_PP": share(e.TPP, e.TPP + e.FP),
        "dur_Se": share(e.overlap_s, e.ref_s),
        "dur_PP": share(e.overlap_s, e.test_s),
        "dur_Sp": share(quiet, free),
        "dur_Acc": share(quiet + e.overlap_s, e.total_s),
    }


def report(
    scored: Mapping[str, Scored], source: Source, missing: Sequence[str] = (), rules: Rules | None = None
) -> dict[str, Any]:
    """Everything about a database, JSON-ready: ``meta``, ``groups``, ``records``, ``missing``.

    Args:
        scored: records by name, in order.
        source: where the files came from.
        missing: records without a file of what was found; they count as if it were empty.
        rules: how they were scored; None for the standard's.
    """
    rules = rules or Rules()
    records = {name: _record(each) for name, each in scored.items()}
    names = list(scored)
    paced = [name for name in names if scored[name].paced]
    plain = [name for name in names if not scored[name].paced]
    table = _Table(scored, records)
    groups = {"all": table.group(names, plain)}
    if paced:
        groups["nonpaced"] = table.group(plain, plain)
        groups["all_incl_paced"] = table.group(names, names)
    for name, half in (("DS1", DS1), ("DS2", DS2)):
        if set(half) <= set(names):
            groups[name] = table.group(half, half)
    meta = asdict(source) | {
        "start_s": rules.start_s,
        "end_s": rules.end_s,
        "window_s": rules.window_s,
        "escape": rules.escape,
        "paced": paced,
        "n_records": len(names),
        "matrix_rows": ROWS,
        "matrix_columns": COLUMNS,
    }
    return {"meta": meta, "groups": groups, "records": records, "missing": list(missing)}


def _record(scored: Scored) -> dict[str, Any]:
    out: dict[str, Any] = {kind: beat_rates(count) for kind, count in counts(scored.matrix).items()}
    out["paced"] = scored.paced
    out["matrix"] = scored.matrix.tolist()
    if len(scored.pairs):
        away = (scored.pairs[:, 1] - scored.pairs[:, 0]) * 1000.0 / scored.rate_hz
        middle = float(np.median(away))
        out["offset_ms"] = {
            "median": round(middle, 2),
            "sd": round(float(away.std()), 2),
            "p95_abs_dev": round(float(np.percentile(np.abs(away - middle), 95)), 2),
        }
        error = np.diff(away)[scored.following[1:]]
        if len(error):
            out["rr_err_ms"] = {
                "rms": round(float(np.sqrt(np.mean(error**2))), 3),
                "median_abs": round(float(np.median(np.abs(error))), 3),
                "n": len(error),
            }
    told = {name: each for name, each in scored.rhythm.items() if each.ref_s or each.test_s}
    out["rhythm"] = {name: episode_rates(each) for name, each in told.items()}
    return out


@dataclass(frozen=True, slots=True)
class _Table:
    """Records, and the figures of groups of them."""

    scored: Mapping[str, Scored]
    records: Mapping[str, dict[str, Any]]

    def group(self, names: Sequence[str], beat_names: Sequence[str]) -> dict[str, Any]:
        """Figures of ``names``; those of classes of beats only over ``beat_names``."""
        out: dict[str, Any] = {
            kind: self._beats(kind, names if kind == "qrs" else beat_names) for kind in KINDS
        }
        out["rhythm"] = self._rhythms(names)
        matrices = [self.scored[name].matrix for name in beat_names]
        out["matrix_beat_records"] = np.sum(matrices, axis=0).tolist() if matrices else None
        return out

    def _beats(self, kind: str, names: Sequence[str]) -> dict[str, Any]:
        keys = ("TP", "FN", "FP") if kind == "qrs" else ("TP", "FN", "FP", "TN")
        rows = {name: self.records[name][kind] for name in names}
        gross = beat_rates({key: sum(row[key] for row in rows.values()) for key in keys})
        average: dict[str, Any] = {}
        worst: dict[str, Any] = {}
        for rate in BEAT_RATES:
            known = [(row[rate], name) for name, row in rows.items() if row.get(rate) is not None]
            if not known:
                continue
            average[rate] = round(sum(value for value, _ in known) / len(known), 4)
            average[f"n_{rate}"] = len(known)
            value, name = (max if rate == "FPR" else min)(known)
            worst[rate] = {"value": value, "record": name}
        return {"gross": gross, "average": average, "worst": worst, "n_records": len(names)}

    def _rhythms(self, names: Sequence[str]) -> dict[str, Any]:
        out: dict[str, Any] = {}
        kinds = dict.fromkeys(kind for name in names for kind in self.scored[name].rhythm)
        for kind in kinds:
            rows = [self.scored[name].rhythm[kind] for name in names]
            if not any(row.ref_s or row.test_s for row in rows):
                continue
            rates = [episode_rates(row) for row in rows]
            average = {rate: _mean([row[rate] for row in rates]) for rate in EPISODE_RATES}
            out[kind] = {"gross": episode_rates(sum(rows, Episodes())), "average": average}
        return out


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return rounded(sum(known) / len(known), 4) if known else None
