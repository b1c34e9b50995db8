"""Sentences for a connection to Temporal that does not come about.

Promises what to look at, with the words of Temporal's libraries in brackets at most. Must not connect.
"""

import re

_ADDRESS = "write host and port, such as localhost:7233"
_NOT_TEMPORAL = "is no Temporal server, or wants TLS or another certificate: look at TEMPORAL_ADDRESS and TEMPORAL_TLS"
_NOT_TRUSTED = "shows a certificate that is not trusted here"
_AUTHORITY = "name its authority in TEMPORAL_TLS_SERVER_CA_CERT_PATH"
_OWN_CERTIFICATE = "name yours in TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH"
_WORDS = (
    ("NotValidForName", "shows a certificate for another name: write that name into TEMPORAL_TLS_SERVER_NAME"),
    ("Expired", "shows a certificate that is out of date: renew it there, or correct this machine's clock"),
    ("NotValidYet", "shows a certificate that is not valid yet: correct this machine's clock"),
    ("InvalidCertificate", f"{_NOT_TRUSTED}: {_AUTHORITY}"),
    ("CertificateRequired", f"wants a certificate of this client: {_OWN_CERTIFICATE}"),
    ("AlertReceived", f"does not take the certificate of this client: {_OWN_CERTIFICATE}"),
    ("handshake eof", "speaks no TLS: unset TEMPORAL_TLS and what begins with it, or correct TEMPORAL_ADDRESS"),
    ("InvalidMessage", "speaks no TLS: unset TEMPORAL_TLS and what begins with it, or correct TEMPORAL_ADDRESS"),
    ("Unauthenticated", "does not take the key: look at TEMPORAL_API_KEY"),
    ("PermissionDenied", "does not take the key: look at TEMPORAL_API_KEY and TEMPORAL_NAMESPACE"),
    ("imed out", "does not answer in time: look at TEMPORAL_ADDRESS and at the network between"),
    ("eadline", "does not answer in time: look at TEMPORAL_ADDRESS and at the network between"),
    ("transport::Error", _NOT_TEMPORAL),
)
_DETAIL = 200
"""The most characters of a library's words."""
_TOML = re.compile(r"TOML parse error at line (\d+), column (\d+)")
_PROFILE = re.compile(r"Profile '(.*)' not found")


def unusable_settings(error: Exception) -> str:
    """Return why the settings of the connection can't be read."""
    said = str(error)
    if isinstance(error, OSError) and error.filename:
        return f"The file {error.filename} that TEMPORAL_TLS_… names can't be read: check the path ({error.strerror})"
    if found := _TOML.search(said):
        where = f"in line {found[1]}, column {found[2]}"
        return f'The file that TEMPORAL_CONFIG_FILE names can\'t be read {where}: write `key = "value"` there'
    if found := _PROFILE.search(said):
        return f"There is no profile {found[1]}: look at TEMPORAL_PROFILE, or list them with `temporal config list`"
    remedy = "look at TEMPORAL_CONFIG_FILE and TEMPORAL_TLS_…"
    return f"The settings of the connection can't be read: {remedy} ({_short(said)})"


def unusable_address(where: str, error: Exception) -> str:
    """Return why this is no address, or why the settings beside it don't suit one another."""
    if "client cert" in str(error):
        return "TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH belong together: set both, or none"
    return f"TEMPORAL_ADDRESS is {where}, and that can't be an address: {_ADDRESS}"


def is_for_good(error: Exception) -> bool:
    """Return whether waiting can't help: a key, a certificate or a header of this client can't be used."""
    return any(part in str(error) for part in ("ParseError", "Invalid headers"))


def unconnected(where: str, error: Exception) -> str:
    """Return why the server at this address can't be used."""
    said = str(error)
    if "Connection refused" in said:
        return f"No Temporal server at {where}: run `baton up`, or set TEMPORAL_ADDRESS"
    if "dns error" in said:
        return f"No machine of the name {where.rpartition(':')[0] or where} is known here: look at TEMPORAL_ADDRESS"
    if "Invalid headers" in said:
        return "What TEMPORAL_GRPC_META_… names can't be sent: write plain letters and digits on one line"
    if is_for_good(error):
        return f"The certificate or the key of this client can't be read: {_OWN_CERTIFICATE}"
    known = next((words for part, words in _WORDS if part in said), "")
    return f"The server at {where} {known or f'refuses the connection: look at its log ({_short(said)})'}"


def _short(said: str) -> str:
    return " ".join(said.removeprefix("Failed client connect: ").split())[:_DETAIL]
