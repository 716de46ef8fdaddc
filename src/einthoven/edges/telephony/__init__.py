"""Lines on which patients call: SIP with RTP, media streams of telephony services (R6)."""
