"""Calls of patients: strips that come over the telephone after a symptom, and who answers them (R6, R7).

A call rings until a person takes it, is tied to a patient, asked about, and closed by a person.
What its sound holds is read by ``telephone``; here is what people and the center decide about it.
"""
