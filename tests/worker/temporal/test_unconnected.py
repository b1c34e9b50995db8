"""Connections to Temporal that do not come about: one sentence with what to look at."""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from worker.temporal.client import NoServerError, NoServerYetError, connect
from worker.temporal.unconnected import unconnected

NOWHERE = "127.0.0.1:9"
NO_TLS = "speaks no TLS: unset TEMPORAL_TLS and what begins with it, or correct TEMPORAL_ADDRESS"
OTHER = "is no Temporal server, or wants TLS or another certificate: look at TEMPORAL_ADDRESS and TEMPORAL_TLS"
YOURS = "name yours in TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH"


async def refusal(variables: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> NoServerError:
    """Return the error with which a command ends that has these variables and no others of Temporal."""
    for name in [name for name in os.environ if name.startswith("TEMPORAL_")]:
        monkeypatch.delenv(name)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(NoServerError) as told:
        await connect(carries_traces=False)
    return told.value


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        (
            {"TEMPORAL_ADDRESS": NOWHERE},
            f"No Temporal server at {NOWHERE}: run `baton up`, or set TEMPORAL_ADDRESS",
        ),
        (
            {"TEMPORAL_ADDRESS": "nowhere.invalid:7233"},
            "No machine of the name nowhere.invalid is known here: look at TEMPORAL_ADDRESS",
        ),
    ],
)
async def test_a_server_that_may_come(
    variables: Mapping[str, str], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that is down or whose machine is not known yet is waited for, with one sentence."""
    refused = await refusal(variables, monkeypatch)
    assert (type(refused), str(refused)) == (NoServerYetError, sentence)


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        (
            {"TEMPORAL_ADDRESS": "::::"},
            "TEMPORAL_ADDRESS is ::::, and that can't be an address: write host and port, such as localhost:7233",
        ),
        (
            {"TEMPORAL_ADDRESS": "localhost:99999"},
            "TEMPORAL_ADDRESS is localhost:99999, and that can't be an address: write host and port, such as "
            "localhost:7233",
        ),
        (
            {"TEMPORAL_ADDRESS": "grpc://localhost:7233"},
            "TEMPORAL_ADDRESS is grpc://localhost:7233: write it without grpc://",
        ),
        (
            {"TEMPORAL_TLS_CLIENT_CERT_PATH": "/nowhere"},
            "The file /nowhere that TEMPORAL_TLS_… names can't be read: check the path (No such file or directory)",
        ),
        (
            {"TEMPORAL_TLS_CLIENT_CERT_DATA": "hello"},
            "TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH belong together: set both, or none",
        ),
        (
            {"TEMPORAL_TLS_CLIENT_CERT_DATA": "hello", "TEMPORAL_TLS_CLIENT_KEY_DATA": "hello"},
            f"The certificate or the key of this client can't be read: {YOURS}",
        ),
        (
            {"TEMPORAL_PROFILE": "nope"},
            "There is no profile nope: look at TEMPORAL_PROFILE, or list them with `temporal config list`",
        ),
        (
            {"TEMPORAL_CONFIG_FILE": "cut_off.toml"},
            'The file that TEMPORAL_CONFIG_FILE names can\'t be read in line 1, column 17: write `key = "value"` there',
        ),
        (
            {"TEMPORAL_CONFIG_FILE": "number.toml"},
            'The file that TEMPORAL_CONFIG_FILE names can\'t be read in line 2, column 11: write `key = "value"` there',
        ),
        (
            {"TEMPORAL_CONFIG_FILE": "."},
            "The settings of the connection can't be read: look at TEMPORAL_CONFIG_FILE and TEMPORAL_TLS_… "
            "(Configuration loading error: Is a directory (os error 21))",
        ),
    ],
    ids=str,
)
async def test_settings_that_no_server_could_suit(
    variables: Mapping[str, str], sentence: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An address, a certificate or a configuration file that can't be used ends the command at once."""
    (tmp_path / "cut_off.toml").write_text("[profile.default\n")
    (tmp_path / "number.toml").write_text("[profile.default]\naddress = 9\n")
    monkeypatch.chdir(tmp_path)
    refused = await refusal(variables, monkeypatch)
    assert (type(refused), str(refused)) == (NoServerError, sentence)


@pytest.mark.parametrize(
    ("greeting", "variables", "said"),
    [
        (b"", {}, OTHER),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", {}, OTHER),
        (b"", {"TEMPORAL_TLS": "true"}, NO_TLS),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", {"TEMPORAL_TLS": "true"}, NO_TLS),
    ],
)
async def test_a_program_that_is_no_temporal_server(
    greeting: bytes, variables: Mapping[str, str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A port on which another program listens, or one without TLS, is told as such."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4096)  # otherwise the kernel resets the connection, at a moment of its own
        writer.write(greeting)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        where = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        refused = await refusal({"TEMPORAL_ADDRESS": where, **variables}, monkeypatch)
    assert str(refused) == f"The server at {where} {said}"


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        (
            "InvalidCertificate(UnknownIssuer)",
            "shows a certificate that is not trusted here: name its authority in TEMPORAL_TLS_SERVER_CA_CERT_PATH",
        ),
        (
            "InvalidCertificate(Expired)",
            "shows a certificate that is out of date: renew it there, or correct this machine's clock",
        ),
        (
            'InvalidCertificate(NotValidForName { expected: DnsName("x") })',
            "shows a certificate for another name: write that name into TEMPORAL_TLS_SERVER_NAME",
        ),
        ("AlertReceived(CertificateRequired)", f"wants a certificate of this client: {YOURS}"),
        ("AlertReceived(UnknownCA)", f"does not take the certificate of this client: {YOURS}"),
        (
            'Status { code: PermissionDenied, message: "Request unauthorized." }',
            "does not take the key: look at TEMPORAL_API_KEY and TEMPORAL_NAMESPACE",
        ),
        (
            'Status { code: Unauthenticated, message: "invalid authorization" }',
            "does not take the key: look at TEMPORAL_API_KEY",
        ),
        ("a new kind of error", "refuses the connection: look at its log (a new kind of error)"),
    ],
)
def test_a_server_that_refuses_this_client(detail: str, said: str) -> None:
    """A certificate or a key that one side does not take is told with the variable to look at."""
    assert unconnected("baton.example:7233", RuntimeError(f"Failed client connect: {detail}")) == (
        f"The server at baton.example:7233 {said}"
    )
