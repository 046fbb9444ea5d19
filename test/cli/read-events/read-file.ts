import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { InputEvent } from '#cli/read-events/input-event.ts';
import { openEventFile } from '#cli/read-events/open-event-file.ts';

/** A folder that is gone after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'weir-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export async function readAll(path: string): Promise<InputEvent[]> {
  const events: InputEvent[] = [];
  const file = await openEventFile(path);
  for await (const batch of file.batches()) events.push(...batch);
  return events;
}

/** The events of a file with this content. Events' texts are left out; raw ones are shown as text. */
export async function readContent(content: string | Uint8Array, name = 'events.json'): Promise<unknown[]> {
  const path = join(await temporaryFolder(), name);
  await writeFile(path, content);
  return (await readAll(path)).map(plain);
}

export function plain(event: InputEvent): unknown {
  return event.kind === 'event' ? event.value : { raw: Buffer.from(event.bytes).toString('latin1') };
}
