import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  ContributorInsightsMode,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { TABLE_KEYS, TABLE_TTL_ATTRIBUTE } from '#contracts/table.ts';
import type { PipelineOptions } from './options.ts';

/** What a stack needs of its table, whoever made it. */
export interface PipelineTable {
  readonly tableArn: string;
  readonly tableName: string;
  readonly encryptionKey?: IKey | undefined;
}

/** The pipeline's table: made, or brought by the user, who then looks after it. */
export function pipelineTable(
  scope: Construct,
  options: PipelineOptions,
  key: IKey | undefined,
): PipelineTable {
  const { arn, keyArn, readUnitsMax, writeUnitsMax } = options.table;
  if (arn !== undefined) {
    return Table.fromTableAttributes(scope, 'Table', {
      tableArn: arn,
      ...(keyArn !== undefined && { encryptionKey: Key.fromKeyArn(scope, 'TableKey', keyArn) }),
    });
  }
  return new Table(scope, 'Table', {
    partitionKey: { name: TABLE_KEYS.partition, type: AttributeType.STRING },
    sortKey: { name: TABLE_KEYS.sort, type: AttributeType.STRING },
    timeToLiveAttribute: TABLE_TTL_ATTRIBUTE,
    billingMode: BillingMode.PAY_PER_REQUEST,
    ...(readUnitsMax !== undefined && { maxReadRequestUnits: readUnitsMax }),
    ...(writeUnitsMax !== undefined && { maxWriteRequestUnits: writeUnitsMax }),
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    // Costs only when something is throttled, and names the key that was.
    contributorInsightsSpecification: { enabled: true, mode: ContributorInsightsMode.THROTTLED_KEYS },
    // Without a key it is encrypted all the same, with one that AWS owns.
    ...(key !== undefined && { encryption: TableEncryption.CUSTOMER_MANAGED, encryptionKey: key }),
    deletionProtection: options.retain,
    removalPolicy: options.retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
  });
}
