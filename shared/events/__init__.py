"""What services say to each other: one module per publisher, one class per event."""
