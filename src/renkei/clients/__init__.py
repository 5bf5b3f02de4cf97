"""Clients: lines to other parties over HTTP with mutual TLS (接続部品)."""
