"""The eight services of Siyu; none imports another."""
