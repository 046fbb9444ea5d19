import { createWriteStream, type WriteStream } from 'node:fs';
import type { Arrivals } from '../load/arrivals.ts';

/** What was put into the stream, by arithmetic; what is valid of it also goes to a file, for DuckDB. */
export class PutLedger {
  readonly file: string;
  readonly #out: WriteStream;
  events = 0;
  duplicates = 0;
  bad = 0;

  constructor(file: string) {
    this.file = file;
    this.#out = createWriteStream(file);
    this.#out.write('id,time,shop,region,product,amount,quantity,source\n');
  }

  add({ bad, duplicates, valid }: Arrivals): void {
    this.events += valid.length + bad + duplicates;
    this.duplicates += duplicates;
    this.bad += bad;
    let rows = '';
    for (const { amount, at, id, product, quantity, region, shop, source = 'shop' } of valid) {
      rows += `${id},${at},${shop},${region},${product},${amount},${quantity},${source}\n`;
    }
    this.#out.write(rows);
  }

  close(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#out.once('error', reject);
      this.#out.end(() => resolve());
    });
  }
}
