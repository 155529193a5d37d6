"""The port that visitors come to."""

import socket

import pytest

from largesse.app.port import AddressUnusable, PortTaken, answers, claim


def test_a_free_port_is_ours() -> None:
    port = claim("127.0.0.1", 0)
    assert claim("127.0.0.1", port) == port


@pytest.mark.parametrize("shared", [False, True])
def test_a_port_with_a_listener_is_taken_even_if_it_would_share(*, shared: bool) -> None:
    with socket.socket() as listener:
        if shared:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        with pytest.raises(PortTaken, match=f"port {port}") as caught:
            claim("127.0.0.1", port)
    assert caught.value.code == "serve.port.taken"
    assert "PORT=" in str(caught.value)


def test_an_address_of_another_machine_is_not_ours() -> None:
    with pytest.raises(AddressUnusable) as caught:
        claim("192.0.2.1", 8000)
    assert caught.value.code == "serve.address.unusable"


def test_a_port_that_was_just_left_is_free_again() -> None:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as visitor:
            accepted, _ = listener.accept()
            accepted.close()
            visitor.recv(1)
    assert claim("127.0.0.1", port) == port


async def test_nobody_answers_at_a_closed_port() -> None:
    assert not await answers("127.0.0.1", claim("127.0.0.1", 0), "/readyz")
