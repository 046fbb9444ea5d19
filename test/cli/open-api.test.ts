import { expect, test } from 'vitest';
import { openApiDocument } from '#app/open-api/document.ts';
import weather from '#pipelines/weather.ts';
import { weir } from './run-weir.ts';

test('weir openapi prints the document of a pipeline, and of flights unless said', async () => {
  const { code, stderr, stdout } = await weir([
    'openapi',
    'weather',
    '--server',
    'https://api.example.com/v1',
  ]);
  expect([code, stderr]).toEqual([0, '']);
  const wanted = openApiDocument(weather, 'https://api.example.com/v1');
  expect(JSON.parse(stdout)).toEqual(JSON.parse(JSON.stringify(wanted)));
  const flights = await weir(['openapi']);
  expect(JSON.parse(flights.stdout)).toMatchObject({
    info: { title: 'Weir: flights' },
    servers: [{ url: '/' }],
  });
});

test('weir openapi refuses what is no pipeline, and what is no server', async () => {
  const unknown = await weir(['openapi', 'flihgts']);
  expect([unknown.code, unknown.stdout]).toEqual([2, '']);
  expect(unknown.stderr).toContain('Did you mean flights?');
  const nowhere = await weir(['openapi', '--server', 'nowhere']);
  expect(nowhere.code).toBe(2);
  expect(nowhere.stderr).toContain('is no URL');
});
