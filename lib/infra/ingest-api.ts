import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import {
  AccessLogField,
  AccessLogFormat,
  AuthorizationType,
  EndpointType,
  LambdaIntegration,
  LogGroupLogDestination,
  MethodLoggingLevel,
  Period,
  ResponseType,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { apiGatewayAccount } from './api-gateway-account.ts';
import { type IngestFunctionProps, ingestFunction } from './ingest-function.ts';
import type { IngestApiOptions } from './ingest-options.ts';
import type { PipelineFunction } from './pipeline-function.ts';

const STAGE = 'v1';

/** What the access log has of a request: who, when, how it ended, how long it took. Nothing of what was sent. */
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

/** POST /events: the function `ingest` behind a REST API, with who may call it and how often. */
export class IngestApi extends Construct {
  readonly function: PipelineFunction;
  readonly api: RestApi;
  /** As the metrics of API Gateway name it. */
  readonly apiName: string;
  readonly url: string;
  /** By client; the keys' values are in API Gateway only. */
  readonly keyIds: ReadonlyMap<string, string>;

  constructor(scope: Construct, id: string, props: IngestFunctionProps) {
    super(scope, id);
    const { ingest, key, options, pipeline } = props;
    this.function = ingestFunction(this, 'Ingest', props);
    this.apiName = `${Stack.of(this).stackName}-ingest`;
    const accessLog = new LogGroup(this, 'AccessLog', {
      retention: options.logRetentionDays,
      ...(key !== undefined && { encryptionKey: key }),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.api = new RestApi(this, 'Api', {
      restApiName: this.apiName,
      description: `Takes events of the pipeline ${pipeline}`,
      endpointTypes: [EndpointType.REGIONAL],
      // Bodies may be gzip: as text they would be damaged on their way to the function.
      binaryMediaTypes: ['*/*'],
      cloudWatchRole: false,
      deployOptions: {
        stageName: STAGE,
        throttlingRateLimit: ingest.requestsPerSecond,
        throttlingBurstLimit: ingest.burst,
        accessLogDestination: new LogGroupLogDestination(accessLog),
        accessLogFormat: ACCESS_LOG,
        loggingLevel: MethodLoggingLevel.OFF,
        dataTraceEnabled: false,
        tracingEnabled: options.function.tracing,
      },
    });
    // Outputs are the stack's to name.
    this.api.node.tryRemoveChild('Endpoint');
    if (ingest.accountLogRole) this.api.deploymentStage.node.addDependency(apiGatewayAccount(this));
    const method = this.api.root.addResource('events').addMethod(
      'POST',
      new LambdaIntegration(this.function.lambda, {
        allowTestInvoke: false,
        timeout: Duration.seconds(29),
      }),
      {
        authorizationType: AuthorizationType.IAM,
        apiKeyRequired: Object.keys(ingest.clients).length > 0,
        requestParameters: { 'method.request.header.Content-Type': true },
        requestValidatorOptions: { validateRequestParameters: true, validateRequestBody: false },
      },
    );
    this.#problems();
    this.url = this.api.urlForPath('/events');
    this.keyIds = this.#clients(ingest);
    Validations.of(this.api).acknowledge({
      id: 'AwsSolutions-APIG2',
      reason:
        'The header is checked here; bodies of several types, plain and gzip, by the function, with its schema.',
    });
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
    Validations.of(method).acknowledge({
      id: 'AwsSolutions-COG4',
      reason: 'Clients are programs with credentials of IAM, not people who log in.',
    });
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
  #clients({ clients }: IngestApiOptions): Map<string, string> {
    const keyIds = Object.entries(clients).map(([name, { burst, requestsPerMonth, requestsPerSecond }]) => {
      const key = this.api.addApiKey(`Key-${name}`, { description: `${this.apiName}: ${name}` });
      const plan = this.api.addUsagePlan(`Plan-${name}`, {
        description: `${this.apiName}: ${name}`,
        throttle: { rateLimit: requestsPerSecond, burstLimit: burst },
        ...(requestsPerMonth !== undefined && { quota: { limit: requestsPerMonth, period: Period.MONTH } }),
        apiStages: [{ stage: this.api.deploymentStage }],
      });
      plan.addApiKey(key);
      return [name, key.keyId] as const;
    });
    return new Map(keyIds);
  }
}
