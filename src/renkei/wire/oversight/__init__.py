"""What is said to the Commission (個人情報保護委員会への電文): nothing."""
