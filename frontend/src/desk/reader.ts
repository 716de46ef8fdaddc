/** Reading what the desk says field by field: a bad field is named and replaced, and the page goes on. */

import { streamId } from "../protocol/picture";

type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** One entity being read. What could not be read is in `faults`, each naming the entity and the field. */
export class Reader {
  private readonly from: Fields;

  constructor(
    readonly what: string,
    value: unknown,
    readonly faults: string[] = [],
  ) {
    if (!isFields(value)) this.fault("", "is not an object");
    this.from = isFields(value) ? value : {};
  }

  has(key: string): boolean {
    return this.from[key] !== undefined && this.from[key] !== null;
  }

  raw(key: string): unknown {
    return this.from[key];
  }

  fault(key: string, words: string): void {
    this.faults.push(`${this.what}${key === "" ? "" : `.${key}`} ${words}`);
  }

  text(key: string, fallback = ""): string {
    const value = this.from[key];
    if (typeof value === "string") return value;
    this.fault(key, "is not a text");
    return fallback;
  }

  textOrNull(key: string): string | null {
    return this.has(key) ? this.text(key) : null;
  }

  number(key: string, fallback: number): number {
    const value = this.from[key];
    if (typeof value === "number" && Number.isFinite(value)) return value;
    this.fault(key, "is not a number");
    return fallback;
  }

  numberOrNull(key: string): number | null {
    if (!this.has(key)) return null;
    const value = this.number(key, Number.NaN);
    return Number.isNaN(value) ? null : value;
  }

  /** What is neither true nor false reads as `fallback`: the answer that does not reassure. */
  flag(key: string, fallback: boolean): boolean {
    const value = this.from[key];
    if (typeof value === "boolean") return value;
    this.fault(key, "is neither true nor false");
    return fallback;
  }

  oneOf<T extends string>(key: string, allowed: readonly T[], fallback: T): T {
    const value = this.from[key];
    if (allowed.includes(value as T)) return value as T;
    this.fault(key, `"${String(value)}" is not known`);
    return fallback;
  }

  /** "s000017"; the bare number of a stream is understood as well. */
  stream(key: string): string {
    const value = this.from[key];
    if (typeof value === "number" && Number.isInteger(value) && value >= 0) return streamId(value);
    if (typeof value === "string" && /^s\d{6,}$/.test(value)) return value;
    this.fault(key, `"${String(value)}" is no stream`);
    return "";
  }

  list<T>(key: string, read: (item: Reader) => T): readonly T[] {
    const value = this.from[key];
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value)) {
      this.fault(key, "is not a list");
      return [];
    }
    return value.map((item, i) => read(new Reader(`${this.what}.${key}[${i}]`, item, this.faults)));
  }

  /** Those of a list that are numbers. */
  numbers(key: string): readonly number[] {
    const value = this.from[key];
    if (Array.isArray(value) && value.every((one) => typeof one === "number")) return value as number[];
    if (value !== undefined && value !== null) this.fault(key, "is no list of numbers");
    return [];
  }

  /** Those of a list that are texts. */
  texts(key: string): readonly string[] {
    const value = this.from[key];
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value)) {
      this.fault(key, "is not a list");
      return [];
    }
    const found = value.filter((item): item is string => typeof item === "string");
    if (found.length < value.length) this.fault(key, "holds what is not a text");
    return found;
  }

  inner(key: string): Reader {
    return new Reader(`${this.what}.${key}`, this.from[key], this.faults);
  }

  innerOrNull<T>(key: string, read: (inner: Reader) => T): T | null {
    return this.has(key) ? read(this.inner(key)) : null;
  }
}
