"""What an institution is asked: by peers, the Commission, its own desks (機関への電文)."""
