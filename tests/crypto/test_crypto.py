import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from takeback.crypto import age, keyfile, passphrase
from takeback.crypto.canonical import canonical
from takeback.crypto.commitment import commit, new_salt, opens
from takeback.crypto.sealing import derive, new_key, seal, unseal
from takeback.crypto.signing import SigningKey, verify
from takeback.errors import CaseError, PackError, UnusableInput, VerificationFailed, WrongPassphrase

RFC8032_PRIVATE = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
RFC8032_PUBLIC = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
RFC8032_SIGNATURE = (
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
    "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
)


def test_canonical_json_is_that_of_rfc_8785() -> None:
    value = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 1e-27],
        "string": '€$\u000f\nA\'B"\\"/',
        "literals": [None, True],
    }
    assert canonical(value) == (
        b'{"literals":[null,true],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        b'"string":"\xe2\x82\xac$\\u000f\\nA\'B\\"\\\\\\"/"}'
    )


def test_what_json_cannot_carry_exactly_is_refused() -> None:
    with pytest.raises(ValueError, match="canonical"):
        canonical(2**60)


@given(content=st.binary(max_size=300), flip=st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_sealed_bytes_open_only_unchanged(content: bytes, flip: int) -> None:
    key = new_key()
    sealed = seal(key, content, context=b"here")
    assert unseal(key, sealed, context=b"here") == content
    changed = bytearray(sealed)
    changed[flip % len(sealed)] ^= 1 << (flip % 8)
    with pytest.raises(VerificationFailed):
        unseal(key, bytes(changed), context=b"here")


def test_sealed_bytes_open_only_in_their_context() -> None:
    key = new_key()
    with pytest.raises(VerificationFailed, match="there"):
        unseal(key, seal(key, b"x", context=b"here"), context=b"there")
    with pytest.raises(VerificationFailed):
        unseal(new_key(), seal(key, b"x", context=b"here"), context=b"here")


def test_derived_keys_differ_by_label() -> None:
    key = new_key()
    assert derive(key, "a") == derive(key, "a") != derive(key, "b")


def test_a_wrapped_key_opens_by_its_passphrase_alone() -> None:
    wrapped = passphrase.wrap(b"k" * 32, "correct horse", cost=passphrase.CHEAP)
    assert passphrase.unwrap(wrapped, "correct horse") == b"k" * 32
    with pytest.raises(WrongPassphrase, match="TAKEBACK_PASSPHRASE_FILE"):
        passphrase.unwrap(wrapped, "wrong horse")


@pytest.mark.parametrize(
    "change",
    [{"memory_kib": 1 << 30}, {"passes": 1000}, {"kdf": "md5"}, {"salt": "zz"}, {"sealed": None}],
    ids=lambda change: next(iter(change)),
)
def test_a_wrapped_key_with_absurd_parameters_is_refused_before_any_work(change: dict[str, object]) -> None:
    wrapped = passphrase.wrap(b"k" * 32, "p", cost=passphrase.CHEAP) | change
    with pytest.raises(CaseError):
        passphrase.unwrap(wrapped, "p")  # type: ignore[arg-type]  # damaged on purpose


def test_signatures_are_those_of_rfc_8032() -> None:
    key = SigningKey.from_bytes(bytes.fromhex(RFC8032_PRIVATE))
    assert (key.public, key.sign(b"")) == (RFC8032_PUBLIC, RFC8032_SIGNATURE)
    assert verify(key.public, key.sign(b"m"), b"m")
    assert not verify(key.public, key.sign(b"m"), b"n")
    assert not verify("not a key", "not a signature", b"m")


def test_a_signing_key_does_not_show_its_private_half() -> None:
    key = SigningKey.new()
    assert key.private.hex() not in repr(key)
    assert repr(key.private) not in repr(key)


def test_a_commitment_opens_with_its_salt_alone() -> None:
    salt = new_salt()
    assert opens(commit(salt, "a name"), salt, "a name")
    assert not opens(commit(salt, "a name"), new_salt(), "a name")
    assert not opens(commit(salt, "a name"), salt, "another name")


def test_age_opens_for_its_recipient_alone() -> None:
    identity, recipient = age.new_identity()
    other, _ = age.new_identity()
    assert age.recipient_of(identity) == recipient
    assert age.decrypt(age.encrypt(b"content", [recipient]), [identity]) == b"content"
    with pytest.raises(PackError, match="identities"):
        age.decrypt(age.encrypt(b"content", [recipient]), [other])


@pytest.mark.parametrize("recipients", [[], ["age1nonsense"]])
def test_what_is_no_recipient_is_named(recipients: list[str]) -> None:
    with pytest.raises(PackError, match="recipient"):
        age.encrypt(b"content", recipients)


@pytest.mark.parametrize("identity", ["", "# only a comment", "AGE-SECRET-KEY-1NO"])
def test_what_is_no_identity_is_said(identity: str) -> None:
    with pytest.raises(PackError, match="identity"):
        age.recipient_of(identity)


def test_a_key_file_opens_by_its_passphrase_and_shows_its_public_line() -> None:
    key = keyfile.HumanKey(name="caseworker", signing=SigningKey.new())
    content = keyfile.encode(key, "p", cost=passphrase.CHEAP)
    assert keyfile.decode(content, "p").signing.public == key.signing.public
    assert keyfile.parse_public(keyfile.public_line(key)) == keyfile.PublicKey(
        key=key.signing.public, name="caseworker"
    )
    with pytest.raises(WrongPassphrase):
        keyfile.decode(content, "q")


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff\x00", b'{"format": "takeback-key", "version": 2}'])
def test_what_is_no_key_file_is_said(content: bytes) -> None:
    with pytest.raises(UnusableInput, match="key file"):
        keyfile.decode(content, "p")


def test_what_is_no_public_line_is_said() -> None:
    with pytest.raises(UnusableInput, match="public key line"):
        keyfile.parse_public("ssh-ed25519 AAAA")
