import type { ChangePlan, Version } from './draw-change.ts';
import type { NaiveGroup, NaiveWindow } from './naive-windows.ts';

/** Which version asks, and what of a window was counted by versions that mean the same as it by all metrics. */
export interface Asking {
  readonly change: ChangePlan | undefined;
  readonly version: Version;
  readonly own: NaiveWindow;
}

/** The metrics of `by_group` that a version has, and that mean something else in the other, or are not there. */
export function metricsApart(change: ChangePlan | undefined, version: Version): string[] {
  switch (change?.metric) {
    case 'added':
      return version === 1 ? ['widest'] : [];
    case 'removed':
      return version === 0 ? ['least'] : [];
    case 'other':
      return ['least'];
    default:
      return [];
  }
}

/**
 * Whether the metrics of a group of `by_group` are those that a version gives: of all events for what both versions
 * have, of its own for the others, which are nothing where it has counted none of the group.
 */
export function areOfVersion(
  metrics: Readonly<Record<string, unknown>>,
  all: NaiveGroup,
  own: NaiveGroup | undefined,
  { change, version }: Pick<Asking, 'change' | 'version'>,
): boolean {
  const apart = metricsApart(change, version);
  const isNew = change?.metric === 'other' && version === 1;
  const hasLeast = apart.includes('least');
  const isGone = change?.metric === 'removed' && version === 1;
  const ownLeast = (isNew ? own?.wLeast : finite(own?.least)) ?? null;
  const expected = {
    odd: all.odd,
    most: finite(all.most),
    mean: all.wEvents === 0 ? null : all.wTotal / all.wEvents,
    least: isGone ? undefined : hasLeast ? ownLeast : finite(all.least),
    widest: apart.includes('widest') ? (own?.wMost ?? null) : undefined,
  };
  return Object.entries(expected).every(([name, value]) => metrics[name] === value);
}

/** Of no event, there is no least and no greatest. */
function finite(number = Number.NaN): number | null {
  return Number.isFinite(number) ? number : null;
}
