"""Notices that leave the center: e-mail and webhooks, from the outbox."""
