"""Programs that the peers' own Python runs; Renkei never imports them (比較対象).

Each takes its counts as arguments and prints one JSON object. They use a peer's public interface
with its own defaults, and refuse to report a figure of work whose result they did not check.
"""
