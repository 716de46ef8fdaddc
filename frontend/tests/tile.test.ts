import { describe, expect, it } from "vitest";
import { judge, worstFirst } from "../src/wall/condition";
import { QUALITY } from "../src/protocol/messages";
import { NOW, PATIENT } from "./patients";

/** Names of the leads that are told of in so much room, and how many are left out. */
function listed(room: number, ...codes: number[]) {
  const leads = codes.map((quality, i) => ({ ...PATIENT.leads[0]!, name: `V${i + 1}`, quality }));
  const { told, rest } = worstFirst(judge({ ...PATIENT, leads }, NOW - 100, NOW).leads, room);
  return [...told.map(({ name }) => name), rest];
}

describe("leads that a tile has room for", () => {
  const { good, noisy, unusable, leadOff, flat, saturated } = QUALITY;

  it("all in their order where all fit", () => {
    expect(listed(2, good, leadOff)).toEqual(["V1", "V2", 0]);
    expect(listed(4, good, noisy, leadOff)).toEqual(["V1", "V2", "V3", 0]);
  });

  it("a third one that is off before two good ones, and one is left out", () => {
    expect(listed(2, good, good, leadOff)).toEqual(["V3", "V1", 1]);
  });

  it("off, unusable, clipped, flat, noisy, good; like ones in their order", () => {
    expect(listed(6, good, noisy, flat, saturated, unusable, leadOff, noisy)).toEqual(
      ["V6", "V5", "V4", "V3", "V2", "V7", 1],
    );
    expect(listed(2, noisy, leadOff, good, leadOff)).toEqual(["V2", "V4", 2]);
  });

  it("nothing is known of a stale one: their own order", () => {
    const leads = ["I", "II", "III"].map((name) => ({ ...PATIENT.leads[0]!, name, quality: leadOff }));
    const { told } = worstFirst(judge({ ...PATIENT, leads }, NOW - 60_000, NOW).leads, 2);
    expect(told.map(({ name, word }) => `${name} ${word}`)).toEqual(["I unknown", "II unknown"]);
  });
});
