import type { WindowStart } from '#core/brand.ts';
import type { Aggregate } from '#core/pipeline/pipeline.ts';
import type { Freshness } from './answer.ts';
import type { QueryApiDeps } from './deps.ts';

/** How far a pipeline's values go, without any of them: a range that has no windows costs the heads alone. */
export async function readFreshness(deps: QueryApiDeps, aggregate: Aggregate): Promise<Freshness> {
  const never = 0 as WindowStart;
  const { newestEvent, watermark } = await deps.answer(aggregate, aggregate.window.sizeMs, {
    from: never,
    to: never,
  });
  return { newestEvent, watermark };
}
