/** The caliper by keys: laid on a beat by a digit, moved by arrows, marched out. */

import { type CaliperModel, measure } from "../patient/caliper";
import { moved, type Phase, pointSet, spoken, words } from "../desk/key_caliper";
import type { PatientView } from "../patient/view";
import { ends, isVoltage, laid, type MeasureName, MEASURES, nearest } from "./points";
import { heightAt, levelOf } from "./scale";
import type { Points } from "./told";

/** What it needs of the desk. */
interface Host {
  readonly map: PatientView;
  readonly points: { readonly value: readonly Points[] | null };
  readonly chosen: number | null;
  readonly middle: number;
  say(text: string): void;
}

export class KeyCaliper {
  march = false;
  private phase: Phase = "set";
  private name: MeasureName | null = null;
  /** The caliper that a digit laid last. */
  private laid: CaliperModel | null = null;

  constructor(private readonly host: Host) {}

  /** "QT: 402 ms, …" of the caliper that stands; "" without. */
  get words(): string {
    const { caliper } = this.host.map;
    if (caliper === null) return "";
    if (this.name === null || caliper !== this.laid) return words(caliper, this.scale);
    const { ms, millivolts, bpm } = measure(caliper, this.scale.rate, this.scale.pxPerMv);
    if (isVoltage(this.name)) return `${this.name}: ${millivolts.toFixed(2)} mV`;
    return `${this.name}: ${Math.round(ms)} ms${this.name === "RR" && bpm !== null ? `, ${Math.round(bpm)} /min` : ""}`;
  }

  /** The same where it was laid as something by a digit, and not moved since; else "". */
  get named(): string {
    const { caliper } = this.host.map;
    return this.name === null || caliper === null || caliper !== this.laid ? "" : this.words;
  }

  private get scale() {
    const { map } = this.host;
    return { rate: map.bounds.rate, pxPerMv: map.facts?.pxPerMv ?? 1 };
  }

  /** A key while the caliper is out; false where it is none of its own. */
  catches(event: Pick<KeyboardEvent, "key" | "shiftKey" | "altKey" | "ctrlKey" | "metaKey">): boolean {
    const { map } = this.host;
    if (!map.caliperMode || event.altKey || event.ctrlKey || event.metaKey) return false;
    const digit = MEASURES.find(({ key }) => key === event.key);
    if (digit !== undefined) {
      this.lay(digit.name);
      return true;
    }
    if (event.key === "M") {
      this.march = !this.march;
      map.refresh();
      return true;
    }
    if (event.key === "Enter") {
      this.set();
      return true;
    }
    const way = ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] } as const)[event.key];
    if (way === undefined) return false;
    this.move(way[0], way[1], event.shiftKey);
    return true;
  }

  /** From border to border of the chosen beat, or of the one nearest the middle. */
  private lay(name: MeasureName): void {
    const { map, points, chosen, middle } = this.host;
    const known = points.value ?? [];
    const row = nearest(known, chosen ?? middle);
    const span = ends(name, known, row, map.bounds.rate);
    if (span === null) {
      this.host.say(known.length === 0 ? "the waves here are not measured yet, or the picture is too wide" : `${name} of this beat is not measured`);
      return;
    }
    this.name = name;
    this.phase = "set";
    map.following = false;
    this.laid = map.caliper = laid(name, span, (sample) => heightAt(map, sample), levelOf(map));
    this.host.say(this.words);
  }

  private move(right: number, up: number, coarse: boolean): void {
    const { map } = this.host;
    const at = Math.round(this.host.chosen ?? this.host.middle);
    const start: CaliperModel = map.caliper ?? { from: { sample: at, y: heightAt(map, at) }, to: { sample: at, y: heightAt(map, at) } };
    if (map.caliper === null) this.phase = "first";
    map.following = false;
    this.name = null;
    map.caliper = moved(start, this.phase, right, up, coarse, this.scale);
    this.host.say(spoken(map.caliper, this.phase, this.scale));
  }

  private set(): void {
    const { map } = this.host;
    if (map.caliper === null) {
      this.move(0, 0, false);
      return;
    }
    const { caliper, phase } = pointSet(map.caliper, this.phase);
    map.caliper = caliper;
    this.phase = phase;
    this.host.say(spoken(caliper, phase, this.scale));
  }
}
