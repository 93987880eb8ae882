import pytest

from bot.settings import TO_LISTEN, TO_SERVE, Settings, SettingsError


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: str) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgres://u:p@h/n", "postgresql+asyncpg://u:p@h/n"),
        ("postgresql://u:p@h/n", "postgresql+asyncpg://u:p@h/n"),
        ("postgresql+asyncpg://u:p@h/n", "postgresql+asyncpg://u:p@h/n"),
        ("postgresql://u:p@h/n?sslmode=require", "postgresql+asyncpg://u:p@h/n?ssl=require"),
        ("sqlite:///bot.db", "sqlite+aiosqlite:///bot.db"),
        ("sqlite+aiosqlite:////var/lib/bot.db", "sqlite+aiosqlite:////var/lib/bot.db"),
    ],
)
def test_the_database_is_reached_through_its_async_driver(
    monkeypatch: pytest.MonkeyPatch, given: str, used: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", given)
    assert Settings.load().database_url == used


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://h/n"),
        ("DATABASE_URL", "file.db"),
        ("DATABASE_URL", "postgresql://u:p@h:port/n"),
        ("PIPESHUB_SERVER_URL", "knowledge.example.com"),
        ("SLACK_API_URL", "ftp://slack.example.com"),
        ("PORT", "http"),
        ("PORT", "70000"),
        ("LOG_LEVEL", "loud"),
        ("ANSWER_DELIVERY", "pigeon"),
        ("MAX_LIVE_ANSWERS", "0"),
        ("MAX_LIVE_ANSWERS", "many"),
        ("GRACE_SECONDS", "-1"),
        ("GRACE_SECONDS", "nan"),
        ("RETENTION_DAYS", "0"),
        ("RETENTION_DAYS", "a while"),
        ("ARCHIVE_AFTER_DAYS", "-7"),
        ("ARCHIVE_AFTER_DAYS", "365"),
        ("REPORT_CHANNEL", "#knowledge"),
        ("REPORT_CHANNEL", "D012AB3CD"),
        ("PUBLIC_URL", "http://bot.example.com"),
        ("PUBLIC_URL", "bot.example.com"),
        ("PUBLIC_URL", "https://bot.example.com/?a=b"),
        ("PUBLIC_URL", "https://user@bot.example.com"),
        ("ENCRYPTION_KEY", "too-short"),
        ("ENCRYPTION_KEY", "zH4Zx0oYLKzoDGKrfJ3Y9pJHqLHTJvxTYr0jz0Zn9Wo=,too-short"),
        ("ALLOW_EMAIL_MISMATCH", "sometimes"),
        ("TRUSTED_PROXIES", "-1"),
        ("TRUSTED_PROXIES", "10.0.0.0/8"),
        ("METRICS_TOKEN", "two words"),
        ("METRICS_TOKEN", "größer"),
        ("METRICS_ADDRESS", "9100"),
        ("METRICS_ADDRESS", "localhost"),
        ("METRICS_ADDRESS", "127.0.0.1:70000"),
        ("METRICS_ADDRESS", "http://127.0.0.1:9090"),
        ("METRICS_ADDRESS", "127.0.0.1:9090/metrics"),
    ],
)
def test_a_malformed_setting_is_named_in_one_line_without_its_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        Settings.load()
    assert str(refused.value).startswith(name)
    assert "\n" not in str(refused.value)
    assert value not in str(refused.value)


def test_a_missing_setting_is_named_with_where_to_get_it() -> None:
    with pytest.raises(
        SettingsError, match="SLACK_BOT_TOKEN is not set: copy the token that starts with xoxb-"
    ):
        Settings.load().require(TO_SERVE)


@pytest.mark.parametrize("value", ["edit", "stream", "AUTO"])
def test_delivery_is_one_of_three_in_any_letters(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("ANSWER_DELIVERY", value)
    assert Settings.load().answer_delivery == value.lower()


def test_archiving_and_reports_are_off_unless_somebody_wants_them(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (Settings.load().archive_after_days, Settings.load().report_channel) == (None, None)
    monkeypatch.setenv("ARCHIVE_AFTER_DAYS", "OFF")
    monkeypatch.setenv("REPORT_CHANNEL", "off")
    assert (Settings.load().archive_after_days, Settings.load().report_channel) == (None, None)
    monkeypatch.setenv("ARCHIVE_AFTER_DAYS", "30")
    monkeypatch.setenv("REPORT_CHANNEL", "C012AB3CD")
    assert (Settings.load().archive_after_days, Settings.load().report_channel) == (30, "C012AB3CD")


def test_nothing_can_be_archived_that_is_forgotten_by_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETENTION_DAYS", "30")
    monkeypatch.setenv("ARCHIVE_AFTER_DAYS", "30")
    with pytest.raises(SettingsError, match="ARCHIVE_AFTER_DAYS is not less than RETENTION_DAYS"):
        Settings.load()


def test_an_empty_setting_counts_as_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "")
    with pytest.raises(SettingsError, match="SLACK_BOT_TOKEN is not set"):
        Settings.load().require(TO_SERVE)


KEY, OTHER = "zH4Zx0oYLKzoDGKrfJ3Y9pJHqLHTJvxTYr0jz0Zn9Wo=", "5iN7hQ0G0Yl0m0o9n3yqIh5hT1q0mXr5oB1Jk4n0v2E="


def test_several_keys_are_read_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENCRYPTION_KEY", f"{KEY}, {OTHER}")
    assert Settings.load().encryption_keys == (KEY, OTHER)
    assert KEY not in repr(Settings.load())


@pytest.mark.parametrize("missing", ["ENCRYPTION_KEY", "PUBLIC_URL"])
def test_with_accounts_of_peoples_own_the_start_needs_a_key_and_an_address(
    monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_APP_TOKEN", "PIPESHUB_CLIENT_ID"):
        monkeypatch.setenv(name, "set")
    monkeypatch.setenv("PIPESHUB_SERVER_URL", "https://pipeshub.example.com")
    monkeypatch.setenv("ENCRYPTION_KEY", KEY)
    monkeypatch.setenv("PUBLIC_URL", "https://bot.example.com/")
    settings = Settings.load()
    settings.require(TO_SERVE)
    settings.require(TO_LISTEN)
    monkeypatch.delenv(missing)
    without = Settings.load()
    for names in (TO_SERVE, TO_LISTEN):
        with pytest.raises(SettingsError, match=f"^{missing} is not set: "):
            without.require(names)


@pytest.mark.parametrize("missing", ["SLACK_CLIENT_SECRET", "ENCRYPTION_KEY", "PUBLIC_URL"])
def test_to_be_installed_from_its_own_page_the_bot_needs_no_token_of_a_workspace(
    monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    for name in ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_SIGNING_SECRET", "PIPESHUB_BEARER_AUTH"):
        monkeypatch.setenv(name, "set")
    monkeypatch.setenv("PIPESHUB_SERVER_URL", "https://pipeshub.example.com")
    monkeypatch.setenv("ENCRYPTION_KEY", KEY)
    monkeypatch.setenv("PUBLIC_URL", "https://bot.example.com")
    settings = Settings.load()
    settings.require(TO_SERVE)
    monkeypatch.delenv(missing)
    without = Settings.load()
    with pytest.raises(SettingsError, match=f"^{missing} is not set: "):
        without.require(TO_SERVE)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("SLACK_BOT_TOKEN", "xoxb-1", "SLACK_CLIENT_ID is set, and so is SLACK_BOT_TOKEN"),
        ("REPORT_CHANNEL", "C0123", "REPORT_CHANNEL is a channel of one workspace"),
        ("ADMIN_USERS", "U0123", "ADMIN_USERS names people of one workspace"),
    ],
)
def test_what_is_one_workspaces_does_not_go_with_many(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv("SLACK_CLIENT_ID", "1.2")
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=says):
        Settings.load()


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("127.0.0.1:9090", ("127.0.0.1", 9090)),
        ("[::1]:9090", ("::1", 9090)),
        ("metrics.internal:80", ("metrics.internal", 80)),
        ("", None),
    ],
)
def test_metrics_may_have_an_address_of_their_own(
    monkeypatch: pytest.MonkeyPatch, given: str, used: tuple[str, int] | None
) -> None:
    monkeypatch.setenv("METRICS_ADDRESS", given)
    assert Settings.load().metrics_host_and_port == used


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-very-secret")
    monkeypatch.setenv("METRICS_TOKEN", "very-secret")
    assert "very-secret" not in repr(Settings.load())
