"""What J-LIS is asked (機構への電文)."""
