"""What the network is asked (情報提供ネットワークシステムへの電文)."""
