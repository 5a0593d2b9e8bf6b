"""The outbox: mails are written with the change that they tell of, and sent by workers."""
