/** Makes this process's `Date` tell another time. @returns puts the real one back */
export function replaceDate(nowMs: () => number): () => void {
  const Real = Date;
  globalThis.Date = class extends Real {
    constructor(...values: [] | [number | string | Date]) {
      if (values.length === 0) super(nowMs());
      else super(...(values as [number]));
    }

    static override now(): number {
      return nowMs();
    }
  } as DateConstructor;
  return () => {
    globalThis.Date = Real;
  };
}
