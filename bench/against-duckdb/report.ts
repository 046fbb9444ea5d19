import { requestsOf } from '#cli/try/run-cost.ts';
import type { Comparison } from './compare-rows.ts';
import type { PipelineRun } from './run-pipeline.ts';

/** The table's head, in Markdown. */
export const REPORT_HEAD = [
  '| query | rows compared | differences | events a second | write units | requests | late |',
  '|---|---|---|---|---|---|---|',
].join('\n');

/** A line of it; write units and requests are those per 1,000 events. */
export function reportLine(query: string, { cost, ledger, seconds }: PipelineRun, found: Comparison): string {
  const whole = (count: number) => count.toLocaleString('en');
  const perThousand = (count: number) => ((count * 1000) / cost.events).toFixed(2);
  const cells = [
    query,
    whole(found.rows),
    whole(found.differences),
    whole(Math.round(cost.events / seconds / 100) * 100),
    perThousand(cost.writeUnits),
    perThousand(requestsOf(cost)),
    whole(ledger.late),
  ];
  return `| ${cells.join(' | ')} |`;
}

/** How exact a sketch was, where there is one. */
export function estimatesLine({ estimates: { exact, values, worst } }: Comparison): string | undefined {
  if (values === 0) return undefined;
  const share = ((100 * exact) / values).toFixed(2);
  return `  ${values.toLocaleString('en')} distinct counts: ${share} % exact, the worst off by ${worst.toFixed(1)} standard errors`;
}
