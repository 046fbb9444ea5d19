import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { INGEST_FUNCTION } from '#contracts/ingest-function.ts';
import { propertiesOf, synthTemplate } from './synth.ts';

const template = await synthTemplate({ ingestApi: true });

interface Statement {
  readonly Sid: string;
  readonly Action: string | readonly string[];
  readonly Effect: string;
  readonly Resource: unknown;
}

type Resources = Readonly<
  Record<string, { readonly Type: string; readonly Properties: Record<string, unknown> }>
>;

const resourcesOf = (of: Template) => of.toJSON().Resources as Resources;

/** The id of the one resource of a type whose id starts so. */
function idOf(of: Template, type: string, start: string): string {
  const ids = Object.keys(of.findResources(type)).filter((id) => id.startsWith(start));
  expect(ids).toHaveLength(1);
  return ids[0] ?? '';
}

/** What the role of the function `ingest` is granted. */
function grants(of: Template): readonly Statement[] {
  const id = idOf(of, 'AWS::IAM::Policy', 'IngestApi');
  const { PolicyDocument } = (resourcesOf(of)[id] ?? expect.fail('no policy')).Properties as {
    PolicyDocument: { Statement: readonly Statement[] };
  };
  return PolicyDocument.Statement;
}

const [method = {}, ...otherMethods] = propertiesOf(template, 'AWS::ApiGateway::Method');
const [stage = {}] = propertiesOf(template, 'AWS::ApiGateway::Stage');

describe('the ingest API', () => {
  it('is there only where it is asked for, and leaves everything else as it was', async () => {
    const without = resourcesOf(await synthTemplate());
    expect(Object.values(without).some(({ Type }) => Type.startsWith('AWS::ApiGateway'))).toBe(false);
    const withIt = resourcesOf(template);
    for (const [id, resource] of Object.entries(without)) {
      // The dashboard has a section more.
      if (
        resource.Type === 'AWS::CloudWatch::Dashboard' ||
        resource.Type === 'AWS::CloudWatch::CompositeAlarm'
      )
        expect(withIt[id]?.Type).toBe(resource.Type);
      else expect([id, withIt[id]]).toEqual([id, resource]);
    }
    expect(resourcesOf(await synthTemplate({ ingestApi: false }))).toEqual(without);
  });

  it('takes POST /events from who has signed with credentials of IAM, and nothing else', () => {
    expect(otherMethods).toEqual([]);
    expect(method).toMatchObject({ HttpMethod: 'POST', AuthorizationType: 'AWS_IAM', ApiKeyRequired: false });
    expect(propertiesOf(template, 'AWS::ApiGateway::Resource').map(({ PathPart }) => PathPart)).toEqual([
      'events',
    ]);
  });

  it('asks for a type of the body before it calls the function, and hands bodies on as bytes', () => {
    expect(method['RequestParameters']).toEqual({ 'method.request.header.Content-Type': true });
    expect(propertiesOf(template, 'AWS::ApiGateway::RequestValidator')).toMatchObject([
      { ValidateRequestParameters: true },
    ]);
    expect(propertiesOf(template, 'AWS::ApiGateway::RestApi')).toMatchObject([
      { BinaryMediaTypes: ['*/*'], EndpointConfiguration: { Types: ['REGIONAL'] } },
    ]);
  });

  it('waits longer than the function may take', () => {
    const { TimeoutInMillis } = method['Integration'] as { TimeoutInMillis: number };
    expect(TimeoutInMillis).toBeGreaterThan(INGEST_FUNCTION.timeoutSeconds * 1000);
  });

  it('is throttled as a whole', async () => {
    expect(stage['MethodSettings']).toMatchObject([
      { ResourcePath: '/*', HttpMethod: '*', ThrottlingRateLimit: 500, ThrottlingBurstLimit: 1000 },
    ]);
    const slow = await synthTemplate({ ingestApi: { requestsPerSecond: 7, burst: 9 } });
    expect(propertiesOf(slow, 'AWS::ApiGateway::Stage')).toMatchObject([
      { MethodSettings: [{ ThrottlingRateLimit: 7, ThrottlingBurstLimit: 9 }] },
    ]);
  });

  it('logs who called and how it ended, as JSON, for so many days, and nothing of the body', async () => {
    const { Format, DestinationArn } = stage['AccessLogSetting'] as {
      Format: string;
      DestinationArn: unknown;
    };
    const fields = Object.entries(JSON.parse(Format) as Record<string, string>);
    expect(fields.length).toBeGreaterThan(8);
    for (const [, value] of fields) expect(value).toMatch(/^\$context\.(?!authorizer)[\w.]+$/);
    expect(Format).not.toMatch(/body|header|querystring/i);
    expect(stage['MethodSettings']).toMatchObject([{ DataTraceEnabled: false, LoggingLevel: 'OFF' }]);
    const log = idOf(template, 'AWS::Logs::LogGroup', 'IngestApiAccessLog');
    expect(JSON.stringify(DestinationArn)).toContain(log);
    const kept = await synthTemplate({ ingestApi: true, logRetentionDays: 7 });
    for (const { RetentionInDays } of propertiesOf(kept, 'AWS::Logs::LogGroup'))
      expect(RetentionInDays).toBe(7);
  });

  it('answers by itself as the function does', () => {
    const responses = propertiesOf(template, 'AWS::ApiGateway::GatewayResponse');
    expect(responses.map(({ ResponseType }) => String(ResponseType)).sort()).toEqual([
      'DEFAULT_4XX',
      'DEFAULT_5XX',
      'QUOTA_EXCEEDED',
      'THROTTLED',
    ]);
    for (const { ResponseParameters, ResponseTemplates } of responses) {
      expect(ResponseParameters).toMatchObject({
        'gatewayresponse.header.Content-Type': "'application/problem+json'",
      });
      const { 'application/json': text = '' } = ResponseTemplates as Record<string, string>;
      const filled = text.replace('$context.error.messageString', '"a message"');
      expect(JSON.parse(filled)).toMatchObject({ type: 'urn:weir:problem:gateway', detail: 'a message' });
    }
  });

  it('has the role that API Gateway writes logs with, unless somebody else sets it', async () => {
    const [account] = Object.values(template.findResources('AWS::ApiGateway::Account'));
    expect(account).toMatchObject({ DeletionPolicy: 'Retain' });
    const stages = Object.values(template.findResources('AWS::ApiGateway::Stage'));
    expect(stages).toMatchObject([{ DependsOn: ['ApiGatewayAccount'] }]);
    const other = await synthTemplate({ ingestApi: { accountLogRole: false } });
    other.resourceCountIs('AWS::ApiGateway::Account', 0);
    const assumedBy = JSON.stringify(propertiesOf(other, 'AWS::IAM::Role'));
    expect(assumedBy).not.toContain('apigateway.amazonaws.com');
  });

  it('tells its address', () => {
    expect(JSON.stringify(template.findOutputs('IngestUrl'))).toContain('/events');
    expect(Object.keys(template.findOutputs('*')).filter((id) => id.includes('Endpoint'))).toEqual([]);
  });
});

describe('clients', () => {
  const clients = { web: { requestsPerSecond: 5, burst: 6, requestsPerMonth: 1000 }, batch: {} };

  it('have a key each, with a rate, and a quota where it is given; then a key is needed', async () => {
    const own = await synthTemplate({ ingestApi: { clients } });
    expect(propertiesOf(own, 'AWS::ApiGateway::Method')).toMatchObject([
      { AuthorizationType: 'AWS_IAM', ApiKeyRequired: true },
    ]);
    own.resourceCountIs('AWS::ApiGateway::ApiKey', 2);
    own.resourceCountIs('AWS::ApiGateway::UsagePlanKey', 2);
    const plans = propertiesOf(own, 'AWS::ApiGateway::UsagePlan');
    expect(plans).toMatchObject([
      { Throttle: { RateLimit: 5, BurstLimit: 6 }, Quota: { Limit: 1000, Period: 'MONTH' } },
      { Throttle: { RateLimit: 50, BurstLimit: 100 } },
    ]);
    expect(plans[1]).not.toHaveProperty('Quota');
    // Ids, and no values: API Gateway makes those up.
    expect(Object.keys(own.findOutputs('*')).filter((id) => id.startsWith('IngestKeyId'))).toEqual([
      'IngestKeyIdweb',
      'IngestKeyIdbatch',
    ]);
    for (const key of propertiesOf(own, 'AWS::ApiGateway::ApiKey')) expect(key).not.toHaveProperty('Value');
  });
});

describe('the function ingest', () => {
  const lambda = (of: Template) =>
    resourcesOf(of)[idOf(of, 'AWS::Lambda::Function', 'IngestApi')]?.Properties ?? expect.fail('no function');
  const arn = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });

  it('is built as the contract says', async () => {
    expect(lambda(template)).toMatchObject({
      Architectures: ['arm64'],
      Runtime: 'nodejs24.x',
      Handler: 'handler.handler',
      MemorySize: INGEST_FUNCTION.memoryMegabytes,
      Timeout: INGEST_FUNCTION.timeoutSeconds,
      LoggingConfig: { LogFormat: 'JSON', ApplicationLogLevel: 'INFO' },
      Environment: { Variables: { WEIR_STREAM: { Ref: 'Stream790BDEE4' } } },
    });
    expect(lambda(template)).not.toHaveProperty('TracingConfig');
    expect(lambda(template)).not.toHaveProperty('ReservedConcurrentExecutions');
    const other = await synthTemplate({ function: { tracing: true }, ingestApi: { reservedConcurrency: 3 } });
    expect(lambda(other)).toMatchObject({
      TracingConfig: { Mode: 'Active' },
      ReservedConcurrentExecutions: 3,
    });
    expect(propertiesOf(other, 'AWS::ApiGateway::Stage')).toMatchObject([{ TracingEnabled: true }]);
  });

  const log = { Sid: 'Log', Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'] };

  it('may put records on the one stream, and write its log', () => {
    expect(grants(template)).toEqual([
      { Sid: 'PutEvents', Effect: 'Allow', Action: 'kinesis:PutRecords', Resource: arn('Stream790BDEE4') },
      { ...log, Resource: arn(idOf(template, 'AWS::Logs::LogGroup', 'IngestApiIngestLogs')) },
    ]);
  });

  it('may use a customer-managed key for no more than that', async () => {
    const own = await synthTemplate({ key: 'create', ingestApi: true });
    expect(grants(own).slice(1, 3)).toEqual([
      { Sid: 'EncryptEvents', Effect: 'Allow', Action: 'kms:GenerateDataKey', Resource: arn('Key961B73FD') },
      { Sid: 'ReadEnvironment', Effect: 'Allow', Action: 'kms:Decrypt', Resource: arn('Key961B73FD') },
    ]);
    for (const { KmsKeyId } of propertiesOf(own, 'AWS::Logs::LogGroup'))
      expect(KmsKeyId).toEqual(arn('Key961B73FD'));
    expect(lambda(own)).toMatchObject({ KmsKeyArn: arn('Key961B73FD') });
  });

  it("puts events on the user's own stream where that is brought, be it of another account", async () => {
    const stream = {
      arn: 'arn:aws:kinesis:eu-west-1:111122223333:stream/theirs',
      keyArn: 'arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-0000-0000-000000000001',
    };
    const brought = await synthTemplate({ stream, ingestApi: true });
    expect(lambda(brought)).toMatchObject({ Environment: { Variables: { WEIR_STREAM: stream.arn } } });
    expect(grants(brought).map(({ Action, Resource }) => [Action, Resource])).toEqual([
      ['kinesis:PutRecords', stream.arn],
      ['kms:GenerateDataKey', stream.keyArn],
      [log.Action, expect.anything()],
    ]);
  });

  it('is called by that one method of the API, and by nobody else', () => {
    const id = idOf(template, 'AWS::Lambda::Function', 'IngestApi');
    const permissions = propertiesOf(template, 'AWS::Lambda::Permission').filter(({ FunctionName }) =>
      JSON.stringify(FunctionName).includes(id),
    );
    expect(permissions).toHaveLength(1);
    expect(permissions).toMatchObject([
      { Action: 'lambda:InvokeFunction', Principal: 'apigateway.amazonaws.com' },
    ]);
    expect(JSON.stringify(permissions[0]?.['SourceArn'])).toContain('/POST/events');
  });
});
