/**
 * The size of a large sample: mutation testing makes do with a tenth, as it runs the tests thousands of times, each with
 * code that counts its own steps.
 */
export function sampleSize(full: number): number {
  return process.env.WEIR_SMALL_SAMPLES === undefined ? full : Math.ceil(full / 10);
}
