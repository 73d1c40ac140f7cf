"""What made-up people say in the demonstration: a filled consent form, a filled questionnaire, a statement."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

from takeback.model.consent import Region
from takeback.simulate.collection import Photograph

CONSENT = {
    "person": '"person-1"',
    "obtained_how": '"made up for the demonstration"',
    "obtained_by": '"Caseworker A (made up)"',
    "obtained_on": '"2026-08-01"',
    "expires_on": '"never"',
    "language": '"en"',
    "contact": '"made up: write to the helpline, ask for case 1"',
    "wish": '"tell_when_removed"',
    "find": "true",
    "notify": "true",
    "disclose": "true",
    "exchange": "false",
    "statistics": "true",
}
SHOWS = "Made up for the demonstration: an ordinary photograph in which a region was replaced by another texture."
HOW_KNOWN = "Made up for the demonstration: the region was replaced by this program, from a fixed seed."
ANSWERS = {
    "submitter_name": "Made-up Helpline (demonstration, do not send)",
    "submitter_email": "casework@helpline.example",
    "submitter_contact": "casework@helpline.example",
    "submitter_postal": "1 Example Street, Example Town",
    "submitter_capacity": "authorised_representative",
    "signature": "Caseworker A (made up)",
}
_BLANK = '""'


def filled_form(form: str, photographs: Iterable[Photograph]) -> str:
    """The consent form as a made-up person fills it in."""
    regions: dict[str, Region | None] = {each.sha256: each.person_region for each in photographs}
    digest = ""
    lines = []
    for line in form.splitlines():
        name, _, rest = line.partition(" = ")
        if name == "sha256":
            digest = rest.strip().strip('"')
        lines.append(_filled(line, name, {**CONSENT, **_said(regions, digest)}))
    return "\n".join(lines) + "\n"


def _said(regions: Mapping[str, Region | None], digest: str) -> Mapping[str, str]:
    region = regions.get(digest)
    box = [region.left, region.top, region.right, region.bottom] if region else None
    return {
        "under_18": '"no"',
        "taken_by": '"the person (made up)"',
        "taken_by_person": "true",
        "person_region": json.dumps(box) if box else '"not marked"',
    }


def _filled(line: str, name: str, said: Mapping[str, str]) -> str:
    if name in said and f"{name} = {_BLANK}" in line:
        return re.sub(r"\s+#.*$", "", line.replace(_BLANK, said[name], 1))
    return line


def filled_questionnaire(text: str, *, time: str) -> str:
    """The questionnaire as a made-up caseworker fills it in: every statement answered yes, for the demonstration."""
    element = ""
    lines = []
    for line in text.splitlines():
        found = re.fullmatch(r"\[(\w+)\]", line)
        element = found[1] if found else element
        if line.startswith("by = "):
            lines.append('by = "Caseworker A (made up)"')
        elif line.startswith("time = "):
            lines.append(f'time = "{time}"')
        elif line == 'answer = ""':
            lines.append(f"answer = {json.dumps(ANSWERS.get(element, 'yes'))}")
        else:
            lines.append(line)
    return "\n".join(lines) + "\n"
