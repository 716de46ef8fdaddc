"""Check a table of sentences (billing/policies/*.sentences.tsv) against the text of its policy.

The tables hold no sentence: each row has line and number of a sentence, its SHA-256, and the clauses that it
became, or why it asks nothing. Whoever has the text can prove that no sentence was left out:

    python scripts/policy_sentences.py lcd-L34997.txt src/einthoven/billing/policies/L34997.sentences.tsv

A sentence ends with a point before a capital letter; blanks are one blank, a leading number or bullet is no
part of it. Exits 1 and names each sentence that is missing, new or other.
"""

from __future__ import annotations

import hashlib
import re
import sys
from pathlib import Path

_LEAD = re.compile(r"^(?:[0-9]+\.|•) ")
_END = re.compile(r"(?<=\.)\s+(?=[A-Z])")


def sentences(line: str) -> list[str]:
    """The sentences of a line of text."""
    text = _LEAD.sub("", " ".join(line.split()))
    return [part for part in _END.split(text) if part]


def digest(sentence: str) -> str:
    """SHA-256 of a sentence."""
    return hashlib.sha256(sentence.encode()).hexdigest()


def main(text: Path, table: Path) -> int:
    """Compare; 0 where every sentence of the lines that the table names is in it."""
    lines = text.read_text("utf-8").splitlines()
    rows = [row.split("\t") for row in table.read_text("utf-8").splitlines() if row and row[0] != "#"]
    told = {(int(line), int(number)): sha for line, number, sha, *_ in rows[1:]}
    found = {
        (line, number): digest(sentence)
        for line in sorted({line for line, _ in told})
        for number, sentence in enumerate(sentences(lines[line - 1]), 1)
    }
    wrong = sorted(key for key in told.keys() | found.keys() if told.get(key) != found.get(key))
    for line, number in wrong:
        sys.stderr.write(f"{table.name}: {line}.{number}: not the sentence of {text.name}\n")
    sys.stdout.write(f"{len(found)} sentences, {len(wrong)} unlike\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
