import type { APIGatewayProxyResult } from 'aws-lambda';
import type { HttpResponse } from '#app/http/http.ts';

/**
 * A response as Lambda proxy integration takes it. Bytes arrive as bytes only where the API has binary media types
 * that match.
 */
export function fromResponse({ body, headers, status }: HttpResponse): APIGatewayProxyResult {
  const isText = typeof body === 'string';
  return {
    statusCode: status,
    headers: { ...headers },
    body: isText ? body : Buffer.from(body).toString('base64'),
    isBase64Encoded: !isText,
  };
}
