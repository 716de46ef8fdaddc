"""The telephone path's signal room: an ECG strip as a tone in a call's sound, and out of it again (R6, R26).

A patient without telemetry records a strip after a symptom and plays it into a telephone: an audible tone
whose frequency follows the ECG. This room turns sound into strips (`receiver`) and strips into sound
(`modulate`).

The way through: `front` brings the sound to a complex signal around the band of tones, `recognise` tells a
strip from voice, dialling, music and silence, `demodulate` turns the tone into a frequency at 750 values a
second, `calibration` reads the square wave that tells the sensitivity, `strip` gives 250 values a second of
true millivolts, or says why it cannot. `dtmf` hears the digits of the call. `g711` is the line's codec.
Everything runs in blocks of a tenth of a second counted from the first sample of the call, so that nothing
depends on how the samples were cut when they came (R13).

A strip of this path is never real-time telemetry (R7): nothing here knows of service periods.
"""
