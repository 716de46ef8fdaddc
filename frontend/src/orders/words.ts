/** How what an order says is said to people; the keys are those of `vocabulary.json`, which a test holds against the code. */

import { type Fields, get, listAt, textAt } from "./order";
import vocabulary from "./vocabulary.json";

export interface Question {
  readonly key: string;
  readonly text: string;
  readonly group: string;
  readonly why: boolean;
}

export type Options = readonly (readonly [string, string])[];

export const QUESTIONS: readonly Question[] = vocabulary.questions;

export const GROUPS: Options = [
  ["need", "The need"],
  ["symptoms", "The symptoms"],
  ["other tests", "Other tests"],
  ["risk", "Risk"],
  ["use", "What it is for"],
  ["repeat", "If there was a service before, or more than 30 days are wanted"],
  ["billing", "What the patient signed for the payer"],
];

const WORDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  test: { telemetry: "real-time telemetry", "post-symptom": "strips sent after a symptom" },
  indication: {
    "infrequent-symptoms": "symptoms too seldom for an ECG of 24 hours",
    "unrevealing-tests": "earlier tests explained nothing",
    "af-absence": "no AF, before anticoagulation is stopped",
    other: "another",
  },
  setting: { home: "at home", hospital: "in a hospital", "emergency-room": "in an emergency room", "skilled-nursing": "in skilled nursing", "other-facility": "in another facility" },
  prior: {
    ecg: "12-lead ECG",
    holter: "Holter",
    "event-recorder": "event recorder",
    patch: "patch",
    telemetry: "telemetry",
    echocardiogram: "echocardiogram",
    "stress-test": "stress test",
    "electrophysiology-study": "electrophysiology study",
    "history-and-examination": "history and examination",
    other: "another",
  },
  symptom: {
    palpitations: "palpitations",
    dizziness: "dizziness",
    weakness: "weakness",
    syncope: "syncope",
    "near-syncope": "near-syncope",
    "chest-pain": "chest pain",
    dyspnea: "dyspnea",
    fatigue: "fatigue",
    other: "another",
  },
  severity: { mild: "mild", moderate: "moderate", severe: "severe" },
};

type Kind = "test" | "indication" | "setting" | "prior" | "symptom" | "severity";

export const wordOf = (kind: Kind, key: string): string => WORDS[kind]?.[key] ?? key;
/** What can be chosen of a kind, in the order of the code. */
export const optionsOf = (kind: Kind): Options => vocabulary[kind].map((key) => [key, wordOf(kind, key)] as const);

export const SEXES: Options = [["female", "female"], ["male", "male"], ["other", "other"], ["unknown", "unknown"]]; // prettier-ignore
export const KINDS: Options = [["physician", "physician"], ["practitioner", "qualified practitioner"]]; // prettier-ignore
export const CRITERIA: Options = [["practice", "the practice's own set"], ["center", "the center's default"], ["own", "written here"]]; // prettier-ignore
export const YES_NO: Options = [["yes", "yes"], ["no", "no"]]; // prettier-ignore

/** States and territories in which a service can be furnished (USPS). */
export const STATES = (
  "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY PR VI GU AS MP"
).split(" ");

/** Diagnoses that are often behind such an order, in our own words; any other can be typed. */
export const OFTEN: Options = [
  ["R55", "fainting"],
  ["R00.2", "palpitations"],
  ["R42", "dizziness"],
  ["I48.91", "atrial fibrillation, kind not said"],
  ["I48.0", "atrial fibrillation that comes and goes"],
  ["I49.9", "dysrhythmia, kind not said"],
  ["I47.10", "supraventricular tachycardia, kind not said"],
  ["Z79.01", "takes anticoagulants for long"],
];

export const SECTIONS: Options = [
  ["patient", "Patient"],
  ["orderer", "Who orders"],
  ["payer", "Payer"],
  ["why", "What and why"],
  ["tests", "Earlier tests"],
  ["questions", "Questions"],
  ["where", "Where, how long"],
  ["documents", "Documents"],
  ["signature", "Signature"],
];

const IN_SECTION: readonly (readonly [RegExp, string])[] = [
  [/^patient\b/, "patient"],
  [/^orderer\b/, "orderer"],
  [/^payer\b/, "payer"],
  [/^(test|indication|indication_words|diagnoses|symptoms)\b/, "why"],
  [/^prior_tests\b/, "tests"],
  [/^statements\b/, "questions"],
  [/^(setting|country|days|start|criteria|criteria_words)\b/, "where"],
  [/^documents\b/, "documents"],
  [/^(signature|dated|placer)\b/, "signature"],
];

/** The section of the form that a path is in; null where it is no part of the form. */
export const sectionOf = (path: string): string | null => IN_SECTION.find(([form]) => form.test(path))?.[1] ?? null;

const NAMES: Readonly<Record<string, string>> = {
  "patient.name": "name", "patient.birth_date": "date of birth", "patient.sex": "sex", "patient.telephone": "telephone", "patient.record_number": "record number",
  "patient.postal.street": "street", "patient.postal.city": "city", "patient.postal.state": "state", "patient.postal.zip": "ZIP", "patient.postal.country": "country", "patient.contacts": "whom to call",
  "orderer.name": "who orders", "orderer.npi": "NPI", "orderer.telephone": "the orderer's telephone", "orderer.fax": "fax", "orderer.kind": "physician or practitioner", "orderer.specialty": "specialty", "orderer.practice": "practice", "orderer.country": "the orderer's country",
  "payer.id": "payer", "payer.contractor": "contractor", "payer.state": "state of the service", "payer.member": "member number",
  test: "what is ordered", indication: "indication", indication_words: "the indication in words", diagnoses: "diagnoses", symptoms: "symptoms", prior_tests: "earlier tests",
  setting: "where the patient is", country: "country", days: "days", start: "first day", criteria: "criteria", criteria_words: "own criteria", documents: "documents", dated: "date of the order", placer: "the office's number", signature: "signature",
}; // prettier-ignore

/** A path in words: "NPI", "question: is the patient at low risk …". */
export function nameOf(path: string): string {
  const key = /^statements\.(\w+)/.exec(path)?.[1];
  const question = QUESTIONS.find((one) => one.key === key);
  if (question !== undefined) return `question “${question.text}”${path.endsWith(".words") ? ", words" : path.endsWith(".where") ? ", where it stands" : ""}`;
  return NAMES[path] ?? NAMES[path.replace(/[.[].*$/, "")] ?? path;
}

/** A value of an order in words, where two of them stand beside each other. */
export function valueWords(value: unknown): string {
  if (value === undefined || value === null || value === "") return "(nothing)";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.length === 0 ? "(none)" : value.map(valueWords).join("; ");
  if (typeof value === "object") return Object.values(value).map(valueWords).join(", ");
  return String(value);
}

/** "30 days of real-time telemetry: R55, palpitations". */
export function orderWords(order: Fields): string {
  const days = Number(get(order, "days") ?? 0);
  const test = textAt(order, "test");
  return `${days > 0 ? `${days} ${days === 1 ? "day" : "days"} of ` : ""}${test === "" ? "nothing said" : wordOf("test", test)}`;
}

/** Why, in a line: the codes, then the symptoms. */
export const whyWords = (order: Fields): string =>
  [...listAt(order, "diagnoses").map(String), ...listAt(order, "symptoms").map((one) => wordOf("symptom", textAt(one as Fields, "what")))].filter(Boolean).join(", ");
