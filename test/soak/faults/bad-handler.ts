/** A version of the function that should never have been deployed: it fails in every invocation. */
export async function handler(event: { readonly Records: readonly object[] }): Promise<never> {
  throw new TypeError(`cannot read the totals of ${event.Records.length} records`);
}
