"""The names that Telegram Desktop gives to the fields of a message, and what becomes of each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

USED = (
    "id",
    "type",
    "date",
    "date_unixtime",
    "edited",
    "edited_unixtime",
    "from",
    "from_id",
    "actor",
    "actor_id",
    "author",
    "action",
    "text",
    "text_entities",
    "inline_bot_buttons",
    "game_link",
    "forwarded_from",
    "forwarded_from_id",
    "reply_to_message_id",
    "reply_to_peer_id",
    "reactions",
    "poll",
    "photo",
    "file",
    "thumbnail",
    "media_type",
    "mime_type",
    "contact_vcard",
    "self_destruct_period_seconds",
)
"""Fields that have a place of their own in a post; the position of a name is its slot."""

SLOT = {name: slot for slot, name in enumerate(USED)}

PASSED_OVER = frozenset(
    {
        "photo_file_size",
        "file_size",
        "thumbnail_file_size",
        "contact_vcard_file_size",
        "width",
        "height",
        "duration_seconds",
        "duration",
        "media_spoiler",
        "live_location_period_seconds",
        "message_id",
        "icon_emoji_id",
        "new_icon_emoji_id",
    }
)
"""Fields that say how large or long something is; no measure asks for them."""

DETAILS = frozenset(
    {
        *("via_bot", "saved_from", "sticker_emoji", "file_name", "performer", "title", "new_title", "sticker_set"),
        *("contact_information", "location_information", "place_name", "address", "todo_list", "invoice_information"),
        *("game_title", "game_description", "game_message_id", "paid_stars_amount", "giveaway_information"),
        *(
            "giveaway_results",
            "members",
            "inviter",
            "discard_reason",
            "requested_peer",
            "requested_peer_id",
            "button_id",
        ),
        *(
            "peers",
            "amount",
            "currency",
            "invoice_slug",
            "recurring",
            "message",
            "reason",
            "reason_type",
            "reason_domain",
        ),
        *("reason_app_id", "reason_app_name", "values", "application_id", "score", "to", "distance", "from_peer"),
        *("period", "scheduled_date", "schedule_date", "duration_days", "boosts", "boost_peer_id", "gift_id", "stars"),
        *("cost", "months", "days", "is_limited", "is_anonymous", "gift_text", "giveaway_message_id", "winners"),
        *("unclaimed", "winners_count", "via_giveaway", "gift_code", "boost_peer", "transaction_id", "emoticon"),
        *("original_text", "for_both", "wallpaper", "theme", "charge_id", "price_stars", "price_amount", "hour"),
        *("broadcast_messages_allowed", "suggested_price", "balance_too_low", "reject_comment", "completed"),
        *("incompleted", "items", "todo_items", "todo_completions", "additional", "rich_message", "quote", "views"),
        *("forwards", "media_unread", "ttl", "information", "service_message", "topic_id", "gift", "story"),
        *("invoice_message_id", "amount_whole", "amount_nano", "price_amount_whole", "price_amount_nano"),
        *(
            "price_currency",
            "new_creator",
            "is_active",
            "is_missed",
            "information_text",
            "to_id",
            "peer_name",
            "peer_id",
        ),
        *("boost_peer_name", "is_unclaimed", "giveaway_msg_id", "messages_count", "stars_count", "rejected", "comment"),
        *("is_broadcast_messages_allowed", "user_initiated", "day", "month", "year"),
        *("bot_id", "channel_id", "transfer_stars", "resale", "can_export_at", "effect", "attributes", "edit_date"),
    }
)
"""Other fields that are known; they are kept as details, as those are that nobody knows yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NameTable:
    """The known names in the arrays that `takeback.kernels.json_messages` looks them up in."""

    table: npt.NDArray[np.int32]
    names: npt.NDArray[np.uint8]
    bounds: npt.NDArray[np.int32]
    slots: npt.NDArray[np.int32]


@lru_cache(maxsize=1)
def name_table() -> NameTable:
    """The table of the fields that do not become details: all others do."""
    from takeback.kernels.json_messages import hash_of

    named = {**SLOT, **dict.fromkeys(sorted(PASSED_OVER), len(USED) + 1)}
    content = "".join(named).encode()
    names = np.frombuffer(content, np.uint8)
    bounds = np.cumsum([0, *(len(name.encode()) for name in named)]).astype(np.int32)
    table = np.full(256, -1, np.int32)
    for number in range(len(named)):
        at = hash_of(names, bounds[number], bounds[number + 1]) & (table.size - 1)
        while table[at] >= 0:
            at = (at + 1) & (table.size - 1)
        table[at] = number
    return NameTable(table=table, names=names, bounds=bounds, slots=np.array(list(named.values()), np.int32))
