"""The open system for real-time outpatient cardiac telemetry."""

__version__ = "0.1.0"
