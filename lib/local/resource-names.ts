/** The region and account that the emulators are taken to be in. */
export const LOCAL_REGION = 'us-east-1';
export const LOCAL_ACCOUNT = '000000000000';

/** What a pipeline's resources are called on this machine. */
export interface ResourceNames {
  readonly stream: string;
  readonly streamArn: string;
  readonly table: string;
  readonly function: string;
  readonly functionArn: string;
  readonly roleArn: string;
  readonly closeFunction: string;
  readonly repairFunction: string;
  readonly scaleFunction: string;
  readonly deadLetterQueue: string;
  readonly failureQueue: string;
  readonly deadLetterBucket: string;
}

/** @param pipelineName as `definePipeline` allows it */
export function resourceNames(pipelineName: string): ResourceNames {
  const prefix = `weir-${pipelineName}`;
  const place = `${LOCAL_REGION}:${LOCAL_ACCOUNT}`;
  const functionName = `${prefix}-aggregate`;
  return {
    stream: prefix,
    streamArn: `arn:aws:kinesis:${place}:stream/${prefix}`,
    table: prefix,
    function: functionName,
    functionArn: `arn:aws:lambda:${place}:function:${functionName}`,
    closeFunction: `${prefix}-close`,
    repairFunction: `${prefix}-repair`,
    scaleFunction: `${prefix}-scale`,
    roleArn: `arn:aws:iam::${LOCAL_ACCOUNT}:role/${functionName}`,
    deadLetterQueue: `${prefix}-dead-letters`,
    failureQueue: `${prefix}-failed-batches`,
    // A bucket's name has neither capitals nor underscores.
    deadLetterBucket: `${prefix}-dead-letters`.toLowerCase().replaceAll(/[^a-z0-9-]/g, '-'),
  };
}
