"""Whether what was read adds up: messages are counted by ways that know nothing of each other."""

from __future__ import annotations

from collections.abc import Iterator

from takeback.model.channel import Damage
from takeback.sources.telegram_rows import Tally
from takeback.sources.telegram_schema import AGAIN
from takeback.sources.telegram_survey import Survey
from takeback.sources.tree import Tree

_UNKNOWN_NAMED = 40
_PREFIXES = ("messages.item", "chats.list.item.messages.item", "left_chats.list.item.messages.item")


def present(survey: Survey) -> int:
    """How many elements stand in the lists of messages, as the first pass counted them."""
    return sum(chat.messages for chat in survey.chats)


def counted_by_parser(tree: Tree, result: str) -> int | None:
    """How many messages a streaming JSON parser finds; None where it cannot read the file. It is slow."""
    import ijson

    count = 0
    try:
        with tree.open(result) as file:
            for prefix, event, _ in ijson.parse(file):
                count += prefix in _PREFIXES and event in _BEGINS
    except (ijson.JSONError, UnicodeDecodeError, ValueError):
        return None
    return count


_BEGINS = frozenset({"start_map", "start_array", "string", "number", "boolean", "null", "integer", "double"})


def notes_of(tally: Tally, survey: Survey, tree: Tree, result: str) -> Iterator[Damage]:
    """What was mended, what is unknown, and where the counts differ, each said once."""
    for (chat, repair), count in tally.repairs.items():
        first = tally.first[chat, repair].removeprefix(f"{chat}, ")
        reason = f"{_messages(count)} mended: {repair} (the first: {first})"
        yield Damage(place=chat, reason=reason, remedy="nothing is lost; a newer Telegram Desktop may write it sound",
                     posts_lost=0, repaired=count)  # fmt: skip
    for name, count in tally.unknown.most_common(_UNKNOWN_NAMED):
        reason = f"{_messages(count)} with a field that is not known here, kept as a detail: {name[:80]!r}"
        yield Damage(place=result, reason=reason, remedy="look for a newer takeback", posts_lost=0)
    if len(tally.unknown) > _UNKNOWN_NAMED:
        reason = f"{len(tally.unknown) - _UNKNOWN_NAMED:,} more fields are not known here, kept as details"
        yield Damage(place=result, reason=reason, remedy="look for a newer takeback", posts_lost=0)
    if survey.cut:
        reason = f"the file is cut off or broken after {survey.size:,} bytes; what stands before was read"
        yield Damage(place=result, reason=reason, remedy=AGAIN, posts_lost=0)
    yield from _differences(tally, survey, tree, result)


def _differences(tally: Tally, survey: Survey, tree: Tree, result: str) -> Iterator[Damage]:
    expected = present(survey)
    if tally.present == expected == survey.heads:
        return
    other = counted_by_parser(tree, result)
    if other == tally.present == expected or (other is None and survey.heads <= tally.present == expected):
        return
    parser = "cannot read the file" if other is None else f"finds {other:,}"
    reason = (
        f"the messages cannot be counted surely: {tally.present:,} were read, {expected:,} stand in the lists, "
        f"{survey.heads:,} beginnings of messages were seen, and a JSON parser {parser}"
    )
    yield Damage(place=result, reason=reason, remedy=AGAIN, posts_lost=0)


def _messages(count: int) -> str:
    return "1 message" if count == 1 else f"{count:,} messages"
