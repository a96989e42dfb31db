import { CfnDeletionPolicy, RemovalPolicy } from 'aws-cdk-lib';
import { CfnTable } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { tableDefinition } from '../../vetting/table.ts';
import type { InfraOptions } from '../options.ts';

/** Adds the table of requests, releases and verdicts, from the same definition as the local stack. */
export function table(parent: Construct, options: InfraOptions): void {
  if (options.existingTable) return;
  const scope = new Construct(parent, 'Records');
  const { AttributeDefinitions = [], KeySchema = [], GlobalSecondaryIndexes = [] } = tableDefinition(options.table);
  const keys = (schema: typeof KeySchema) =>
    schema.map(({ AttributeName = '', KeyType = '' }) => ({ attributeName: AttributeName, keyType: KeyType }));
  const created = new CfnTable(scope, 'Table', {
    tableName: options.table,
    billingMode: 'PAY_PER_REQUEST',
    attributeDefinitions: AttributeDefinitions.map(({ AttributeName = '', AttributeType = '' }) => ({
      attributeName: AttributeName,
      attributeType: AttributeType,
    })),
    keySchema: keys(KeySchema),
    globalSecondaryIndexes: GlobalSecondaryIndexes.map((index) => ({
      indexName: index.IndexName ?? '',
      keySchema: keys(index.KeySchema ?? []),
      projection: { projectionType: index.Projection?.ProjectionType ?? 'ALL' },
    })),
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    sseSpecification: { sseEnabled: true },
    timeToLiveSpecification: { attributeName: 'expiresAt', enabled: true },
    deletionProtectionEnabled: options.keep,
  });
  if (options.keep) created.applyRemovalPolicy(RemovalPolicy.RETAIN);
  else created.cfnOptions.deletionPolicy = CfnDeletionPolicy.DELETE;
}
