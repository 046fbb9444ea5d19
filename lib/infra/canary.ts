import type { PipelineOptions } from './options.ts';

/** Whether canaries are put: where nothing else is said, only into a stream of the stack's own, which nobody else reads. */
export function hasCanary({ close, stream }: Pick<PipelineOptions, 'close' | 'stream'>): boolean {
  return close.canary ?? stream.arn === undefined;
}
