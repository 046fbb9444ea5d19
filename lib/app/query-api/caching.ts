import type { HttpRequest, HttpResponse } from '../http/http.ts';

/**
 * The response, or 304 without a body where the client has it already (RFC 9110, section 13.1.2). The tag is a weak
 * one: of two answers with the same values, one may say that they are older.
 */
export function conditional(request: HttpRequest, response: HttpResponse, hash: string): HttpResponse {
  const tag = `W/"${hash}"`;
  const headers = { ...response.headers, etag: tag };
  const known = request.headers['if-none-match'];
  if (known === undefined || !matches(known, hash)) return { ...response, headers };
  const { 'content-type': _, 'content-disposition': __, ...kept } = headers as Record<string, string>;
  return { status: 304, headers: kept, body: '' };
}

function matches(header: string, hash: string): boolean {
  if (header.trim() === '*') return true;
  return header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === `"${hash}"`);
}
