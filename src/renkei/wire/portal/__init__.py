"""What the portal is asked by the Commission (開示システムへの電文)."""
