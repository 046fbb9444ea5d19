import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import { plain, readAll, temporaryFolder } from './read-file.ts';

/** A Parquet file that DuckDB writes from a query, and what DuckDB reads back from it as JSON. */
async function parquetOf(query: string, options = 'FORMAT parquet') {
  const path = join(await temporaryFolder(), 'x.parquet');
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(`COPY (${query}) TO '${path}' (${options})`);
  const rows = (await connection.runAndReadAll(`FROM '${path}'`)).getRowObjectsJson();
  connection.closeSync();
  return { path, rows };
}

async function events(path: string): Promise<unknown[]> {
  return (await readAll(path)).map(plain);
}

test('Parquet values are the JSON values that they mean', async () => {
  const { path } = await parquetOf(`SELECT
    1::TINYINT AS i8, -2::INT AS i32, 3::BIGINT AS i64, 9223372036854775807::BIGINT AS big, 4::UINTEGER AS u32,
    18446744073709551615::UBIGINT AS u64, 0.1::DOUBLE AS d, 1.5::FLOAT AS f, 'NaN'::DOUBLE AS nan, 'inf'::DOUBLE AS inf,
    0.35::DECIMAL(4,2) AS dec, -1234567890123456.78::DECIMAL(18,2) AS decbig, 12345678901234567890.12::DECIMAL(30,2) AS dechuge,
    true AS b, 'é' AS s, NULL::INT AS none, [1, NULL, 3] AS list, {'x': 1, 'y': 'z'} AS struct,
    DATE '2001-02-03' AS day, TIMESTAMP '2001-02-03 04:05:06.789' AS ts, TIMESTAMP '1969-12-31 23:59:59.123456' AS us,
    TIMESTAMPTZ '2001-02-03 04:05:06+02' AS tz, '2001-02-03 04:05:06.123456789'::TIMESTAMP_NS AS ns,
    'infinity'::TIMESTAMP AS never, 'abc'::BLOB AS blob`);
  expect(await events(path)).toEqual([
    {
      i8: 1,
      i32: -2,
      i64: 3,
      big: '9223372036854775807',
      u32: 4,
      u64: '18446744073709551615',
      d: 0.1,
      f: 1.5,
      nan: Number.NaN,
      inf: Number.POSITIVE_INFINITY,
      dec: 0.35,
      decbig: -1234567890123456.78,
      dechuge: 12345678901234567890.12,
      b: true,
      s: 'é',
      none: null,
      list: [1, null, 3],
      struct: { x: 1, y: 'z' },
      day: '2001-02-03',
      ts: '2001-02-03T04:05:06.789Z',
      us: '1969-12-31T23:59:59.123456Z',
      tz: '2001-02-03T02:05:06.000Z',
      ns: '2001-02-03T04:05:06.123456789Z',
      never: 'no time: 9223372036854775807',
      blob: 'abc',
    },
  ]);
});

test.each([
  ['several row groups', 'FORMAT parquet, ROW_GROUP_SIZE 2048'],
  ['snappy', 'FORMAT parquet, COMPRESSION snappy'],
  ['gzip', 'FORMAT parquet, COMPRESSION gzip'],
  ['zstd', 'FORMAT parquet, COMPRESSION zstd'],
  ['the newer encodings', "FORMAT parquet, PARQUET_VERSION 'V2'"],
])('all rows in order, as DuckDB reads them: %s', async (_, options) => {
  const { path, rows } = await parquetOf(
    "SELECT i::INT AS i, i % 7 = 0 AS b, CASE WHEN i % 5 = 0 THEN NULL ELSE 'g' || (i % 300) END AS g, sin(i) AS d FROM range(10000) t(i)",
    options,
  );
  expect(await events(path)).toEqual(rows);
});

test('a gzip-compressed Parquet file is read, an empty table has no event', async () => {
  const { path, rows } = await parquetOf('SELECT i::INT AS i FROM range(100) t(i)');
  await writeFile(`${path}.gz`, gzipSync(await readFile(path)));
  expect(await events(`${path}.gz`)).toEqual(rows);
  const empty = await parquetOf('SELECT 1 AS i WHERE false');
  expect(await events(empty.path)).toEqual([]);
});

test('a cut or damaged file is refused', async () => {
  const { path } = await parquetOf('SELECT i, sin(i) AS d FROM range(5000) t(i)');
  const bytes = await readFile(path);
  await writeFile(path, bytes.subarray(0, -50));
  await expect(events(path)).rejects.toThrow(/is no whole Parquet file/);
  bytes.fill(0x77, 4, 2000);
  await writeFile(path, bytes);
  await expect(events(path)).rejects.toThrow(/the rows from 1 on can't be read/);
});

test('a column named __proto__ is a field', async () => {
  const { path } = await parquetOf('SELECT 1 AS "__proto__", 2 AS b');
  const [event] = await events(path);
  expect(Object.entries(event as object)).toEqual([
    ['__proto__', 1],
    ['b', 2],
  ]);
});
