"""What is under way with calls of patients and in no deed yet, as the room of calls knows it (R6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from einthoven.answering.call import Call
from einthoven.base.errors import RefusedError


@dataclass(slots=True)
class CallWork:
    """Told by the room of calls; without one nothing is under way.

    Attributes:
        unheard: whether sound of a call is still to be heard, by its number: a strip may come of it.
        placing: the strip of a call that is being put into an ECG, by the call's number; None: none is.
    """

    unheard: Callable[[int], bool] = lambda _call: False
    placing: Callable[[int], int | None] = lambda _call: None

    def refuse_unheard(self, call: Call) -> None:
        """Whether all of a call was heard whose line is down.

        Raises:
            RefusedError: a strip may still come of it (``unheard``).
        """
        if not call.on_line and self.unheard(call.number):
            raise RefusedError("unheard", f"the sound of call {call.number} is not all heard yet: a moment")

    def refuse_placing(self, call: Call) -> None:
        """Whether it may change whose strips of a call are, and whether they count.

        Raises:
            RefusedError: one is on its way into an ECG, where on record it has no place yet (``placing``).
        """
        strip = self.placing(call.number)
        if strip is not None:
            told = f"strip {strip} of call {call.number} is just being put into the ECG: a moment"
            raise RefusedError("placing", told)
