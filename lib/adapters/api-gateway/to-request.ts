import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { HttpRequest } from '#app/http/http.ts';

/** What is read of an event; a console's test event has little more. */
export type ProxyEvent = Pick<
  APIGatewayProxyEvent,
  | 'body'
  | 'headers'
  | 'httpMethod'
  | 'isBase64Encoded'
  | 'multiValueHeaders'
  | 'multiValueQueryStringParameters'
  | 'path'
  | 'pathParameters'
> & {
  readonly requestContext: {
    readonly authorizer?: unknown;
    readonly identity: Partial<APIGatewayProxyEvent['requestContext']['identity']>;
  };
};

/** The request of a REST API with Lambda proxy integration (payload format 1.0). */
export function toRequest(event: ProxyEvent): HttpRequest {
  const { body, httpMethod, isBase64Encoded, multiValueQueryStringParameters, path, requestContext } = event;
  const { apiKeyId, userArn, cognitoIdentityId } = requestContext.identity;
  return {
    method: httpMethod,
    path,
    pathParameters: pathParameters(event.pathParameters),
    query: new Map(
      Object.entries(multiValueQueryStringParameters ?? {}).map(([name, values = []]) => [name, values]),
    ),
    headers: headers(event),
    body: Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8'),
    client: apiKeyId ?? userArn ?? cognitoIdentityId ?? principal(requestContext.authorizer),
  };
}

function headers({ headers, multiValueHeaders }: ProxyEvent): Record<string, string> {
  const lower: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers ?? {})) lower[name.toLowerCase()] = value ?? '';
  for (const [name, values] of Object.entries(multiValueHeaders ?? {})) {
    if (values !== undefined) lower[name.toLowerCase()] = values.join(', ');
  }
  return lower;
}

/** API Gateway hands them on as they are in the URL, in contrast to the query. */
function pathParameters(parameters: ProxyEvent['pathParameters']): Record<string, string> {
  const decoded: Record<string, string> = {};
  for (const [name, value] of Object.entries(parameters ?? {})) decoded[name] = decode(value ?? '');
  return decoded;
}

/** What is no valid escape stands for itself. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A Lambda authorizer's word for who asks. */
function principal(authorizer: unknown): string | undefined {
  const { principalId } = (authorizer ?? {}) as { principalId?: unknown };
  return typeof principalId === 'string' ? principalId : undefined;
}
