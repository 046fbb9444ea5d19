/**
 * The part of the Standard Schema interface that Weir calls, so that any validator that speaks it works: zod,
 * valibot, arktype. Source: standardschema.dev, version 1.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** The type of the events that a schema lets through. */
export type SchemaOutput<Schema extends StandardSchema<unknown, unknown>> = NonNullable<
  Schema['~standard']['types']
>['output'];
