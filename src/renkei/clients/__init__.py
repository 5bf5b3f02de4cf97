"""Clients: each Protocol of the wire over HTTP with mutual TLS (接続部品)."""
