/** What a period's ECG comes with: a transmitter, or the telephone, in whose place a number of the center's own stands. */

/** Strips come by telephone: there is no transmitter, and nobody watches them live. */
export function byTelephone(transmitter: string): boolean {
  return transmitter.startsWith("telephone/");
}

/** The transmitter, or that strips come by telephone. */
export function meansWords(transmitter: string): string {
  return byTelephone(transmitter) ? "by telephone" : transmitter;
}
