"""What runs Siyu: the suite, the emulator of the outside world, the demo chain."""
