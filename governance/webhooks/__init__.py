"""Webhooks: what other systems are told as it happens, once each is recorded and until it is taken.

Messages lie in an outbox of their own, which is filled from what the audit chain and the newest
plans say; a message has an id that tells one that comes twice from another.
"""

from governance.webhooks.delivery import Delivered, deliver_messages
from governance.webhooks.messages import (
    Message,
    ToldException,
    list_batch_messages,
    list_exception_messages,
    list_waiting_messages,
)
from governance.webhooks.outbox import Outbox, open_outbox
from governance.webhooks.receivers import Receiver, Webhooks, load_webhooks, read_secret
from governance.webhooks.signing import sign_message

__all__ = [
    "Delivered",
    "Message",
    "Outbox",
    "Receiver",
    "ToldException",
    "Webhooks",
    "deliver_messages",
    "list_batch_messages",
    "list_exception_messages",
    "list_waiting_messages",
    "load_webhooks",
    "open_outbox",
    "read_secret",
    "sign_message",
]
