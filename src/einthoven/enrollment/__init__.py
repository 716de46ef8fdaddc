"""Patients, ordering physicians, transmitters and service periods as plain values."""
