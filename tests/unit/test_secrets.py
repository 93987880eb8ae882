import pytest
from cryptography.fernet import Fernet

from bot.domain.errors import WrongEncryptionKey
from bot.store.accounts import TokenCipher

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def test_what_is_sealed_opens_for_the_same_purpose_and_does_not_show() -> None:
    sealed = TokenCipher([OLD]).encrypt("account:T1:U1", "very secret")
    assert "very secret" not in sealed
    assert TokenCipher([OLD]).decrypt("account:T1:U1", sealed) == "very secret"


@pytest.mark.parametrize("purpose", ["account:T1:U2", "account:T2:U1", "installation:T1", ""])
def test_a_sealed_value_moved_to_another_row_does_not_open(purpose: str) -> None:
    sealed = TokenCipher([OLD]).encrypt("account:T1:U1", "very secret")
    with pytest.raises(WrongEncryptionKey):
        TokenCipher([OLD]).decrypt(purpose, sealed)


def test_a_key_added_in_front_encrypts_and_the_one_before_still_decrypts() -> None:
    before = TokenCipher([OLD]).encrypt("a", "first")
    both = TokenCipher([NEW, OLD])
    after = both.encrypt("a", "second")
    assert (both.decrypt("a", before), both.decrypt("a", after)) == ("first", "second")
    assert TokenCipher([NEW]).decrypt("a", after) == "second"
    with pytest.raises(WrongEncryptionKey):
        TokenCipher([OLD]).decrypt("a", after)


@pytest.mark.parametrize("sealed", ["", "no token", "é", "gAAAAA"])
def test_what_was_never_sealed_is_an_operators_error_that_names_the_setting(sealed: str) -> None:
    with pytest.raises(WrongEncryptionKey, match="ENCRYPTION_KEY"):
        TokenCipher([OLD]).decrypt("a", sealed)


@pytest.mark.parametrize("keys", [[], ["short"], [OLD, "short"]])
def test_a_key_that_is_none_is_refused(keys: list[str]) -> None:
    with pytest.raises(ValueError, match=r"Fernet|key"):
        TokenCipher(keys)
