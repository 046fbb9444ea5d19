import { answered } from './dashboard/answered.ts';
import { closed } from './dashboard/closed.ts';
import { cost } from './dashboard/cost.ts';
import { evenness } from './dashboard/evenness.ts';
import { failed } from './dashboard/failed.ts';
import type { DashboardSection } from './dashboard/graph.ts';
import { ingested } from './dashboard/ingested.ts';
import { lag } from './dashboard/lag.ts';
import { leftOut } from './dashboard/left-out.ts';
import { lookedUp } from './dashboard/looked-up.ts';
import { saturated } from './dashboard/saturated.ts';
import { served } from './dashboard/served.ts';
import type { DashboardSettings } from './dashboard/settings.ts';
import { throttled } from './dashboard/throttled.ts';

/**
 * The dashboard, from top to bottom as an operator thinks: are users served, where is the lag, what is throttled, what
 * failed, what does it cost.
 */
export function dashboardSections(settings: DashboardSettings): DashboardSection[] {
  const ingest = settings.ingestApi ? [ingested()] : [];
  const query = settings.queryApi ? [answered()] : [];
  return [
    served(settings),
    ...query,
    ...ingest,
    lag(),
    evenness(settings),
    ...(settings.lookups ? [lookedUp()] : []),
    ...(settings.capacity ? [leftOut()] : []),
    closed(),
    throttled(),
    saturated(),
    failed(),
    cost(settings),
  ];
}
