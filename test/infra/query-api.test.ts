import { Validations } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { openApiDocument } from '#app/open-api/document.ts';
import { QUERY_FUNCTION, QUERY_PATHS, QUERY_REQUIRED } from '#contracts/query-api.ts';
import { discoverPipelines } from '#infra/discover-pipelines.ts';
import { addPipelineStacks } from '#infra/pipeline-stacks.ts';
import flights from '#pipelines/flights.ts';
import { LOOKED_UP } from './looked-up-pipeline.ts';
import { newApp, PIPELINES_FOLDER, propertiesOf, synthPipeline, synthTemplate } from './synth.ts';

const template = await synthTemplate({ queryApi: true });

type Resources = Readonly<
  Record<string, { readonly Type: string; readonly Properties: Record<string, unknown> }>
>;

const resourcesOf = (of: Template) => of.toJSON().Resources as Resources;
const arn = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });

/** The id of the one resource of a type whose id starts so. */
function idOf(of: Template, type: string, start: string): string {
  const ids = Object.keys(of.findResources(type)).filter((id) => id.startsWith(start));
  expect(ids).toHaveLength(1);
  return ids[0] ?? '';
}

function grants(of: Template): readonly Record<string, unknown>[] {
  const id = idOf(of, 'AWS::IAM::Policy', 'QueryApi');
  const { PolicyDocument } = (resourcesOf(of)[id] ?? expect.fail('no policy')).Properties as {
    PolicyDocument: { Statement: Record<string, unknown>[] };
  };
  return PolicyDocument.Statement;
}

const lambda = (of: Template) =>
  resourcesOf(of)[idOf(of, 'AWS::Lambda::Function', 'QueryApi')]?.Properties ?? expect.fail('no function');

/** Methods by their path, as clients see it. */
function methodsOf(of: Template): Record<string, Record<string, unknown>> {
  const resources = resourcesOf(of);
  const pathOf = (id: unknown): string => {
    const { Ref } = id as { Ref?: string };
    if (Ref === undefined) return '';
    const { ParentId, PathPart } = resources[Ref]?.Properties ?? {};
    return `${pathOf(ParentId)}/${String(PathPart)}`;
  };
  const methods = propertiesOf(of, 'AWS::ApiGateway::Method');
  return Object.fromEntries(methods.map((method) => [pathOf(method['ResourceId']), method]));
}

describe('the query API', () => {
  it('is there only where it is asked for, and leaves everything else as it was', async () => {
    const without = resourcesOf(await synthTemplate());
    expect(Object.keys(without).filter((id) => id.startsWith('QueryApi'))).toEqual([]);
    const withIt = resourcesOf(template);
    for (const [id, resource] of Object.entries(without)) {
      // The dashboard has a section more, and there is one more alarm that pages.
      if (
        resource.Type === 'AWS::CloudWatch::Dashboard' ||
        resource.Type === 'AWS::CloudWatch::CompositeAlarm'
      )
        expect(withIt[id]?.Type).toBe(resource.Type);
      else expect([id, withIt[id]]).toEqual([id, resource]);
    }
    expect(resourcesOf(await synthTemplate({ queryApi: false }))).toEqual(without);
  });

  it('stands beside the ingest API, with the one role for both of their logs', async () => {
    const both = await synthTemplate({ queryApi: true, ingestApi: true });
    expect(propertiesOf(both, 'AWS::ApiGateway::RestApi')).toHaveLength(2);
    expect(propertiesOf(both, 'AWS::ApiGateway::Account')).toHaveLength(1);
  });

  it('has the paths of the contract, asked with GET by who has signed with credentials of IAM', () => {
    const methods = methodsOf(template);
    expect(Object.keys(methods).sort()).toEqual([...Object.values(QUERY_PATHS), '/{proxy+}'].sort());
    for (const [path, method] of Object.entries(methods)) {
      expect(method).toMatchObject({
        HttpMethod: path === '/{proxy+}' ? 'ANY' : 'GET',
        AuthorizationType: 'AWS_IAM',
        ApiKeyRequired: false,
        Integration: { Type: 'AWS_PROXY' },
      });
    }
  });

  it('asks for what must be there before it calls the function, and for the same as its document', () => {
    const methods = methodsOf(template);
    const { paths } = openApiDocument(flights);
    for (const [name, path] of Object.entries(QUERY_PATHS)) {
      const documented = (paths[path]?.get.parameters ?? []) as readonly {
        readonly name: string;
        readonly in: string;
        readonly required?: boolean;
      }[];
      const required = documented.filter((parameter) => parameter.required === true);
      const inQuery = required
        .filter((parameter) => parameter.in === 'query')
        .map((parameter) => parameter.name);
      expect(inQuery.sort()).toEqual([...QUERY_REQUIRED[name as keyof typeof QUERY_PATHS]].sort());
      const locations = required.map((parameter) => {
        const place = parameter.in === 'path' ? 'path' : 'querystring';
        return [`method.request.${place}.${parameter.name}`, true];
      });
      const { RequestParameters = {}, RequestValidatorId } = methods[path] ?? {};
      expect([path, RequestParameters]).toEqual([path, Object.fromEntries(locations)]);
      expect(RequestValidatorId !== undefined).toBe(locations.length > 0);
    }
    expect(propertiesOf(template, 'AWS::ApiGateway::RequestValidator')).toMatchObject([
      { ValidateRequestParameters: true },
    ]);
  });

  it('is throttled as a whole, and by client where there are some, who then need their key', async () => {
    expect(propertiesOf(template, 'AWS::ApiGateway::Stage')).toMatchObject([
      { MethodSettings: [{ ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 }] },
    ]);
    const clients = { web: { requestsPerSecond: 5, burst: 6, requestsPerMonth: 1000 }, nightly: {} };
    const own = await synthTemplate({ queryApi: { requestsPerSecond: 7, burst: 9, clients } });
    expect(propertiesOf(own, 'AWS::ApiGateway::Stage')).toMatchObject([
      { MethodSettings: [{ ThrottlingRateLimit: 7, ThrottlingBurstLimit: 9 }] },
    ]);
    for (const method of Object.values(methodsOf(own))) expect(method['ApiKeyRequired']).toBe(true);
    expect(propertiesOf(own, 'AWS::ApiGateway::UsagePlan')).toMatchObject([
      { Throttle: { RateLimit: 5, BurstLimit: 6 }, Quota: { Limit: 1000, Period: 'MONTH' } },
      { Throttle: { RateLimit: 50, BurstLimit: 100 } },
    ]);
    for (const key of propertiesOf(own, 'AWS::ApiGateway::ApiKey')) expect(key).not.toHaveProperty('Value');
    const ids = Object.keys(own.findOutputs('*')).filter((id) => id.startsWith('QueryKeyId'));
    expect(ids).toEqual(['QueryKeyIdweb', 'QueryKeyIdnightly']);
  });

  it('logs who asked and how it ended, and nothing of what was asked: groups may be persons', () => {
    const [stage = {}] = propertiesOf(template, 'AWS::ApiGateway::Stage');
    const { Format } = stage['AccessLogSetting'] as { Format: string };
    const fields = JSON.parse(Format) as Record<string, string>;
    for (const value of Object.values(fields)) expect(value).toMatch(/^\$context\.(?!authorizer)[\w.]+$/);
    // The resource's path has placeholders; the request's has names, and `{proxy+}` anything.
    expect(fields['path']).toBe('$context.resourcePath');
    expect(Format).not.toMatch(/body|header|query|\$context\.path/i);
    expect(stage['MethodSettings']).toMatchObject([{ DataTraceEnabled: false, LoggingLevel: 'OFF' }]);
    const log = idOf(template, 'AWS::Logs::LogGroup', 'QueryApiHttpAccessLog');
    expect(JSON.stringify(stage['AccessLogSetting'])).toContain(log);
  });

  it('answers by itself as the function does', () => {
    const responses = propertiesOf(template, 'AWS::ApiGateway::GatewayResponse');
    expect(responses.map(({ ResponseType }) => String(ResponseType)).sort()).toEqual([
      ...['DEFAULT_4XX', 'DEFAULT_5XX', 'QUOTA_EXCEEDED', 'THROTTLED'],
    ]);
    for (const { ResponseTemplates } of responses) {
      const { 'application/json': text = '' } = ResponseTemplates as Record<string, string>;
      const filled = text.replace('$context.error.messageString', '"a message"');
      expect(JSON.parse(filled)).toMatchObject({ type: 'urn:weir:problem:gateway', detail: 'a message' });
    }
  });

  it('tells its address', () => {
    expect(Object.keys(template.findOutputs('QueryUrl'))).toEqual(['QueryUrl']);
  });
});

describe('the function query', () => {
  it('is built as the contract says, and may take as long as API Gateway waits', () => {
    expect(lambda(template)).toMatchObject({
      Architectures: ['arm64'],
      Runtime: 'nodejs24.x',
      MemorySize: QUERY_FUNCTION.memoryMegabytes,
      Timeout: QUERY_FUNCTION.timeoutSeconds,
      Environment: {
        Variables: {
          WEIR_TABLE: { Ref: 'TableCD117FA1' },
          WEIR_STREAM: { Ref: idOf(template, 'AWS::Kinesis::Stream', 'Stream') },
          WEIR_DEAD_LETTER_QUEUE_URL: { Ref: idOf(template, 'AWS::SQS::Queue', 'DeadLetterQueue') },
          WEIR_DEAD_LETTER_BUCKET: { Ref: idOf(template, 'AWS::S3::Bucket', 'DeadLetterBucket') },
        },
      },
    });
    for (const { Integration } of propertiesOf(template, 'AWS::ApiGateway::Method')) {
      expect(Integration).toMatchObject({ TimeoutInMillis: QUERY_FUNCTION.timeoutSeconds * 1000 });
    }
  });

  const log = { Sid: 'Log', Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'] };
  const read = { Sid: 'ReadValues', Effect: 'Allow', Action: ['dynamodb:GetItem', 'dynamodb:Query'] };

  const seeStream = { Sid: 'SeeStream', Effect: 'Allow', Action: 'kinesis:DescribeStreamSummary' };
  const seeQueue = { Sid: 'SeeQueue', Effect: 'Allow', Action: 'sqs:GetQueueAttributes' };

  const seeBucket = { Sid: 'SeeBucket', Effect: 'Allow', Action: 's3:ListBucket' };

  it('may read the one table, see whether the others are there, and write its log', () => {
    expect(grants(template)).toEqual([
      { ...read, Resource: arn('TableCD117FA1') },
      { ...seeStream, Resource: arn(idOf(template, 'AWS::Kinesis::Stream', 'Stream')) },
      { ...seeQueue, Resource: arn(idOf(template, 'AWS::SQS::Queue', 'DeadLetterQueue')) },
      { ...seeBucket, Resource: arn(idOf(template, 'AWS::S3::Bucket', 'DeadLetterBucket')) },
      { ...log, Resource: arn(idOf(template, 'AWS::Logs::LogGroup', 'QueryApiQueryLogs')) },
    ]);
  });

  it('may decrypt with a customer-managed key, and nothing more', async () => {
    const own = await synthTemplate({ key: 'create', queryApi: true });
    const decrypt = { Sid: 'UseKeys', Effect: 'Allow', Action: 'kms:Decrypt' };
    expect(grants(own)).toMatchObject([{}, {}, {}, {}, { ...decrypt, Resource: arn('Key961B73FD') }, {}]);
    const table = {
      arn: 'arn:aws:dynamodb:eu-west-1:111122223333:table/theirs',
      keyArn: 'arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-0000-0000-000000000002',
    };
    const brought = await synthTemplate({ table, queryApi: true });
    expect(grants(brought)).toMatchObject([
      { ...read, Resource: table.arn },
      seeStream,
      seeQueue,
      seeBucket,
      { ...decrypt, Resource: table.keyArn },
      log,
    ]);
    expect(lambda(brought)).toMatchObject({ Environment: { Variables: { WEIR_TABLE: 'theirs' } } });
  });

  it('may see whether the event bus and the tables of lookups are there, without reading them', async () => {
    const theirs = 'arn:aws:dynamodb:eu-west-1:111122223333:table/planes-test';
    const all = synthPipeline(LOOKED_UP, {
      queryApi: true,
      close: { eventBus: 'windows' },
      referenceTables: { planes: { arn: theirs } },
    });
    const seeing = grants(all).filter(({ Sid }) => /^See(?:EventBus|ReferenceTables)$/.test(String(Sid)));
    expect(seeing).toMatchObject([
      { Action: 'events:DescribeEventBus' },
      { Action: 'dynamodb:DescribeTable' },
    ]);
    expect(JSON.stringify(seeing[0])).toContain(':event-bus/windows');
    expect(JSON.stringify(seeing[1])).toContain(':table/airports');
    expect(JSON.stringify(seeing[1])).toContain(theirs);
    expect(lambda(all)).toMatchObject({
      Environment: {
        Variables: { WEIR_EVENT_BUS: 'windows', WEIR_REFERENCE_TABLES: JSON.stringify({ planes: theirs }) },
      },
    });
  });

  it('is called by its API, and by nobody else', () => {
    const id = idOf(template, 'AWS::Lambda::Function', 'QueryApi');
    const permissions = propertiesOf(template, 'AWS::Lambda::Permission').filter(({ FunctionName }) =>
      JSON.stringify(FunctionName).includes(id),
    );
    expect(permissions).toHaveLength(Object.keys(QUERY_PATHS).length + 1);
    for (const { Principal, SourceArn } of permissions) {
      expect(Principal).toBe('apigateway.amazonaws.com');
      expect(JSON.stringify(SourceArn)).toContain('execute-api');
    }
  });
});

describe('the rules of cdk-nag', () => {
  it.each([
    { queryApi: true },
    { key: 'create', function: { tracing: true }, queryApi: { clients: { web: {} }, accountLogRole: false } },
  ])('find nothing in a stack with %j', async (options) => {
    const app = newApp({ pipeline: 'flights', weir: { '*': options } });
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
    addPipelineStacks(app, await discoverPipelines(PIPELINES_FOLDER));
    expect(() => app.synth()).not.toThrow();
  });
});
