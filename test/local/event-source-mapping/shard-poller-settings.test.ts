import { expect, test } from 'vitest';
import { EVENT_SOURCE } from '#contracts/event-source.ts';
import { toPollerSettings } from '#local/event-source-mapping/shard-poller-settings.ts';

test("the deployed mapping's settings", () => {
  expect(toPollerSettings(EVENT_SOURCE)).toMatchObject({
    batchSize: 10_000,
    payloadBytesMax: 6_291_456,
    batchingWindowMs: 1000,
    retryAttempts: -1,
    recordAgeMsMax: -1,
  });
  expect(toPollerSettings({ ...EVENT_SOURCE, maxRecordAgeSeconds: 60 }).recordAgeMsMax).toBe(60_000);
});

const refused = [
  { batchSize: 0 },
  { batchSize: 10_001 },
  { batchSize: 1.5 },
  { maxBatchingWindowSeconds: -1 },
  { maxBatchingWindowSeconds: 301 },
  { retryAttempts: -2 },
  { retryAttempts: 10_001 },
  { maxRecordAgeSeconds: 59 },
  { maxRecordAgeSeconds: 604_801 },
];
test.each(refused)('what Lambda refuses: %o', (setting) => {
  const [name = ''] = Object.keys(setting);
  expect(() => toPollerSettings({ ...EVENT_SOURCE, ...setting })).toThrow(name);
});
