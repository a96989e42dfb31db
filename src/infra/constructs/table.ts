import { CfnDeletionPolicy } from 'aws-cdk-lib';
import { CfnTable } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { tableDefinition } from '../../vetting/table.ts';
import type { InfraOptions } from '../options.ts';
import { keepResource } from './repositories.ts';

/**
 * Adds the table of requests, releases and verdicts, from the same definition as the local stack. Call it after all
 * other constructs: CloudFormation creates the table last, because its deletion protection would stop the rollback of a
 * failed deployment.
 */
export function table(parent: Construct, options: InfraOptions): void {
  if (options.existingTable) return;
  const others = parent.node.children;
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
    sseSpecification: {
      sseEnabled: true,
      ...(options.kmsKeyArn === undefined ? {} : { sseType: 'KMS', kmsMasterKeyId: options.kmsKeyArn }),
    },
    timeToLiveSpecification: { attributeName: 'expiresAt', enabled: true },
    deletionProtectionEnabled: options.keep,
  });
  created.node.addDependency(...others.filter((other) => other !== scope));
  if (options.keep) keepResource(created);
  else created.cfnOptions.deletionPolicy = CfnDeletionPolicy.DELETE;
}
