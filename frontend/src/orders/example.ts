/** An order as a practice writes it, of nobody: for the demo. Telephones are of the range kept for fiction. */

import type { Fields } from "./order";

/** People who do not exist: name, date of birth, sex, whom to call. */
const PEOPLE: readonly (readonly [string, string, string, string])[] = [
  ["Carter, Ruth", "1951-04-12", "female", "Carter, Paul"],
  ["Nilsson, Erik", "1948-09-30", "male", "Nilsson, Maja"],
  ["Okafor, Ada", "1962-01-17", "female", "Okafor, Chidi"],
  ["Brandt, Jonas", "1957-06-03", "male", "Brandt, Lena"],
  ["Silva, Marta", "1944-11-21", "female", "Silva, Rui"],
  ["Haddad, Sami", "1969-02-08", "male", "Haddad, Noor"],
];

/** The payer of the demo, which does not exist either: Medicare's policies of today are not held. */
export const DEMO_PAYER = "example-health";

const DEMO_PHYSICIAN = "Dr. Phil Physician";

/** So many days before a day, as `YYYY-MM-DD`. */
export function before(today: string, days: number): string {
  const at = new Date(`${today}T12:00:00Z`);
  at.setUTCDate(at.getUTCDate() - days);
  return at.toISOString().slice(0, 10);
}

/**
 * A whole order but for its signature.
 *
 * @param today `YYYY-MM-DD`: the service is wanted from then on.
 * @param which of the people.
 * @param orderer who orders: a physician of the demo, who can sign it.
 */
export function exampleOf(today: string, which = 0, orderer = DEMO_PHYSICIAN): Fields {
  const [name, born, sex, relative] = PEOPLE[which % PEOPLE.length]!;
  const [visit, holter] = [before(today, 3), before(today, 17)];
  return {
    patient: {
      name,
      birth_date: born,
      sex,
      telephone: "+1 215 555 0142",
      postal: { street: "12 Elm Street", city: "Philadelphia", state: "PA", zip: "19103", country: "US" },
      contacts: [{ name: relative, telephone: "+1 215 555 0143", relation: "family" }],
      record_number: "MR-20451",
    },
    orderer: { name: orderer, npi: "1234567893", telephone: "+1 215 555 0100", kind: "physician", specialty: "cardiology", practice: "Heart practice", country: "US" },
    payer: { id: DEMO_PAYER, state: "PA", member: "EX-1004-7731" },
    test: "telemetry",
    indication: "infrequent-symptoms",
    indication_words: "Fainting without warning about once a month; the last ambulatory ECG of 24 hours showed nothing.",
    diagnoses: ["R55", "R00.2"],
    symptoms: [
      { what: "syncope", how_often: "once a month", severity: "severe", since: "four months ago" },
      { what: "palpitations", how_often: "twice a month", severity: "moderate", since: "four months ago" },
    ],
    prior_tests: [
      { kind: "ecg", on: before(today, 18), result: "sinus rhythm, no conduction delay", revealing: false },
      { kind: "holter", on: holter, until: before(today, 16), result: "24 hours, no event, no dysrhythmia", revealing: false },
    ],
    statements: answers(`visit note ${visit}`, holter),
    setting: "home",
    country: "US",
    days: 30,
    start: today,
    criteria: "center",
    dated: visit,
  };
}

function answers(where: string, holter: string): Fields {
  const yes = (words = ""): Fields => ({ answer: true, words, where });
  const no: Fields = { answer: false, where };
  return {
    treating: yes(),
    knows_patient: yes(),
    skilled: yes(),
    significant: yes(),
    useful: yes("decides between a pacemaker, drugs and no treatment"),
    infrequent: yes(),
    severe: yes(),
    likely: yes(),
    only_this_way: yes("consciousness is lost, so no recorder can be started"),
    holter_unlikely: yes("the symptoms come about once a month"),
    others_insufficient: yes(`the Holter of ${holter} showed nothing, an event recorder needs the patient's hand`),
    other_suffices: no,
    adds: yes(),
    same_day_other: no,
    low_risk: yes(),
    high_risk_vt_vf: no,
    recent_infarction: no,
    stopping_anticoagulation: no,
    screening: no,
    daily_strips: no,
    inpatient_strips: no,
    new_symptoms: yes("no service before; the symptoms began four months ago"),
    nothing_found_only: no,
    longer: no,
    releases: yes(where.slice(-10)),
    assigns: yes(where.slice(-10)),
  };
}
