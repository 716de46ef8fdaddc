"""The web server: the wall, the patient page, and their data."""
