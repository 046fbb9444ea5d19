import { RemovalPolicy, Size, Stack, Validations } from 'aws-cdk-lib';
import {
  AccessLogField,
  AccessLogFormat,
  EndpointType,
  LogGroupLogDestination,
  MethodLoggingLevel,
  Period,
  ResponseType,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { apiGatewayAccount } from './api-gateway-account.ts';
import type { PipelineOptions } from './options.ts';
import type { QueryApiOptions } from './query-options.ts';

const STAGE = 'v1';

/** Answers from this size on are compressed, where the client takes that. */
const COMPRESSED_BYTES_MIN = 1024;

/**
 * What the access log has of a request: who, when, how it ended, how long it took. Nothing of what was asked: the
 * query and the path as it was sent may hold groups' values, and those may be about persons.
 */
const ACCESS_LOG = AccessLogFormat.custom(
  JSON.stringify({
    requestId: AccessLogField.contextRequestId(),
    time: AccessLogField.contextRequestTimeEpoch(),
    apiKeyId: AccessLogField.contextIdentityApiKeyId(),
    principal: AccessLogField.contextIdentityUserArn(),
    method: AccessLogField.contextHttpMethod(),
    path: AccessLogField.contextResourcePath(),
    status: AccessLogField.contextStatus(),
    error: AccessLogField.contextErrorResponseType(),
    responseBytes: AccessLogField.contextResponseLength(),
    latencyMs: AccessLogField.contextResponseLatency(),
    functionLatencyMs: AccessLogField.contextIntegrationLatency(),
  }),
);

export interface PipelineApiProps {
  /** What it is for, as part of its name. */
  readonly name: string;
  /** What it does, as a sentence. */
  readonly description: string;
  readonly limits: QueryApiOptions;
  readonly options: PipelineOptions;
  /** For its access log. */
  readonly key: IKey | undefined;
}

/** A REST API with who may call it and how often, and a log of that; methods are the caller's to add. */
export class PipelineApi extends Construct {
  readonly api: RestApi;
  /** As the metrics of API Gateway name it. */
  readonly apiName: string;
  /** By client; the keys' values are in API Gateway only. */
  readonly keyIds: ReadonlyMap<string, string>;

  constructor(scope: Construct, id: string, props: PipelineApiProps) {
    super(scope, id);
    const { description, key, limits, name, options } = props;
    this.apiName = `${Stack.of(this).stackName}-${name}`;
    const accessLog = new LogGroup(this, 'AccessLog', {
      retention: options.logRetentionDays,
      ...(key !== undefined && { encryptionKey: key }),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.api = new RestApi(this, 'Api', {
      restApiName: this.apiName,
      description,
      endpointTypes: [EndpointType.REGIONAL],
      cloudWatchRole: false,
      minCompressionSize: Size.bytes(COMPRESSED_BYTES_MIN),
      deployOptions: {
        stageName: STAGE,
        throttlingRateLimit: limits.requestsPerSecond,
        throttlingBurstLimit: limits.burst,
        accessLogDestination: new LogGroupLogDestination(accessLog),
        accessLogFormat: ACCESS_LOG,
        loggingLevel: MethodLoggingLevel.OFF,
        dataTraceEnabled: false,
        tracingEnabled: options.function.tracing,
      },
    });
    // Outputs are the stack's to name.
    this.api.node.tryRemoveChild('Endpoint');
    if (limits.accountLogRole) this.api.deploymentStage.node.addDependency(apiGatewayAccount(this));
    this.#problems();
    this.keyIds = this.#clients(limits);
    Validations.of(this.api.deploymentStage).acknowledge(
      {
        id: 'Serverless-APIGWXrayEnabled',
        reason: 'Tracing is a choice (function.tracing): it costs by the request; the access log has times.',
      },
      {
        id: 'AwsSolutions-APIG3',
        reason:
          'Who calls has signed with credentials of IAM; a web ACL has no more to keep out, and costs by the month.',
      },
      {
        id: 'AwsSolutions-APIG6',
        reason: 'Execution logs cost by the request and say no more than the access log, which is on.',
      },
    );
  }

  /** What API Gateway answers by itself looks like what the function answers. */
  #problems(): void {
    const problem = (id: string, type: ResponseType, retrySeconds?: number) =>
      this.api.addGatewayResponse(id, {
        type,
        responseHeaders: {
          'Content-Type': "'application/problem+json'",
          ...(retrySeconds !== undefined && { 'Retry-After': `'${retrySeconds}'` }),
        },
        templates: {
          'application/json':
            '{"type":"urn:weir:problem:gateway","title":"$context.error.responseType","detail":$context.error.messageString}',
        },
      });
    problem('ClientError', ResponseType.DEFAULT_4XX);
    problem('ServerError', ResponseType.DEFAULT_5XX, 5);
    problem('Throttled', ResponseType.THROTTLED, 1);
    problem('QuotaExceeded', ResponseType.QUOTA_EXCEEDED, 3600);
  }

  /** A key and a plan for each client; gives the keys' ids. */
  #clients({ clients }: QueryApiOptions): Map<string, string> {
    const keyIds = Object.entries(clients).map(([name, client]): [string, string] => {
      const { burst, requestsPerMonth, requestsPerSecond } = client;
      const key = this.api.addApiKey(`Key-${name}`, { description: `${this.apiName}: ${name}` });
      const plan = this.api.addUsagePlan(`Plan-${name}`, {
        description: `${this.apiName}: ${name}`,
        throttle: { rateLimit: requestsPerSecond, burstLimit: burst },
        ...(requestsPerMonth !== undefined && { quota: { limit: requestsPerMonth, period: Period.MONTH } }),
        apiStages: [{ stage: this.api.deploymentStage }],
      });
      plan.addApiKey(key);
      return [name, key.keyId];
    });
    return new Map(keyIds);
  }
}
