"""JSON Schemas of CDS Hooks 2.0, written from its tables of fields; the invariants of CRD 2.1."""

from __future__ import annotations

from typing import Any

UUID = {"type": "string", "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"}
TEXT = {"type": "string", "minLength": 1}
CODING = {
    "type": "object",
    "required": ["code"],
    "properties": {"code": TEXT, "system": TEXT, "display": TEXT},
    "additionalProperties": False,
}
ACTION = {
    "type": "object",
    "required": ["type"],
    "properties": {
        "type": {"enum": ["create", "update", "delete"]},
        "description": TEXT,
        "resource": {"type": "object", "required": ["resourceType"]},
        "resourceId": TEXT,
    },
    "additionalProperties": False,
    "if": {"properties": {"type": {"const": "delete"}}},
    "then": {"required": ["resourceId"]},
    "else": {"required": ["resource"]},
}
CARD = {
    "type": "object",
    "required": ["summary", "indicator", "source"],
    "properties": {
        "uuid": UUID,
        "summary": {"type": "string", "minLength": 1, "maxLength": 139},
        "detail": TEXT,
        "indicator": {"enum": ["info", "warning", "critical"]},
        "source": {
            "type": "object",
            "required": ["label"],
            "properties": {"label": TEXT, "url": TEXT, "icon": TEXT, "topic": CODING},
            "additionalProperties": False,
        },
        "suggestions": {"type": "array", "minItems": 1},
        "selectionBehavior": {"enum": ["at-most-one", "any"]},
        "overrideReasons": {"type": "array", "items": CODING, "minItems": 1},
        "links": {"type": "array", "minItems": 1},
    },
    "additionalProperties": False,
    "dependentRequired": {"suggestions": ["selectionBehavior"]},
}
RESPONSE = {
    "type": "object",
    "required": ["cards"],
    "properties": {
        "cards": {"type": "array", "items": CARD},
        "systemActions": {"type": "array", "items": ACTION, "minItems": 1},
    },
    "additionalProperties": False,
}
SERVICES = {
    "type": "object",
    "required": ["services"],
    "properties": {
        "services": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["hook", "description", "id"],
                "properties": {
                    "hook": {"type": "string", "pattern": "^[a-z]+(-[a-z]+)*$"},
                    "title": TEXT,
                    "description": TEXT,
                    "id": {"type": "string", "pattern": "^[A-Za-z0-9.-]+$"},
                    "usageRequirements": TEXT,
                    "prefetch": {"type": "object", "additionalProperties": TEXT},
                },
                "additionalProperties": False,
            },
        }
    },
    "additionalProperties": False,
}
CODES = {
    "covered": {"covered", "not-covered", "conditional"},
    "pa-needed": {"no-auth", "auth-needed", "satisfied", "performpa", "conditional"},
    "doc-needed": {"clinical", "admin", "patient", "conditional"},
    "doc-purpose": {"withpa", "withclaim", "withorder", "retain-doc", "OTH"},
    "info-needed": {"performer", "location", "timeframe", "contract-window", "detail-code", "OTH"},
}
ONCE = {"coverage", "covered", "date", "coverage-assertion-id"}
AT_MOST_ONCE = ONCE | {"pa-needed", "satisfied-pa-id"}


def broken(extension: dict[str, Any]) -> list[str]:
    """Which rules of the coverage information an extension breaks: cardinalities, codes, crd-ci-q1 to q7."""
    parts: list[dict[str, Any]] = extension["extension"]
    values: dict[str, list[Any]] = {}
    for part in parts:
        value = [part[key] for key in part if key.startswith("value")]
        if len(value) != 1:
            return [f"{part['url']}: one value"]
        values.setdefault(part["url"], []).append(value[0])
    faults = [f"{name}: once" for name in ONCE if len(values.get(name, [])) != 1]
    faults += [f"{name}: at most once" for name in AT_MOST_ONCE if len(values.get(name, [])) > 1]
    for name, codes in CODES.items():
        faults += [f"{name}: {value}" for value in values.get(name, []) if value not in codes]
    may_be_open = ("covered", "pa-needed", "doc-needed")
    conditional = any("conditional" in values.get(name, []) for name in may_be_open)
    satisfied = "satisfied" in values.get("pa-needed", [])
    rules = {
        "crd-ci-q1": "questionnaire" not in values or "doc-needed" in values,
        "crd-ci-q2": values["covered"] != ["not-covered"] or "pa-needed" not in values,
        "crd-ci-q3": conditional == ("info-needed" in values),
        "crd-ci-q4": not satisfied or "withpa" not in values.get("doc-purpose", []),
        "crd-ci-q5": satisfied == ("satisfied-pa-id" in values),
        "crd-ci-q6": "OTH" not in values.get("info-needed", []) or "reason" in values,
        "crd-ci-q7": all(one.get("text") for one in values.get("reason", [])),
    }
    return faults + [name for name, holds in rules.items() if not holds]
