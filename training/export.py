"""From a LightGBM model to the arrays of ``einthoven.ecg.trees``."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from einthoven.ecg.trees import NAN_LEFT, Forest, parse_forest

MODELS = Path(__file__).resolve().parents[1] / "src" / "einthoven" / "ecg" / "models"
FIXED_TIME = (1980, 1, 1, 0, 0, 0)
"""The same model gives the same bytes."""


def forest_of(booster: Any, names: tuple[str, ...]) -> Forest:
    """The trees of a LightGBM booster; splits must be on numbers, with NaN as the only missing value."""
    dump = booster.dump_model()
    feature: list[int] = []
    threshold: list[float] = []
    child: list[int] = []
    roots: list[int] = []

    def place(at: int, node: dict[str, Any]) -> None:
        if "leaf_value" in node:
            feature[at], threshold[at] = -1, node["leaf_value"]
            return
        if node["decision_type"] != "<=" or node["missing_type"] == "Zero":
            raise ValueError(f"a split that the product cannot follow: {node}")
        # Without missing values in training LightGBM takes NaN for zero; here it goes where zero goes.
        left = node["default_left"] if node["missing_type"] == "NaN" else node["threshold"] >= 0
        feature[at] = node["split_feature"] | (int(NAN_LEFT) if left else 0)
        threshold[at] = node["threshold"]
        child[at] = len(feature)
        for part in (feature, threshold, child):
            part.extend([0, 0])
        place(child[at], node["left_child"])
        place(child[at] + 1, node["right_child"])

    for tree in dump["tree_info"]:
        roots.append(len(feature))
        for part in (feature, threshold, child):
            part.append(0)
        place(roots[-1], tree["tree_structure"])
    return Forest(
        np.array(feature, np.int16),
        np.clip(threshold, -3e38, 3e38).astype(np.float32),
        np.array(child, np.int32),
        np.array(roots, np.int32),
        int(dump["num_tree_per_iteration"]),
        names,
    )


def save_forest(forest: Forest, name: str, folder: Path = MODELS) -> Path:
    """Write ``NAME.npz``, compressed, byte for byte the same for the same forest."""
    path = folder / f"{name}.npz"
    arrays = {
        "feature": forest.feature,
        "threshold": forest.threshold,
        "child": forest.child,
        "root": forest.root,
        "classes": np.array(forest.classes),
        "names": np.array(forest.names),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as pack:
        for key, value in arrays.items():
            body = io.BytesIO()
            np.save(body, value, allow_pickle=False)
            pack.writestr(zipfile.ZipInfo(f"{key}.npy", FIXED_TIME), body.getvalue(), zipfile.ZIP_DEFLATED)
    parse_forest(path.read_bytes())
    return path
