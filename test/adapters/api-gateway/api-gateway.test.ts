import { describe, expect, it } from 'vitest';
import { fromResponse } from '#adapters/api-gateway/from-response.ts';
import { type ProxyEvent, toRequest } from '#adapters/api-gateway/to-request.ts';

/** As API Gateway sends it, for the payload format 1.0 of Lambda proxy integration. */
function proxyEvent(change: Partial<ProxyEvent> = {}): ProxyEvent {
  return {
    httpMethod: 'POST',
    path: '/aggregates/delays%20by%20origin',
    pathParameters: { aggregate: 'delays%20by%20origin' },
    headers: { 'Content-Type': 'application/json', Accept: 'b' },
    multiValueHeaders: { 'Content-Type': ['application/json'], Accept: ['a', 'b'] },
    multiValueQueryStringParameters: { group: ['SFO', 'JFK'], from: ['2026-01-01'] },
    body: 'äöü',
    isBase64Encoded: false,
    requestContext: { identity: { apiKeyId: null, userArn: 'arn:aws:iam::111122223333:user/u' } },
    ...change,
  };
}

const identity = (change: ProxyEvent['requestContext']['identity'], authorizer?: unknown) =>
  toRequest(proxyEvent({ requestContext: { identity: change, authorizer } })).client;

describe('a request', () => {
  it('has everything of the event that a use case needs', () => {
    expect(toRequest(proxyEvent())).toEqual({
      method: 'POST',
      path: '/aggregates/delays%20by%20origin',
      pathParameters: { aggregate: 'delays by origin' },
      query: new Map([
        ['group', ['SFO', 'JFK']],
        ['from', ['2026-01-01']],
      ]),
      headers: { 'content-type': 'application/json', accept: 'a, b' },
      body: Buffer.from('äöü', 'utf8'),
      client: 'arn:aws:iam::111122223333:user/u',
    });
  });

  it('has the bytes of a body in base64', () => {
    const bytes = Uint8Array.of(0, 255, 128);
    const body = Buffer.from(bytes).toString('base64');
    expect([...toRequest(proxyEvent({ body, isBase64Encoded: true })).body]).toEqual([0, 255, 128]);
  });

  it('is empty where the event is', () => {
    const event = proxyEvent({
      body: null,
      pathParameters: null,
      multiValueQueryStringParameters: null,
      multiValueHeaders: {},
      headers: {},
    });
    expect(toRequest(event)).toMatchObject({ pathParameters: {}, query: new Map(), headers: {} });
    expect(toRequest(event).body).toHaveLength(0);
  });

  it('has the headers of an event that was written by hand, with one value each', () => {
    const event = proxyEvent({ headers: { ACCEPT: 'x' }, multiValueHeaders: null as never });
    expect(toRequest(event).headers).toEqual({ accept: 'x' });
  });

  it('leaves a path parameter that is no valid escape as it is', () => {
    expect(toRequest(proxyEvent({ pathParameters: { a: '100%' } })).pathParameters).toEqual({ a: '100%' });
  });

  it('says who asks: the API key, else the principal', () => {
    expect(identity({ apiKeyId: 'key1', userArn: 'arn' })).toBe('key1');
    expect(identity({ apiKeyId: null, userArn: 'arn' })).toBe('arn');
    expect(identity({}, { principalId: 'somebody' })).toBe('somebody');
    expect(identity({})).toBeUndefined();
  });
});

describe('a response', () => {
  it('is text as it is, and bytes in base64', () => {
    expect(fromResponse({ status: 207, headers: { 'retry-after': '1' }, body: '{"ä":1}' })).toEqual({
      statusCode: 207,
      headers: { 'retry-after': '1' },
      body: '{"ä":1}',
      isBase64Encoded: false,
    });
    expect(fromResponse({ status: 200, headers: {}, body: Uint8Array.of(0, 255) })).toMatchObject({
      body: 'AP8=',
      isBase64Encoded: true,
    });
  });
});
