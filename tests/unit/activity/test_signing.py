"""Signatures of webhooks, held against an implementation that is not ours."""

from __future__ import annotations

import base64
import time

from standardwebhooks import Webhook, WebhookVerificationError

from barbican_like.activity.subscriptions import signing

BODY = b'{"specversion":"1.0","id":"7"}'
ID = "5e7a2c1e-0000-4000-8000-000000000000.7"


def verified(key: bytes, headers: dict[str, str], body: bytes = BODY) -> bool:
    """Whether a receiver with that key takes the message."""
    try:
        Webhook(signing.shown(key)).verify(body, headers)
    except WebhookVerificationError:
        return False
    return True


def test_a_receiver_takes_what_is_signed_and_nothing_else() -> None:
    key, now = signing.new_key(), int(time.time())
    headers = signing.headers(ID, now, BODY, [key])
    assert verified(key, headers)
    assert not verified(signing.new_key(), headers)
    assert not verified(key, headers, BODY + b" ")
    assert not verified(key, headers | {"webhook-id": f"{ID}0"})
    assert not verified(key, headers | {"webhook-timestamp": str(now + 1)})


def test_each_of_several_keys_signs() -> None:
    old, new = signing.new_key(), signing.new_key()
    headers = signing.headers(ID, int(time.time()), BODY, [old, new])
    assert verified(old, headers)
    assert verified(new, headers)


def test_the_signature_is_that_of_the_standard() -> None:
    """The example of its reference libraries."""
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    headers = signing.headers("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}', [key])
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_keys_are_random_and_of_256_bits() -> None:
    key = signing.new_key()
    assert len(key) == 32
    assert key != signing.new_key()
    assert signing.shown(key).startswith("whsec_")
