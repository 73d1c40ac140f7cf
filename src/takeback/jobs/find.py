"""From examinations to findings: joined to their posts, with the hash match where there is one."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence

from takeback.jobs.case import Case
from takeback.jobs.fingerprint import Fingerprinted
from takeback.matching.calibration import hash_match_rate
from takeback.matching.hamming_index import HammingIndex
from takeback.model.digest import Sha256
from takeback.model.finding import Confirmation, Examination, Finding, Match
from takeback.model.original import Original
from takeback.model.signal import DIHEDRAL_FORMS, LOW_QUALITY, Signal

HASH_DISTANCE = 31
_ID_DIGITS = 16


def hash_matches(originals: Sequence[Original], fingerprints: Iterable[Fingerprinted]) -> tuple[Match, ...]:
    """Which media hashes lie within 31 bits of a form of an original: the closest form of each pair, in order."""
    import numpy as np

    forms = [(original, form, signal) for original in originals for form, signal in _forms(original)]
    seen = [each for each in fingerprints if each.hash and each.quality >= LOW_QUALITY]
    if not forms or not seen:
        return ()
    index = HammingIndex.build(np.array([signal.words for _, _, signal in forms], dtype=np.uint64))
    queries = np.array([Signal.from_hex(each.hash, quality=each.quality).words for each in seen], dtype=np.uint64)
    hits = index.search(queries, distance=HASH_DISTANCE)
    best: dict[tuple[Sha256, str], Match] = {}
    for query, row, distance in zip(hits.query.tolist(), hits.id.tolist(), hits.distance.tolist(), strict=True):
        original, form, _ = forms[row]
        pair = (seen[query].sha256, original.id)
        if pair not in best or (distance, form) < (best[pair].distance, best[pair].form):
            best[pair] = Match(
                original=original.id,
                media=pair[0],
                distance=distance,
                threshold=HASH_DISTANCE,
                false_match_rate=hash_match_rate(),
                form=form,
            )
    return tuple(best[pair] for pair in sorted(best))


def _forms(original: Original) -> tuple[tuple[int, Signal], ...]:
    kept = original.signals[:DIHEDRAL_FORMS]
    return tuple((form, signal) for form, signal in enumerate(kept) if signal.quality >= LOW_QUALITY)


def findings_of(
    case: Case, examinations: Iterable[Examination], matches: Iterable[Match], *, comparisons: int
) -> tuple[Finding, ...]:
    """The findings among the examinations, in the order of their ids; confirmations that stand are kept."""
    persons = {original.id: original.person for original in case.store.originals(photographs=False)}
    close: Mapping[tuple[str, str], Match] = {(match.original, match.media): match for match in matches}
    confirmed = {each.finding: each for each in case.store.confirmations()}
    found = [
        _finding(case, each, persons[each.original], close, confirmed, comparisons)
        for each in examinations
        if each.conclusion.is_finding
    ]
    return tuple(sorted(found, key=lambda each: each.id))


def _finding(
    case: Case,
    examination: Examination,
    person: str,
    close: Mapping[tuple[str, str], Match],
    confirmed: Mapping[str, Confirmation],
    comparisons: int,
) -> Finding:
    id = finding_id(case.store.key("finding ids"), examination)
    return Finding(
        id=id,
        person=person,
        examination=examination,
        hash_match=close.get((examination.original, examination.media)),
        posts=case.store.posts_of(examination.media),
        comparisons=comparisons,
        confirmed_by=confirmed[id].by if id in confirmed else None,
    )


def finding_id(key: bytes, examination: Examination) -> str:
    """The finding's id: keyed, so that it says nothing of photograph or media outside the case."""
    return pair_id(key, examination.original, examination.media)


def pair_id(key: bytes, original: str, media: str) -> str:
    """The id that a finding of this photograph in these bytes has, whether there is one or not."""
    message = f"{original}\n{media}".encode()
    return "f-" + hmac.new(key, message, hashlib.sha256).hexdigest()[:_ID_DIGITS]
