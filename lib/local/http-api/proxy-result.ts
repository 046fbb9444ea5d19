/** What a function answered, ready to be sent. */
export interface ProxyResult {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string | readonly string[]])[];
  readonly body: Buffer;
}

/**
 * Reads a function's answer, as JSON, the way API Gateway does: `undefined` for what it takes for malformed, to which
 * it answers 502.
 */
export function fromProxyResult(payload: string): ProxyResult | undefined {
  const answer = parse(payload);
  if (typeof answer !== 'object' || answer === null) return undefined;
  const { body = '', headers, isBase64Encoded = false, multiValueHeaders, statusCode } = answer as Answer;
  const status = Number(statusCode);
  if (!Number.isInteger(status) || status < 200 || status > 599) return undefined;
  if (typeof body !== 'string' || typeof isBase64Encoded !== 'boolean') return undefined;
  const single = entriesOf(headers);
  const multiple = entriesOf(multiValueHeaders);
  if (single === undefined || multiple === undefined) return undefined;
  const all = new Map<string, string | readonly string[]>();
  for (const [name, value] of single) all.set(name.toLowerCase(), String(value));
  for (const [name, values] of multiple) {
    if (!Array.isArray(values)) return undefined;
    all.set(name.toLowerCase(), values.map(String));
  }
  return { status, headers: [...all], body: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8') };
}

interface Answer {
  readonly statusCode?: unknown;
  readonly headers?: unknown;
  readonly multiValueHeaders?: unknown;
  readonly body?: unknown;
  readonly isBase64Encoded?: unknown;
}

function parse(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    return undefined;
  }
}

function entriesOf(headers: unknown): [string, unknown][] | undefined {
  if (headers === undefined || headers === null) return [];
  return typeof headers === 'object' ? Object.entries(headers) : undefined;
}
