/** A request as use cases see it, whatever server took it in. */
export interface HttpRequest {
  /** In capitals. */
  readonly method: string;
  /** From the API's root on, with a slash first: without a stage. */
  readonly path: string;
  /** What the path's placeholders stand for, decoded. */
  readonly pathParameters: Readonly<Record<string, string>>;
  /** Decoded; a name may be given several times. */
  readonly query: ReadonlyMap<string, readonly string[]>;
  /** By name in small letters; several of one name are joined by a comma and a blank. */
  readonly headers: Readonly<Record<string, string>>;
  /** Empty where there is none. */
  readonly body: Uint8Array;
  /** Who asks: the id of the API key, or else the principal. */
  readonly client: string | undefined;
}

export interface HttpResponse {
  readonly status: number;
  /** By name in small letters. */
  readonly headers: Readonly<Record<string, string>>;
  /** Text is UTF-8. */
  readonly body: string | Uint8Array;
}

/** An answer in JSON. */
export function jsonResponse(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): HttpResponse {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  };
}
