"""Hearts, transmitters, bad networks and the scenarios that play them."""
