import { Duration, Validations } from 'aws-cdk-lib';
import {
  AuthorizationType,
  type IResource,
  LambdaIntegration,
  type Method,
} from 'aws-cdk-lib/aws-apigateway';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IStream } from 'aws-cdk-lib/aws-kinesis';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { QUERY_FUNCTION, QUERY_PATHS, QUERY_REQUIRED } from '#contracts/query-api.ts';
import type { QueryEnv } from '#functions/query/env.ts';
import { busArnOf } from './close-function.ts';
import type { PipelineOptions } from './options.ts';
import { PipelineApi } from './pipeline-api.ts';
import { PipelineFunction } from './pipeline-function.ts';
import type { QueryApiOptions } from './query-options.ts';
import type { ReferenceTables } from './reference-tables.ts';
import type { PipelineTable } from './table.ts';

/** The longest that API Gateway waits, unless its quota is raised. */
const INTEGRATION_SECONDS = 29;

export interface QueryApiProps {
  readonly pipeline: string;
  readonly code: Code;
  readonly options: PipelineOptions;
  readonly query: QueryApiOptions;
  readonly table: PipelineTable;
  /** To see whether they are there. */
  readonly stream: IStream;
  readonly deadLetterQueue: IQueue;
  readonly deadLetterBucket: Bucket;
  readonly referenceTables: ReferenceTables;
  /** For environment variables and logs. */
  readonly key: IKey | undefined;
}

/** The function `query` behind a REST API: a pipeline's values over HTTP. */
export class QueryApi extends Construct {
  readonly function: PipelineFunction;
  readonly api: PipelineApi;
  readonly url: string;

  constructor(scope: Construct, id: string, props: QueryApiProps) {
    super(scope, id);
    const { code, deadLetterBucket, deadLetterQueue, key, options, pipeline, query, stream, table } = props;
    const { referenceTables } = props;
    const { eventBus } = options.close;
    this.function = new PipelineFunction(this, 'Query', {
      name: 'query',
      pipeline,
      description: `Answers for the values of the pipeline ${pipeline} over HTTP`,
      code,
      settings: QUERY_FUNCTION,
      environment: {
        WEIR_TABLE: table.tableName,
        WEIR_STREAM: options.stream.arn ?? stream.streamName,
        WEIR_DEAD_LETTER_QUEUE_URL: deadLetterQueue.queueUrl,
        WEIR_DEAD_LETTER_BUCKET: deadLetterBucket.bucketName,
        ...(eventBus !== undefined && { WEIR_EVENT_BUS: eventBus }),
        ...(Object.keys(referenceTables.replaced).length > 0 && {
          WEIR_REFERENCE_TABLES: JSON.stringify(referenceTables.replaced),
        }),
      } satisfies QueryEnv,
      permissions: permissions(props, eventBus === undefined ? undefined : busArnOf(this, eventBus)),
      options,
      key,
      reservedConcurrency: query.reservedConcurrency,
      reasons: {
        noDeadLetterQueue:
          'That queue is for asynchronous calls, and there are none: API Gateway waits for the answer.',
        noTracing:
          'Tracing is a choice (function.tracing): it costs by the request; the access log has times.',
      },
    });
    this.api = new PipelineApi(this, 'Http', {
      name: 'query',
      description: `Values of the pipeline ${pipeline}`,
      limits: query,
      options,
      key,
    });
    this.#addMethods(Object.keys(query.clients).length > 0);
    this.url = this.api.api.url;
    Validations.of(this.api.api).acknowledge({
      id: 'AwsSolutions-APIG2',
      reason:
        'Parameters that must be there are checked here, all others by the function, which says what is wrong with them; there are no bodies.',
    });
  }

  #addMethods(apiKeyRequired: boolean): void {
    const { root } = this.api.api;
    const integration = new LambdaIntegration(this.function.lambda, {
      allowTestInvoke: false,
      timeout: Duration.seconds(INTEGRATION_SECONDS),
    });
    const authorization = { authorizationType: AuthorizationType.IAM, apiKeyRequired };
    const requestValidator = this.api.api.addRequestValidator('Parameters', {
      validateRequestParameters: true,
    });
    const methods: Method[] = [];
    for (const [name, path] of Object.entries(QUERY_PATHS)) {
      const required = QUERY_REQUIRED[name as keyof typeof QUERY_PATHS];
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, placeholder = '']) => `path.${placeholder}`);
      const locations = [...inPath, ...required.map((each) => `querystring.${each}`)];
      const method = resourceAt(root, path).addMethod('GET', integration, {
        ...authorization,
        requestParameters: Object.fromEntries(locations.map((each) => [`method.request.${each}`, true])),
        ...(locations.length > 0 && { requestValidator }),
      });
      methods.push(method);
    }
    // The function says what there is; API Gateway would say that a signature is missing, which is not what is wrong.
    methods.push(root.addResource('{proxy+}').addMethod('ANY', integration, authorization));
    for (const method of methods) {
      Validations.of(method).acknowledge({
        id: 'AwsSolutions-COG4',
        reason: 'Clients are programs with credentials of IAM, not people who log in.',
      });
    }
  }
}

function resourceAt(root: IResource, path: string): IResource {
  return path
    .split('/')
    .filter((part) => part !== '')
    .reduce((parent, part) => parent.getResource(part) ?? parent.addResource(part), root);
}

/** All that the function may do: read the table, and see whether the others are there. */
function permissions(props: QueryApiProps, busArn: string | undefined): PolicyStatement[] {
  const { deadLetterBucket, deadLetterQueue, key, referenceTables, stream, table } = props;
  const keys = [...new Set([key?.keyArn, table.encryptionKey?.keyArn])].filter((arn) => arn !== undefined);
  const allow = (sid: string, actions: string[], resources: readonly (string | undefined)[]) => {
    const known = resources.filter((arn) => arn !== undefined);
    return known.length === 0 ? [] : [new PolicyStatement({ sid, actions, resources: known })];
  };
  return [
    ...allow('ReadValues', ['dynamodb:GetItem', 'dynamodb:Query'], [table.tableArn]),
    ...allow('SeeStream', ['kinesis:DescribeStreamSummary'], [stream.streamArn]),
    ...allow('SeeQueue', ['sqs:GetQueueAttributes'], [deadLetterQueue.queueArn]),
    // What S3 asks for HeadBucket. Keys are shards and positions; payloads stay out of reach.
    ...allow('SeeBucket', ['s3:ListBucket'], [deadLetterBucket.bucketArn]),
    ...allow('SeeEventBus', ['events:DescribeEventBus'], [busArn]),
    ...allow('SeeReferenceTables', ['dynamodb:DescribeTable'], referenceTables.arns),
    ...allow('UseKeys', ['kms:Decrypt'], keys),
  ];
}
