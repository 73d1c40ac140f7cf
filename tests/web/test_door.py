from __future__ import annotations

import asyncio
import errno
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from takeback.model.bank import BankHash, BankHit
from takeback.store.disk import Disk
from takeback.web import audit
from takeback.web.audit import AuditTrail, newest
from takeback.web.desk import Desk
from takeback.web.gathered import Gathered
from takeback.web.route import Call, _plain_pairs
from takeback.web.rules import Rules
from takeback.web.service import ROUTES, Service
from takeback.web.tokens import Scope, Tokens
from web.conftest import NEAR, ZERO, Client, Made

ASKED = {"signal": NEAR, "signal_type": "pdq"}
SECRET = "what a client sent"


class FullDisk(Disk):
    def put(self, descriptor: int, content: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")


class DeskOnAFullDisk(Desk):
    """Its trail cannot be written."""

    def __init__(self, rules: Rules) -> None:
        super().__init__(rules)
        self.trail = AuditTrail(rules.banks, disk=FullDisk())


def kept(made: Made) -> list[audit.Entry]:
    return newest(made.folder, lambda _: True, limit=1000)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": ""},
        {"authorization": "Bearer"},
        {"authorization": "Bearer tbk_000000000000_wrong"},
        {"authorization": "Basic dXNlcjpwYXNz"},
        {"authorization": "tbk_000000000000_wrong"},
        {"x-api-key": "tbk_000000000000_wrong"},
    ],
)
def test_without_a_valid_token_nothing_is_answered(made: Made, headers: dict[str, str]) -> None:
    async def question(client: Client) -> None:
        del client.headers["authorization"]
        found = await client.get("/m/raw_lookup", params=ASKED, headers=headers)
        assert (found.status_code, found.json()["reason"]) == (401, "token")
        assert found.headers["www-authenticate"].startswith("Bearer")
        assert "matches" not in found.text

    made.ask(question)
    assert [(entry.by, entry.status, entry.hits) for entry in kept(made)] == [("", 401, ())]


def test_a_token_in_the_address_is_no_token(made: Made) -> None:
    text = made.token(*Scope)

    async def question(client: Client) -> int:
        del client.headers["authorization"]
        return (await client.get("/m/raw_lookup", params={**ASKED, "token": text, "access_token": text})).status_code

    assert made.ask(question) == 401


def test_a_revoked_token_ends_in_a_running_service(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("takeback.web.tokens.LOOK_AGAIN_SECONDS", -1.0)

    async def question(client: Client) -> None:
        assert (await client.get("/m/raw_lookup", params=ASKED)).status_code == 200
        for each in Tokens(made.folder):
            Tokens(made.folder).revoke(each.id)
        assert (await client.get("/m/raw_lookup", params=ASKED)).status_code == 401

    made.ask(question)


def test_every_request_leaves_one_entry_with_who_what_and_the_hits(made: Made) -> None:
    async def question(client: Client) -> None:
        await client.get("/m/raw_lookup", params={**ASKED, "include_distance": "true"})
        await client.get("/m/raw_lookup", params={**ASKED, "signal_type": "x"})
        await client.get("/livez")

    made.ask(question)
    refused, answered = kept(made)
    (token,) = Tokens(made.folder)
    assert (answered.by, answered.act, answered.status) == (token.id, "GET /m/raw_lookup", 200)
    assert answered.hits == (made.ids["pdq"],)
    assert answered.distances
    assert answered.subjects == (audit.digest_of(NEAR, audit.audit_key(made.folder)),)
    assert (refused.status, refused.reason, refused.hits) == (400, "not_supported", ())


def test_the_trail_and_the_log_hold_no_hash_no_body_and_no_token(
    made: Made, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    async def question(client: Client) -> None:
        await client.get("/m/raw_lookup", params=ASKED)
        await client.get("/m/raw_lookup", params={**ASKED, "banks": "secret-bank"})
        await client.post("/v1/lookups", json={"items": [{"pdq": NEAR}, {"pdq": NEAR[1:]}]})
        await client.post("/v1/lookups", content=b'{"items": "' + NEAR.encode())

    made.ask(question)
    printed = capfd.readouterr()
    written = b"".join(path.read_bytes() for path in (made.folder / audit.FOLDER_NAME).iterdir()).decode()
    for text in (written, caplog.text, printed.out, printed.err):
        assert NEAR not in text
        assert NEAR[1:] not in text
        assert made.token(*Scope).split("_", 2)[2] not in text


def test_what_cannot_be_written_down_is_not_answered(made: Made) -> None:
    async def question(client: Client) -> None:
        found = await client.get("/m/raw_lookup", params=ASKED)
        assert (found.status_code, found.json()["reason"]) == (503, "audit_failed")
        assert "matches" not in found.text
        assert (await client.get("/livez")).status_code == 200

    made.ask(question, desk=DeskOnAFullDisk)


def test_a_token_beyond_its_rate_is_told_when_to_ask_again(made: Made) -> None:
    async def question(client: Client) -> None:
        codes = [(await client.get("/m/raw_lookup", params=ASKED)).status_code for _ in range(4)]
        assert codes[:2] == [200, 200]
        assert 429 in codes
        late = await client.get("/m/raw_lookup", params=ASKED)
        assert late.json()["reason"] == "too_many"
        assert int(late.headers["retry-after"]) >= 1

    made.ask(question, rate=0.01 * 200)


def test_a_batch_costs_what_it_asks(made: Made) -> None:
    async def question(client: Client) -> None:
        batch = {"items": [{"pdq": ZERO}] * 50}
        assert (await client.post("/v1/lookups", json=batch)).status_code == 200
        assert (await client.post("/v1/lookups", json=batch)).status_code == 429

    made.ask(question, rate=20.0)


def test_failures_beyond_their_rate_are_refused_and_not_written_down(made: Made) -> None:
    async def question(client: Client) -> list[int]:
        headers = {"authorization": "Bearer tbk_x_y"}
        return [(await client.get("/m/raw_lookup", params=ASKED, headers=headers)).status_code for _ in range(30)]

    codes = made.ask(question, failures=5.0)
    assert codes[:5] == [401] * 5
    assert set(codes[10:]) <= {401, 429}
    assert codes.count(429) > 15
    assert len(kept(made)) == codes.count(401)


@pytest.mark.parametrize("declared", [True, False])
def test_a_body_beyond_the_cap_is_refused_whatever_it_declares(made: Made, *, declared: bool) -> None:
    content = b" " * ((1 << 20) + 1)

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(content), 1 << 16):
            yield content[start : start + (1 << 16)]

    async def question(client: Client) -> None:
        found = await client.post("/v1/lookups", content=content if declared else chunks())
        assert (found.status_code, found.json()["reason"]) == (413, "too_large")

    made.ask(question)


def test_a_body_that_is_no_utf_8_is_the_clients_error_and_not_ours(made: Made) -> None:
    async def question(client: Client) -> None:
        found = await client.post("/v1/lookups", content=b'{"items":[{"pdq":"\xff"}]}')
        assert (found.status_code, found.json()["reason"]) == (400, "bad_body")

    made.ask(question)


def test_a_query_that_says_two_things_is_refused(made: Made) -> None:
    async def question(client: Client) -> None:
        found = await client.get(f"/m/raw_lookup?signal_type=pdq&signal={ZERO}&signal={NEAR}")
        assert (found.status_code, found.json()["reason"]) == (400, "bad_query")

    made.ask(question)


@given(
    st.lists(
        st.tuples(st.text("ab1_-.~%+=&é ", max_size=6), st.text("ab1_-.~%+=&,: é", max_size=6)), min_size=1, max_size=5
    ),
    st.booleans(),
)
def test_a_plain_query_is_read_as_any_other_is(pairs: list[tuple[str, str]], escaped: bool) -> None:  # noqa: FBT001  # drawn
    text = urlencode(pairs) if escaped else "&".join(f"{name}={value}" for name, value in pairs)
    content = text.encode()
    plain = _plain_pairs(content)
    assert not plain or plain == parse_qsl(text, keep_blank_values=True, strict_parsing=True)


def test_the_query_of_a_look_up_is_plain() -> None:
    assert _plain_pairs(f"signal={ZERO}&signal_type=pdq&banks=A,B".encode())


class Prompt(Gathered):
    """Answers a look-up at once."""

    async def hits(self, hash: BankHash, *, banks: Sequence[str] | None = None) -> tuple[BankHit, ...]:
        return ()


def test_a_route_that_does_not_wait_waits_for_nothing_but_its_look_up(made: Made) -> None:
    """It is run without a clock, so that nothing would end it."""
    rows = [row for row in ROUTES if not row.waits]
    assert [row.path for row in rows] == ["/m/raw_lookup"]

    async def question(client: Client) -> None:
        client.desk.gathered = Prompt(client.desk.banks)
        for row in rows:
            running = row.run(Call(desk=client.desk, token=None), f"signal={ZERO}&signal_type=pdq".encode())
            with pytest.raises(StopIteration):
                running.send(None)

    made.ask(question)


def test_a_batch_beyond_the_cap_is_refused(made: Made) -> None:
    async def question(client: Client) -> None:
        found = await client.post("/v1/lookups", json={"items": [{"pdq": ZERO}] * 1001})
        assert (found.status_code, found.json()["reason"]) == (400, "bad_body")

    made.ask(question)


def test_a_client_that_sends_too_slowly_is_let_go(made: Made) -> None:
    async def slow() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    async def question(client: Client) -> None:
        found = await client.post("/v1/lookups", content=slow())
        assert (found.status_code, found.json()["reason"]) == (503, "too_slow")

    made.ask(question, body_seconds=0.05)


def test_answers_may_be_read_by_no_other_page_and_kept_by_no_cache(made: Made) -> None:
    async def question(client: Client) -> list[httpx.Response]:
        origin = {"origin": "https://elsewhere.test"}
        asked = [("/m/raw_lookup", ASKED), ("/livez", {}), ("/nowhere", {}), ("/openapi.json", {})]
        return [await client.get(path, params=query, headers=origin) for path, query in asked]

    for reply in made.ask(question):
        assert not [name for name in reply.headers if name.startswith("access-control-")]
        assert reply.headers["cache-control"] == "no-store"
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert reply.headers["referrer-policy"] == "no-referrer"
        assert "set-cookie" not in reply.headers


def test_an_error_of_ours_is_told_without_its_words(made: Made, caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Desk):
        def spend(self, token: object) -> None:
            raise RuntimeError(SECRET)

    async def question(client: Client) -> None:
        found = await client.get("/m/raw_lookup", params=ASKED)
        assert (found.status_code, found.json()["reason"]) == (500, "ours")
        assert SECRET not in found.text

    made.ask(question, desk=Broken)
    assert "RuntimeError" in caplog.text
    assert SECRET not in caplog.text


def test_a_service_lives_from_startup_to_shutdown(made: Made) -> None:
    """As a server runs it: the lifespan opens and closes everything."""
    sent: list[str] = []

    async def work() -> None:
        events = iter(["lifespan.startup", "lifespan.shutdown"])

        async def receive() -> dict[str, str]:
            return {"type": next(events)}

        async def send(message: dict[str, str]) -> None:
            sent.append(message["type"])

        await Service(lambda: Desk(made.rules))({"type": "lifespan", "state": {}}, receive, send)

    asyncio.run(work())
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_a_damaged_bank_is_said_and_looks_like_no_empty_answer(made: Made) -> None:
    async def question(client: Client) -> None:
        client.desk.banks.close()
        found = await client.get("/m/raw_lookup", params=ASKED)
        assert found.status_code == 503 or found.json()["reason"] == "ours"
        assert "matches" not in found.text
        assert str(made.folder) not in found.text
        assert (await client.get("/readyz")).status_code >= 500
        assert (await client.get("/livez")).status_code == 200
        client.desk.banks = type(client.desk.banks).open(made.folder)

    made.ask(question)


def test_what_is_kept_of_tokens_is_json_that_others_cannot_read(made: Made, tmp_path: Path) -> None:
    made.token(Scope.LOOKUP)
    kept_tokens = json.loads((made.folder / "tokens.json").read_text(encoding="utf-8"))
    assert {"id", "name", "scopes", "digest"} <= kept_tokens["tokens"][0].keys()
