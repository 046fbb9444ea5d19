import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IStream } from 'aws-cdk-lib/aws-kinesis';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { INGEST_FUNCTION } from '#contracts/ingest-function.ts';
import type { IngestEnv } from '#functions/ingest/env.ts';
import type { IngestApiOptions } from './ingest-options.ts';
import type { PipelineOptions } from './options.ts';
import { PipelineFunction } from './pipeline-function.ts';

export interface IngestFunctionProps {
  readonly pipeline: string;
  readonly code: Code;
  readonly options: PipelineOptions;
  readonly ingest: IngestApiOptions;
  readonly stream: IStream;
  /** For its environment variables and log group. */
  readonly key: IKey | undefined;
}

/** The function `ingest`. */
export function ingestFunction(scope: Construct, id: string, props: IngestFunctionProps): PipelineFunction {
  const { code, ingest, key, options, pipeline, stream } = props;
  // A name alone would be looked for in the stack's account, and a stream that is brought may be another's.
  const environment = { WEIR_STREAM: options.stream.arn ?? stream.streamName } satisfies IngestEnv;
  return new PipelineFunction(scope, id, {
    name: 'ingest',
    pipeline,
    description: `Takes events of the pipeline ${pipeline} over HTTP`,
    code,
    settings: INGEST_FUNCTION,
    environment,
    permissions: permissions(stream, key),
    options,
    key,
    reservedConcurrency: ingest.reservedConcurrency,
    reasons: {
      noDeadLetterQueue:
        'That queue is for asynchronous calls, and there are none: API Gateway waits for the answer.',
      noTracing: 'Tracing is a choice (function.tracing): it costs by the request; the access log has times.',
    },
  });
}

/** All that the function may do, beside logging. */
function permissions(stream: IStream, key: IKey | undefined): PolicyStatement[] {
  const statements = [
    new PolicyStatement({ sid: 'PutEvents', actions: ['kinesis:PutRecords'], resources: [stream.streamArn] }),
  ];
  if (stream.encryptionKey !== undefined) {
    statements.push(
      new PolicyStatement({
        sid: 'EncryptEvents',
        actions: ['kms:GenerateDataKey'],
        resources: [stream.encryptionKey.keyArn],
      }),
    );
  }
  if (key !== undefined) {
    statements.push(
      new PolicyStatement({ sid: 'ReadEnvironment', actions: ['kms:Decrypt'], resources: [key.keyArn] }),
    );
  }
  return statements;
}
