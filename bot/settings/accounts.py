"""The Acronis accounts: the environment's, named `default`, and the file's."""

from collections.abc import Iterator, Sequence

from bot.acronis import check_url
from bot.errors import SettingsError
from bot.settings.environment import Environment
from bot.settings.file import File
from bot.settings.values import AccountSettings

DEFAULT = "default"
_NAMES = ("ACRONIS_URL", "ACRONIS_CLIENT_ID", "ACRONIS_CLIENT_SECRET")


def accounts_of(reader: Environment, file: File) -> Iterator[AccountSettings]:
    """The environment's need not be there where the file names some."""
    own: tuple[AccountSettings, ...] = ()
    if not file.names_accounts or reader.names_any(_NAMES):
        own = (_of_environment(reader, file.acronis.console_url),)
    yield from own
    yield from _of_file(file, own)


def _of_environment(reader: Environment, console: str) -> AccountSettings:
    url = reader.required(_NAMES[0], "It is the data centre URL that the console shows with the API client")
    where = "The console shows it when the API client is made"
    client_id, secret = (reader.required(name, where) for name in _NAMES[1:])
    try:
        url = check_url(url, _NAMES[0]) if url else url
    except SettingsError as error:
        reader.faults.extend(error.faults)
    return AccountSettings(DEFAULT, url, client_id, secret, _console(console, url))


def _of_file(file: File, own: Sequence[AccountSettings]) -> Iterator[AccountSettings]:
    seen = {DEFAULT}
    clients = {(each.url, each.client_id): each.name for each in own}
    for place, account in file.accounts.items():
        if account.name in seen:
            whose = "is the environment's" if account.name == DEFAULT else "is there twice"
            file.faults.add(("accounts", place, "name"), f"“{account.name}” {whose}. Give each its own")
        seen.add(account.name)
        first = clients.setdefault((account.url, account.client_id), account.name)
        if first != account.name:
            told = f"is the client of “{first}” too: each failure would be told twice"
            file.faults.add(("accounts", place, "client_id"), told)
        address = _console(account.console_url or file.acronis.console_url, account.url)
        yield AccountSettings(account.name, account.url, account.client_id, account.client_secret, address)


def _console(template: str, url: str) -> str:
    """The console's address for an account of this data centre."""
    return template.replace("{dc}", url.rstrip("/")) if url else ""
