/** The recent past of one lead as columns (min and max), in typed arrays that never grow. */

import { HOLE } from "../protocol/binary";

export class Ring {
  readonly low: Int16Array;
  readonly high: Int16Array;
  private readonly mask: number;
  /** Valid columns are `[from, to)`. */
  from = 0;
  to = 0;

  /** Room for at least `columns` columns, each of `spc` samples. */
  constructor(
    columns: number,
    readonly spc: number,
  ) {
    const size = 2 ** Math.ceil(Math.log2(Math.max(2, columns)));
    this.mask = size - 1;
    this.low = new Int16Array(size).fill(HOLE);
    this.high = new Int16Array(size).fill(HOLE);
  }

  get size(): number {
    return this.mask + 1;
  }

  slot(column: number): number {
    return column & this.mask;
  }

  /** Smallest and largest value of a column; HOLE outside of what is kept. */
  lowAt(column: number): number {
    return column >= this.from && column < this.to ? this.low[column & this.mask]! : HOLE;
  }

  highAt(column: number): number {
    return column >= this.from && column < this.to ? this.high[column & this.mask]! : HOLE;
  }

  /**
   * Write a run whose first column is `column`. What lies between the newest column and a later run is a hole;
   * a run that begins before the newest column overwrites. Columns too old to keep are dropped.
   */
  write(column: number, values: Int16Array, pairs: boolean): void {
    const count = pairs ? values.length / 2 : values.length;
    if (count === 0) return;
    if (this.to === this.from) {
      this.from = column;
      this.to = column;
    }
    this.fillHole(column);
    const end = column + count;
    if (end > this.to) this.to = end;
    this.from = Math.max(this.from, this.to - this.size);
    for (let i = Math.max(0, this.from - column); i < count; i++) {
      const slot = (column + i) & this.mask;
      this.low[slot] = pairs ? values[2 * i]! : values[i]!;
      this.high[slot] = pairs ? values[2 * i + 1]! : values[i]!;
    }
  }

  /** Only what is already kept is overwritten; nothing moves the newest column. */
  patch(column: number, values: Int16Array, pairs: boolean): void {
    const count = pairs ? values.length / 2 : values.length;
    const begin = Math.max(0, this.from - column);
    const stop = Math.min(count, this.to - column);
    for (let i = begin; i < stop; i++) {
      const slot = (column + i) & this.mask;
      this.low[slot] = pairs ? values[2 * i]! : values[i]!;
      this.high[slot] = pairs ? values[2 * i + 1]! : values[i]!;
    }
  }

  private fillHole(column: number): void {
    const begin = Math.max(this.to, column - this.size);
    for (let c = begin; c < column; c++) {
      this.low[c & this.mask] = HOLE;
      this.high[c & this.mask] = HOLE;
    }
    if (column > this.to) this.to = column;
  }
}
