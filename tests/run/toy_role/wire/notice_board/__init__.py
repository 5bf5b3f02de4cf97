"""What crosses the border of the notice board (掲示板)."""
