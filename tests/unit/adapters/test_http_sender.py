"""The sender's second look: an address is checked again when its socket is made, whatever was resolved before."""

import asyncio
import socket

import pytest

from largesse.adapters.http_sender import AddressForbidden, HttpSender
from largesse.outbox import Parcel, Reach


async def test_a_name_that_leads_inside_is_refused_though_it_is_no_literal() -> None:
    async with HttpSender(timeout_s=60.0) as sender:
        answer = await sender.send(Parcel(url="https://localhost/", body=b""))

    assert answer.error == "localhost is not on the public internet, so nothing was sent."


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254"])
async def test_no_socket_is_made_to_a_private_address(address: str) -> None:
    sender = HttpSender()
    with pytest.raises(AddressForbidden):
        sender.socket_to((socket.AF_INET, socket.SOCK_STREAM, 0, "", (address, 443)))


async def test_an_allowed_network_may_be_connected_to() -> None:
    sender = HttpSender(reach=Reach.of("10.0.0.0/8"))
    made = sender.socket_to((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("10.0.0.1", 443)))
    assert made.getblocking() is False
    made.close()


async def test_an_answer_that_is_not_http_is_told_of_without_the_query_of_the_url() -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"\x00\xff babble\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(babble, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/orders?key=hush"
    async with server, HttpSender(reach=Reach.of("127.0.0.0/8")) as sender:
        answer = await sender.send(Parcel(url=url, body=b""))
    assert answer.error is not None
    assert answer.error.startswith("The receiver's answer is not HTTP")
    assert answer.error.isprintable()
    assert "hush" not in answer.error
