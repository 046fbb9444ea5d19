import { randomUUID } from 'node:crypto';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { LOCAL_ACCOUNT } from '../resource-names.ts';

/** A request as node:http has it, its body read. */
export interface TakenRequest {
  readonly method: string;
  /** As in the request line: path and query. */
  readonly target: string;
  /** Names and values by turns, as they came. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly sourceIp: string;
  /** Epoch milliseconds. */
  readonly time: number;
}

/** The resource of a REST API that takes whatever no other one takes. */
export const PROXY_RESOURCE = '/{proxy+}';

/**
 * The event that a REST API of API Gateway with Lambda proxy integration makes of a request: payload format 1.0, no
 * stage in the path, the API's media types all binary, so that bodies come as base64.
 */
export function toProxyEvent(request: TakenRequest, resource: string): APIGatewayProxyEvent {
  const { body, method, rawHeaders, sourceIp, target, time } = request;
  const url = new URL(target, 'http://127.0.0.1');
  // Not URL's own: that resolves `..` and would hide what was asked for.
  const path = target.split('?', 1)[0] ?? '/';
  const headers = grouped(pairs(rawHeaders));
  const query = grouped(url.searchParams);
  return {
    resource,
    path,
    httpMethod: method,
    headers: lastOf(headers) ?? {},
    multiValueHeaders: headers,
    queryStringParameters: lastOf(query),
    multiValueQueryStringParameters: Object.keys(query).length === 0 ? null : query,
    pathParameters: pathParameters(path, resource),
    stageVariables: null,
    body: body.length === 0 ? null : body.toString('base64'),
    isBase64Encoded: body.length > 0,
    requestContext: {
      accountId: LOCAL_ACCOUNT,
      apiId: 'local',
      authorizer: null,
      protocol: 'HTTP/1.1',
      httpMethod: method,
      identity: { ...NOBODY, sourceIp, userAgent: headers['user-agent']?.at(-1) ?? null },
      path,
      stage: 'local',
      requestId: randomUUID(),
      requestTimeEpoch: time,
      resourceId: 'local',
      resourcePath: resource,
    },
  };
}

const NOBODY = {
  accessKey: null,
  accountId: null,
  apiKey: null,
  apiKeyId: null,
  caller: null,
  clientCert: null,
  cognitoAuthenticationProvider: null,
  cognitoAuthenticationType: null,
  cognitoIdentityId: null,
  cognitoIdentityPoolId: null,
  principalOrgId: null,
  user: null,
  userArn: null,
};

function* pairs(raw: readonly string[]): Generator<[string, string]> {
  for (let at = 0; at + 1 < raw.length; at += 2) yield [raw[at] ?? '', raw[at + 1] ?? ''];
}

function grouped(entries: Iterable<[string, string]>): Record<string, string[]> {
  const all = new Map<string, string[]>();
  for (const [name, value] of entries) all.set(name, [...(all.get(name) ?? []), value]);
  return Object.fromEntries(all);
}

function lastOf(values: Readonly<Record<string, string[]>>): Record<string, string> | null {
  const last = Object.entries(values).map(([name, all]): [string, string] => [name, all.at(-1) ?? '']);
  return last.length === 0 ? null : Object.fromEntries(last);
}

/** As they are in the path: API Gateway does not decode them. */
function pathParameters(path: string, resource: string): Record<string, string> | null {
  if (resource === PROXY_RESOURCE) return { proxy: path.slice(1) };
  return matchResource(path, resource) ?? null;
}

/** What a resource's placeholders stand for in a path: an object, empty without any; `undefined`: it is another path. */
export function matchResource(path: string, resource: string): Record<string, string> | undefined {
  const [parts, templates] = [path.split('/'), resource.split('/')];
  if (parts.length !== templates.length) return undefined;
  const parameters = new Map<string, string>();
  for (const [i, template] of templates.entries()) {
    const part = parts[i] ?? '';
    const name = /^\{(\w+)\}$/.exec(template)?.[1];
    if (name === undefined ? part !== template : part === '') return undefined;
    if (name !== undefined) parameters.set(name, part);
  }
  return Object.fromEntries(parameters);
}
