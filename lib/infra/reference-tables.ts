import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Pipeline } from '#core/pipeline/pipeline.ts';
import { DeploymentError, type PipelineOptions } from './options.ts';

/** The tables of reference data that a pipeline looks up in. */
export interface ReferenceTables {
  readonly arns: readonly string[];
  /** Customer-managed keys of theirs. */
  readonly keyArns: readonly string[];
  /** Those that are used in place of the ones that the definition names, by the latter's names. */
  readonly replaced: Readonly<Record<string, string>>;
}

/**
 * Finds a pipeline's reference tables: those of the names in its definition, in the stack's account and region, or
 * those that the options put in their place. Throws `DeploymentError` for options about a table that is not looked up in.
 */
export function referenceTables(
  scope: Construct,
  { lookups, name: pipeline }: Pipeline,
  { referenceTables: options }: PipelineOptions,
): ReferenceTables {
  const tables = [...new Set(lookups.map(({ table }) => table))];
  for (const table of Object.keys(options)) {
    if (tables.includes(table)) continue;
    const known = tables.length === 0 ? 'it has none' : `there are ${tables.join(', ')}`;
    throw new DeploymentError(
      `weir.${pipeline}.referenceTables.${table}: the pipeline has no lookup in this table; ${known}`,
    );
  }
  const arnOf = (table: string) =>
    options[table]?.arn ??
    Stack.of(scope).formatArn({ service: 'dynamodb', resource: 'table', resourceName: table });
  return {
    arns: tables.map(arnOf),
    keyArns: Object.values(options).flatMap(({ keyArn }) => keyArn ?? []),
    replaced: Object.fromEntries(Object.entries(options).map(([table, { arn }]) => [table, arn])),
  };
}
