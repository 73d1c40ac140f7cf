"""Telegram: how it is reached, and what it can open."""

from __future__ import annotations

from takeback.errors import ElementMissing
from takeback.model.notice import Notice, Recipient
from takeback.notices.contacts import hosted_at
from takeback.notices.locators import TELEGRAM_HOSTS, USERNAME


class Telegram:
    """Reaches whoever runs Telegram, by the addresses in `contacts.toml`."""

    name = "telegram"

    def addressees(self, host: str) -> tuple[Recipient, ...]:
        """The ways to reach Telegram that are open to anyone, or none where it does not host this."""
        wanted = host.lower().removeprefix("www.")
        return hosted_at(wanted) if wanted in TELEGRAM_HOSTS or wanted == "telegram.org" else ()

    def locator(self, username: str, post: int) -> str:
        """The address of a post in a public channel; an ElementMissing where the username or the number is none.

        Examples:
            >>> Telegram().locator("example_channel", 12)
            'https://t.me/example_channel/12'
        """
        if USERNAME.fullmatch(username) is None or post < 1:
            message = (
                f"no address of post {post} under the username {username!r} that Telegram can open "
                "(give the channel's username in channels.csv)"
            )
            raise ElementMissing(message, missing=("content_locator",))
        return f"https://t.me/{username}/{post}"

    def cover(self, notice: Notice) -> str:
        """The words that go before the elements, for a form or a message."""
        posts = "one post" if len(notice.items) == 1 else f"{len(notice.items)} posts"
        return (
            f"To: {notice.recipient.name}\n"
            f"Reference: {notice.id}\n"
            f"{notice.regime.words('subject')}\n\n"
            f"{notice.regime.words('demand')}\n\n"
            f"The notice concerns {posts}. Their addresses, the facts and the statements follow.\n"
        )
