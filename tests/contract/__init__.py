"""What holds for every service, every route, every bus."""
