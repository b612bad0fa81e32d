"""What starts the suite: the only place that imports all services."""
