import pytest
from cryptography.fernet import Fernet

from bot.domain.errors import WrongKey
from bot.store.accounts import Vault

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def test_what_is_sealed_opens_for_the_same_purpose_and_does_not_show() -> None:
    sealed = Vault([OLD]).seal("account:T1:U1", "very secret")
    assert "very secret" not in sealed
    assert Vault([OLD]).open("account:T1:U1", sealed) == "very secret"


@pytest.mark.parametrize("purpose", ["account:T1:U2", "account:T2:U1", "installation:T1", ""])
def test_a_sealed_value_moved_to_another_row_does_not_open(purpose: str) -> None:
    sealed = Vault([OLD]).seal("account:T1:U1", "very secret")
    with pytest.raises(WrongKey):
        Vault([OLD]).open(purpose, sealed)


def test_a_key_added_in_front_encrypts_and_the_one_before_still_decrypts() -> None:
    before = Vault([OLD]).seal("a", "first")
    both = Vault([NEW, OLD])
    after = both.seal("a", "second")
    assert (both.open("a", before), both.open("a", after)) == ("first", "second")
    assert Vault([NEW]).open("a", after) == "second"
    with pytest.raises(WrongKey):
        Vault([OLD]).open("a", after)


@pytest.mark.parametrize("sealed", ["", "no token", "é", "gAAAAA"])
def test_what_was_never_sealed_is_an_operators_error_that_names_the_setting(sealed: str) -> None:
    with pytest.raises(WrongKey, match="ENCRYPTION_KEY"):
        Vault([OLD]).open("a", sealed)


@pytest.mark.parametrize("keys", [[], ["short"], [OLD, "short"]])
def test_a_key_that_is_none_is_refused(keys: list[str]) -> None:
    with pytest.raises(ValueError, match=r"Fernet|key"):
        Vault(keys)
