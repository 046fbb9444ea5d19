import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, test } from 'vitest';
import { openApiDocument } from '#app/open-api/document.ts';
import { METRIC_VALUES } from '#app/query-api/metric-values.ts';
import { QUERY_PATHS } from '#contracts/query-api.ts';
import { METRIC_KINDS } from '#core/metrics/metric-kinds.ts';
import flights from '#pipelines/flights.ts';
import weather from '#pipelines/weather.ts';
import { pipeline, ShopApi } from './shop.ts';

describe.each([flights, weather, pipeline])('the OpenAPI document of a pipeline', (of) => {
  const document = openApiDocument(of);

  test('is valid, by the schema of OpenAPI 3.1', async () => {
    const validator = new Validator();
    // As a reader gets it.
    const result = await validator.validate(JSON.parse(JSON.stringify(document)) as Record<string, unknown>);
    expect(result).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  test('has every path, aggregate, group-by field and metric', () => {
    expect(Object.keys(document.paths).sort()).toEqual(Object.values(QUERY_PATHS).sort());
    const text = JSON.stringify(document);
    for (const { groupBy, metrics, name } of of.aggregates) {
      for (const schema of ['Row', 'Series', 'Latest', 'Top']) {
        expect(Object.keys(document.components.schemas)).toContain(`${schema}_${name}`);
      }
      for (const field of groupBy) expect(text).toContain(`"group.${field}"`);
      const row = document.components.schemas[`Row_${name}`]?.['properties'] as Record<string, unknown>;
      expect(Object.keys(row)).toEqual(expect.arrayContaining(metrics.map((metric) => metric.name)));
    }
  });
});

test('every kind of metric has its schema', () => {
  expect(Object.keys(METRIC_VALUES).sort()).toEqual([...METRIC_KINDS.keys()].sort());
});

test('the API hands its document out, and says where it is', async () => {
  const api = new ShopApi([]);
  expect(await api.json('/openapi.json')).toEqual(JSON.parse(JSON.stringify(openApiDocument(pipeline, '/'))));
  api.basePath = '/v1';
  expect(await api.json('/openapi.json')).toMatchObject({ servers: [{ url: '/v1' }] });
});

test('the list of aggregates says what can be asked', async () => {
  expect(await new ShopApi([]).json('/aggregates')).toEqual({
    pipeline: 'sales',
    aggregates: [
      {
        name: 'by_shop',
        groupBy: ['shop'],
        filtered: false,
        window: { type: 'tumbling', size: '1h', every: '1h' },
        levels: ['1h', '1d'],
        groupsMax: 10_000,
        metrics: [
          { name: 'sales', kind: 'count', params: [], field: null, by: null, filtered: false, exact: true },
          { name: 'euros', kind: 'sum', params: [], field: 'euros', by: null, filtered: false, exact: true },
          {
            name: 'dearest',
            kind: 'max',
            params: [],
            field: 'euros',
            by: null,
            filtered: false,
            exact: true,
          },
        ],
      },
      {
        name: 'all',
        groupBy: [],
        filtered: false,
        window: { type: 'tumbling', size: '1h', every: '1h' },
        levels: ['1h'],
        groupsMax: 10_000,
        metrics: [
          { name: 'sales', kind: 'count', params: [], field: null, by: null, filtered: false, exact: true },
        ],
      },
    ],
  });
});
