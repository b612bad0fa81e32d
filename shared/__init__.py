"""What all services stand on; it knows no service."""
