"""Journeys: stories that cross all services, told through the public doors."""
