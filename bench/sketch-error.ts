/**
 * How far the approximate metrics are off, against exact answers, how many bytes a group takes, and what an add costs.
 * See README.md beside this file.
 *
 *     npx tsx bench/sketch-error.ts [events, 10,000,000 unless said]
 */
import { deflateRawSync } from 'node:zlib';
import { ByteWriter } from '#core/bytes/byte-writer.ts';
import { HyperLogLog } from '#core/sketches/hyper-log-log.ts';
import { QuantileSketch } from '#core/sketches/quantile-sketch.ts';
import type { Scalar } from '#core/sketches/scalar.ts';
import { capacityForTop, TopK } from '#core/sketches/top-k.ts';
import { randomFractions, randomNormals, randomZipf } from '#test/core/sketches/random.ts';

const eventsMax = Number(process.argv[2] ?? 10_000_000);
/** Of quantiles and top values, which are compared with sorted and counted events. */
const events = Math.min(eventsMax, 1_000_000);
const K = 10;

function bytesOf(sketch: { encode(out: ByteWriter): void }): { bytes: number; deflated: number } {
  const out = new ByteWriter();
  sketch.encode(out);
  const bytes = out.finish();
  return { bytes: bytes.length, deflated: deflateRawSync(bytes).length };
}

/** Nanoseconds of CPU for each of so many, user and system together. */
function nanosEach(count: number, run: () => void): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (1000 * (user + system)) / count;
}

function show(title: string, rows: readonly Readonly<Record<string, string | number>>[]): void {
  console.log(`\n${title}`);
  const columns = Object.keys(rows[0] ?? {});
  const cells = [columns, ...rows.map((row) => columns.map((column) => String(row[column])))];
  const widths = columns.map((_, at) => Math.max(...cells.map((row) => row[at]?.length ?? 0)));
  for (const row of cells) {
    console.log(
      row
        .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
        .join('  '),
    );
  }
}

const families: Readonly<Record<string, (at: number) => Scalar>> = {
  'whole numbers': (at) => at,
  'ids with a counter': (at) => `user-${at}`,
};

function distinctRows(precision: number): Record<string, string | number>[] {
  return Object.entries(families).flatMap(([values, valueOf]) => {
    const sketch = HyperLogLog.empty({ precision });
    const rows: Record<string, string | number>[] = [];
    let size = 0;
    for (let next = 10; next <= eventsMax; next *= 10) {
      const nanos = nanosEach(next - size, () => {
        for (; size < next; size++) sketch.add(valueOf(size));
      });
      const estimate = sketch.estimate();
      const error = estimate / size - 1;
      rows.push({
        values,
        distinct: size,
        estimate,
        'error %': (100 * error).toFixed(2),
        'in standard errors': (error / sketch.standardError).toFixed(2),
        ...bytesOf(sketch),
        // Of few adds, most of the time is the compiler's.
        'ns an add': size < 100_000 ? '' : nanos.toFixed(0),
      });
    }
    return rows;
  });
}

const fraction = randomFractions(1);
const normal = randomNormals(2);
const zipf = randomZipf(3, 1_000_000);

const numbers: Readonly<Record<string, (at: number) => number>> = {
  constant: () => 42.5,
  'uniform, 0 to 1000': () => 1000 * fraction(),
  'delays: whole minutes, lognormal, some early': () => Math.round(Math.exp(normal() + 2) - 12),
  'latencies: lognormal, deviation 2': () => Math.exp(2 * normal() + 3),
  'Pareto with infinite mean': () => fraction() ** -1.5,
  ascending: (at) => at,
  'both signs, 120 decades': () => Math.sign(normal()) * 10 ** (120 * fraction() - 60),
};

function quantileRows(): Record<string, string | number>[] {
  return Object.entries(numbers).map(([values, valueOf]) => {
    const all = Float64Array.from({ length: events }, (_, at) => valueOf(at));
    const sketch = QuantileSketch.empty();
    const nanos = nanosEach(events, () => {
      for (const x of all) sketch.add(x);
    });
    all.sort();
    let worst = 0;
    for (let thousandths = 1; thousandths < 1000; thousandths++) {
      const exact = all[Math.ceil((events * thousandths) / 1000) - 1] ?? Number.NaN;
      const estimate = sketch.quantile(thousandths / 1000) ?? Number.NaN;
      if (estimate !== exact) worst = Math.max(worst, Math.abs(estimate / exact - 1));
    }
    return {
      values,
      'worst error %': (100 * worst).toFixed(3),
      'stated %': (100 * sketch.relativeError).toFixed(1),
      ...bytesOf(sketch),
      'ns an add': nanos.toFixed(0),
    };
  });
}

const streams: Readonly<Record<string, (at: number) => Scalar>> = {
  'Zipf, a million pages': () => `page-${zipf()}`,
  'Zipf, squared: fewer, more often': () => Math.floor(Math.sqrt(zipf())),
  'uniform, 90 values': () => Math.floor(90 * fraction()),
  'uniform, 10,000 values': () => Math.floor(10_000 * fraction()),
  'all different': (at) => at,
};

function topRows(): Record<string, string | number>[] {
  return Object.entries(streams).map(([values, valueOf]) => {
    const all = Array.from({ length: events }, (_, at) => valueOf(at));
    const sketch = TopK.empty({ capacity: capacityForTop(K) });
    const nanos = nanosEach(events, () => {
      for (const value of all) sketch.add(value);
    });
    const counts = new Map<Scalar, number>();
    for (const value of all) counts.set(value, (counts.get(value) ?? 0) + 1);
    const least = [...counts.values()].sort((a, b) => b - a)[Math.min(K, counts.size) - 1] ?? 0;
    const items = sketch.items(K);
    const off = items.map(({ value, count }) => count - (counts.get(value) ?? 0));
    return {
      values,
      [`true top ${K}`]: items.filter(({ value }) => (counts.get(value) ?? 0) >= least).length,
      exact: items.filter(({ error }) => error === 0).length,
      'worst overcount': Math.max(...off),
      'error stated': Math.max(...items.map(({ error }) => error)),
      'error bound': Math.floor(events / (capacityForTop(K) + 1)),
      ...bytesOf(sketch),
      'ns an add': nanos.toFixed(0),
    };
  });
}

show('distinct, precision 12 (standard error 1.6 %, sparse up to 682)', distinctRows(12));
show('distinct, precision 14 (standard error 0.8 %, sparse up to 2,730)', distinctRows(14));
show(`quantiles of ${events} numbers, relative error 1 %`, quantileRows());
show(`top ${K} of ${events} values, capacity ${capacityForTop(K)}`, topRows());
