/** The pipeline of a function's bundle; the bundler points this name at the pipeline's file. */
declare module 'weir:pipeline' {
  import type { Pipeline } from '#core/pipeline/pipeline.ts';

  const pipeline: Pipeline;
  export default pipeline;
}
