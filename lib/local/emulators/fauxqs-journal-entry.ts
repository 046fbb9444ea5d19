import * as z from 'zod';

/** One thing that changed what fauxqs holds; one line of the journal. */
const journalEntry = z.discriminatedUnion('type', [
  z.object({ type: z.literal('queue'), name: z.string(), attributes: z.record(z.string(), z.string()) }),
  z.object({
    type: z.literal('sent'),
    queue: z.string(),
    messageId: z.string(),
    body: z.string(),
    attributes: z.record(z.string(), z.unknown()),
  }),
  z.object({ type: z.literal('deleted'), messageId: z.string() }),
  z.object({ type: z.literal('purged'), queue: z.string() }),
  z.object({ type: z.literal('bucket'), path: z.string() }),
  z.object({
    type: z.literal('object'),
    path: z.string(),
    headers: z.record(z.string(), z.string()),
    body: z.base64(),
  }),
  z.object({ type: z.literal('object_deleted'), path: z.string() }),
]);

export type JournalEntry = z.infer<typeof journalEntry>;

/**
 * Reads a journal. Its last line may be cut off, by a kill in the middle of a write that nobody was told of.
 * Throws when another line can't be understood.
 */
export function parseJournal(text: string, path: string): JournalEntry[] {
  const lines = text.split('\n');
  lines.pop();
  return lines.map((line, index) => {
    const parsed = journalEntry.safeParse(parseJson(line));
    if (parsed.success) return parsed.data;
    throw new Error(
      `${path}: line ${index + 1} is no journal entry of this version; remove the file to start empty`,
    );
  });
}

/** The entries that still matter: without what was deleted since. In the order they were written. */
export function liveEntries(entries: readonly JournalEntry[]): JournalEntry[] {
  const live = new Map<string, JournalEntry>();
  for (const entry of entries) {
    switch (entry.type) {
      case 'queue':
        live.set(`queue ${entry.name}`, entry);
        break;
      case 'sent':
        live.set(`message ${entry.messageId}`, entry);
        break;
      case 'deleted':
        live.delete(`message ${entry.messageId}`);
        break;
      case 'purged':
        for (const [key, kept] of live)
          if (kept.type === 'sent' && kept.queue === entry.queue) live.delete(key);
        break;
      case 'bucket':
        live.set(`bucket ${entry.path}`, entry);
        break;
      case 'object':
        live.set(`object ${entry.path}`, entry);
        break;
      case 'object_deleted':
        live.delete(`object ${entry.path}`);
        break;
    }
  }
  return [...live.values()];
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}
