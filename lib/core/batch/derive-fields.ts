import type { Derivation } from '#core/pipeline/pipeline.ts';
import type { Rejection } from '#core/rejection.ts';

/**
 * Computes the derived fields of `event` into `target`, or says which can't be. All functions get the event as it is:
 * none sees what another gave.
 */
export function deriveFields(
  derivations: readonly Derivation[],
  event: object,
  target: Record<string, unknown>,
): Rejection | undefined {
  for (const { name, compute } of derivations) {
    let value: unknown;
    try {
      value = compute(event as never);
    } catch (error) {
      const thrown = error instanceof Error ? error.name : typeof error;
      return { reason: 'derive', detail: `derive.${name} threw ${thrown}; make it total` };
    }
    const problem = problemOf(value);
    if (problem !== undefined) return { reason: 'derive', detail: `derive.${name} ${problem}` };
    target[name] = value;
  }
  return undefined;
}

/** Why a value can be neither grouped by nor measured; without a word of it. */
function problemOf(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return undefined;
    case 'number':
      return Number.isFinite(value) ? undefined : 'gave no finite number; give null where there is none';
    case 'undefined':
      return 'gave undefined; give null where there is no value';
    default:
      if (value === null) return undefined;
      return `gave ${Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`}; give a string, number, boolean or null`;
  }
}
