"""Rules, services, contract, journeys, races and faults: what Siyu promises, told as tests."""
