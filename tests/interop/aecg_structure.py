"""Whether a document has the structure of HL7 aECG, read out of its published schema by hand.

The schema is PORT_MT020001.xsd of 2003-12 with its data types (ANSI/HL7 V3 ECG R1-2004, annex). It is not
copied here; this holds what it says of the elements that a writer of ours may use: which children, in
which order, how many, and which form values have. Whatever is not named here counts as wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

HL7 = "{urn:hl7-org:v3}"
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
MANY = 10**9

TYPES: dict[str, str] = {
    # type: children in order as name:type, with ? (0–1), * (0–n), + (1–n), nothing (1)
    "AnnotatedECG": "id:II code:CODE text:ED? effectiveTime:IVL_TS confidentialityCode:CODE? "
    "reasonCode:CODE? componentOf:Component2 component:Component5*",
    "Component2": "timepointEvent:TimepointEvent",
    "TimepointEvent": "code:CODE? effectiveTime:IVL_TS? componentOf:Component1",
    "Component1": "subjectAssignment:SubjectAssignment",
    "SubjectAssignment": "subject:Subject1 componentOf:Component10",
    "Subject1": "trialSubject:TrialSubject",
    "TrialSubject": "id:II code:CODE? subjectDemographicPerson:DemographicPerson?",
    "DemographicPerson": "name:PN? administrativeGenderCode:CODE? birthTime:TS? raceCode:CODE?",
    "Component10": "clinicalTrial:ClinicalTrial",
    "ClinicalTrial": "id:II title:ST? activityTime:IVL_TS?",
    "Component5": "series:Series",
    "Series": "id:II? code:CODE effectiveTime:IVL_TS author:Author1? component:Component8+ "
    "subjectOf:Subject2*",
    "Author1": "seriesAuthor:SeriesAuthor",
    "SeriesAuthor": "id:II? manufacturedSeriesDevice:SeriesDevice manufacturerOrganization:Organization?",
    "SeriesDevice": "id:II* code:CODE? manufacturerModelName:ST? softwareName:ST?",
    "Organization": "id:II? name:ST?",
    "Component8": "sequenceSet:SequenceSet",
    "SequenceSet": "component:Component9+",
    "Component9": "sequence:Sequence",
    "Sequence": "code:CODE value:ANY",
    "Subject2": "annotationSet:AnnotationSet",
    "AnnotationSet": "code:CODE? activityTime:TS? methodCode:CODE* author:Author2* component:Component*",
    "Author2": "assignedEntity:AssignedEntity",
    "AssignedEntity": "id:II? assignedAuthorType:AuthorType?",
    "AuthorType": "assignedPerson:Person? assignedDevice:Device?",
    "Person": "name:PN?",
    "Device": "id:II* code:CODE? manufacturerModelName:ST? softwareName:ST?",
    "Component": "annotation:Annotation",
    "Annotation": "code:CODE text:ED? value:ANY? support:Support1? component:Component6*",
    "Component6": "annotation:Annotation",
    "Support1": "supportingROI:ROI",
    "ROI": "code:CODE component:Component7+",
    "Component7": "boundary:Boundary",
    "Boundary": "code:CODE value:ANY?",
    # data types
    "PN": "family:ST? given:ST?",
    "IVL_TS": "low:TS? high:TS? center:TS?",
    "IVL_PQ": "low:PQ? high:PQ? center:PQ?",
    "GLIST_TS": "head:TS increment:PQ",
    "GLIST_PQ": "head:PQ increment:PQ",
    "SLIST_PQ": "origin:PQ scale:PQ digits:DIGITS",
}
UID = r"[0-2](\.(0|[1-9][0-9]*))*|[0-9a-zA-Z]{8}-[0-9a-zA-Z]{4}-[0-9a-zA-Z]{4}-[0-9a-zA-Z]{4}-[0-9a-zA-Z]{12}"
REAL = r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?"
VALUES: dict[str, dict[str, str]] = {
    # type: attribute: its form; which must be there is below
    "II": {"root": UID, "extension": ".*", "nullFlavor": "UNK|NA|NI"},
    "CODE": {"code": r"[^\s]+", "codeSystem": UID, "codeSystemName": ".*", "displayName": ".*"},
    "CE": {"code": r"[^\s]+", "codeSystem": UID, "codeSystemName": ".*", "displayName": ".*"},
    "TS": {"value": r"[0-9]{1,8}|([0-9]{9,14}|[0-9]{14}\.[0-9]+)([+\-][0-9]{1,4})?"},
    "PQ": {"value": REAL, "unit": r"[^\s]+"},
    "IVL_TS": {"nullFlavor": "UNK|NA|NI"},
    "ST": {},
    "DIGITS": {},
}
ROOT = {"type": "Observation", "classCode": "OBS", "moodCode": "EVN"}


def faults(text: bytes) -> list[str]:
    """What is not as the schema has it, each with its place."""
    root = etree.fromstring(text)
    if root.tag != f"{HL7}AnnotatedECG":
        return [f"root is {root.tag}"]
    wrong = [] if dict(root.attrib) == ROOT else [f"attributes of the root: {dict(root.attrib)}"]
    return [*wrong, *_children(root, "AnnotatedECG", "AnnotatedECG")]


def _children(element: etree._Element, kind: str, where: str) -> Iterator[str]:
    wanted = re.findall(r"(\w+):(\w+)([?*+]?)", TYPES.get(kind, ""))
    children = [child for child in element if isinstance(child.tag, str)]
    at = 0
    for name, type_, how_many in wanted:
        low, high = {"": (1, 1), "?": (0, 1), "*": (0, MANY), "+": (1, MANY)}[how_many]
        count = 0
        while at < len(children) and children[at].tag == HL7 + name and count < high:
            yield from _element(children[at], type_, f"{where}/{name}")
            at, count = at + 1, count + 1
        if count < low:
            yield f"{where}: no {name} where it must be"
    if at < len(children):
        yield f"{where}: {children[at].tag} is not allowed there"


def _element(element: etree._Element, kind: str, where: str) -> Iterator[str]:
    told = dict(element.attrib)
    if kind == "ANY":
        kind = told.pop(XSI_TYPE, "no xsi:type")
        if kind not in {*TYPES, *VALUES}:
            yield f"{where}: type {kind}"
            return
    form = VALUES.get(kind, {})
    for name, value in told.items():
        if name not in form or re.fullmatch(form[name], value) is None:
            yield f"{where}: {name}={value!r}"
    if kind == "II" and ("root" in told) == ("nullFlavor" in told):
        yield f"{where}: root or nullFlavor, and not both"
    if (kind in {"TS", "PQ"} and "value" not in told) or (kind in {"CODE", "CE"} and len(told) < 2):
        yield f"{where}: no value"
    text = element.text or ""
    if kind == "DIGITS" and re.fullmatch(r"-?\d+( -?\d+)*", text) is None:
        yield f"{where}: digits {text[:40]!r}"
    if kind not in {"ST", "PN", "DIGITS"} and text.strip():
        yield f"{where}: text {text[:40]!r}"
    yield from _children(element, kind, where)
