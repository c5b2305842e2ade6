"""Signs messages as the Standard Webhooks say, https://www.standardwebhooks.com (2023)."""

import base64
import hashlib
import hmac
from collections.abc import Mapping


def sign_message(message_id: str, body: bytes, key: bytes, seconds: int) -> Mapping[str, str]:
    """Sign a message; gives the headers that it is sent with.

    Args:
        message_id: by which whoever gets it twice knows it.
        body: as it is sent.
        key: that the receiver has, too.
        seconds: since 1970 UTC, when it is sent: the receiver refuses what is old.
    """
    signed = f"{message_id}.{seconds}.".encode() + body
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }
