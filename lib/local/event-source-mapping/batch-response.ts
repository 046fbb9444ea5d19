/** What a function's response says of its batch. */
export type BatchVerdict =
  | { readonly type: 'success' }
  /** The records before `firstFailedIndex` are done; the others are not. */
  | { readonly type: 'partial'; readonly firstFailedIndex: number }
  | { readonly type: 'failure'; readonly reason: string };

const SUCCESS: BatchVerdict = { type: 'success' };

/**
 * Reads a response as Lambda does when `ReportBatchItemFailures` is on.
 *
 * Nothing, an object without a list, a null list and an empty list are success. A response that can't be understood,
 * an identifier that is missing or empty, and one that is of no record in the batch, are failure of the whole batch.
 * Of several identifiers the lowest counts.
 *
 * @param response the function's response, parsed
 * @param sequenceNumbers of the batch, in stream order
 */
export function readBatchResponse(response: unknown, sequenceNumbers: readonly string[]): BatchVerdict {
  if (response === null || response === undefined) return SUCCESS;
  if (typeof response !== 'object' || Array.isArray(response)) {
    return failure(
      `the response is ${Array.isArray(response) ? 'a list' : `a ${typeof response}`}, not an object`,
    );
  }
  const failures: unknown = (response as { batchItemFailures?: unknown }).batchItemFailures;
  if (failures === null || failures === undefined) return SUCCESS;
  if (!Array.isArray(failures)) return failure(`batchItemFailures is a ${typeof failures}, not a list`);
  if (failures.length === 0) return SUCCESS;

  const named = new Set<string>();
  for (const item of failures as unknown[]) {
    const identifier: unknown =
      typeof item === 'object' && item !== null
        ? (item as { itemIdentifier?: unknown }).itemIdentifier
        : undefined;
    if (typeof identifier !== 'string') {
      return failure('an entry of batchItemFailures has no itemIdentifier');
    }
    named.add(identifier);
  }
  let firstFailedIndex = -1;
  let found = 0;
  for (const [index, sequenceNumber] of sequenceNumbers.entries()) {
    if (!named.has(sequenceNumber)) continue;
    if (firstFailedIndex < 0) firstFailedIndex = index;
    found += 1;
  }
  if (found < named.size) return failure('an itemIdentifier names no record of the batch');
  return { type: 'partial', firstFailedIndex };
}

function failure(reason: string): BatchVerdict {
  return { type: 'failure', reason };
}
