"""A beginning of each plan in our own words: nobody's plan before its blanks are filled in and it is adopted.

What must be said comes from L34997 ("Documentation Requirements" 5, "Provider Qualifications", "Indications
and Limitations"); how this system does it from its own rules. Blanks stand in double brackets.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from einthoven.surveillance.house_plans import PlanKind

_QUALITY = """\
1. Purpose
This plan says how [[name of the center]] makes sure that what its technicians read in an ECG is right.
[[name and role]] answers for it.

2. Who reads
Patients are watched by people with a current credential that this center recognises and with current
training in reading ECGs and in directing a patient in an emergency. Papers are on file with their
dates; the system lets nobody hold a watch without them.

3. Second readings
Every verdict on an emergent event is read again by a second person within [[hours]] hours. Of all other
verdicts [[share, e.g. one in ten]] are drawn by the system and read again within [[hours]] hours. The
second reader is never the first, and does not see the first verdict before reading.

4. When readers differ
The case is opened again and decided by a third person. If the physician was told something else, the
physician is told of the correction on the same day. [[name and role]] writes down what the difference
came from.

5. Review
Every month [[name and role]] looks at agreement by reader and by kind of event, at the times of each
leg from finding to notification, and at equipment and signal quality. A reader whose agreement is under
[[share]] reads with a colleague until it is [[share]] again.

6. Analysis
The automatic analysis is checked on reference recordings before another version is used for patients.
[[name and role]] keeps the results.

7. Records
Second readings, differences and what followed are on record in the system and kept for [[years]] years.
The supervising physician reads this plan once a year and after each change.
"""

_EMERGENCY = """\
1. When
This procedure is followed when an ECG or a call gives reason to fear for a patient's life, whatever the
automatic analysis says.

2. First
The technician who sees it begins the emergency procedure on the screen and calls the patient. Awake?
How do you feel? Alone? Where are you now? The line stays open.

3. Help
The technician has the place confirmed, with floor and door, and calls the emergency services of that
place from a second line: for patients of this center [[how the local emergency number of the patient's
place is found]]. What is said: a cardiac emergency, the place, the name, that a heart monitor is worn,
awake or not, breathing or not.

4. Until help is there
Sit or lie down, do not drive, unlock the door, keep the monitor on. If the patient does not respond and
somebody is there: chest compressions, a defibrillator if there is one.

5. Contacts and physician
The contacts on record are called. A second person calls the physician at the same time, by the
patient's ladder; an answering machine or service is no notification. If nobody is reached within
[[minutes]] minutes, [[name and role]] is called.

6. The patient cannot be reached
After [[number]] calls in [[minutes]] minutes the contacts are called, then emergency services are sent
to the address on record.

7. Afterwards
Each step is written down with its time. [[name and role]] looks at every emergency within [[days]] days
with those who were there, and changes this plan where that is needed.

8. Practice
Everybody who watches practises this procedure before their first watch and every [[months]] months.
"""

_CONTINUITY = """\
1. What is promised
From the first sample to the end of the service every patient is watched by a named, signed-in,
qualified person, 24 hours a day, 7 days a week, at a screen of this center in the United States or its
territories.

2. Shifts
Shifts are [[times]]. In each there are at least [[number]] technicians; nobody watches more than
[[number]] patients. [[name and role]] makes the rota [[weeks]] weeks ahead.

3. Hand-over
A watch passes only when the next person accepts it and has the patient on their screen. The shift that
ends stays until then. Patients who need special attention are told by name.

4. Breaks and sudden absence
Whoever leaves the screen hands over first. If somebody falls ill, [[name and role]] calls a stand-by,
who is at a screen within [[minutes]] minutes; until then the others take the patients.

5. A watch that is lost
When a screen is closed, asleep or cut off, the system takes the watch away at once and tells the
others. [[name and role]] answers for taking it within [[seconds]] seconds. Every moment without a watch
is an incident with its cause, and is closed in writing.

6. Power, network, machines
The center has [[what: uninterruptible power, second network, second machine]]. Transmitters keep what
they cannot send, and send it later. If the center itself fails, [[what is done: watches are handed to
the center at …]] within [[minutes]] minutes. This is practised every [[months]] months.

7. Proof
The continuity report proves for each patient who watched, where, with which credential, and what was
displayed. [[name and role]] looks at it every [[day, week]].
"""


def _flowing(text: str) -> str:
    """A text whose parts are a title line and one line of prose each."""
    parts = (part.split("\n") for part in text.strip().split("\n\n"))
    return "\n\n".join("\n".join((lines[0], " ".join(lines[1:]))) for lines in parts)


TEMPLATES: Final[Mapping[PlanKind, str]] = MappingProxyType(
    {
        PlanKind.QUALITY: _flowing(_QUALITY),
        PlanKind.EMERGENCY: _flowing(_EMERGENCY),
        PlanKind.CONTINUITY: _flowing(_CONTINUITY),
    }
)
"""Kind of plan → its template."""
