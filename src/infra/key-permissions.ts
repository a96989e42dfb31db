import type { Permission } from './permissions.ts';

/** The services that encrypt with the caller's permissions. CodeArtifact and CloudWatch use their own. */
const services = ['dynamodb', 's3', 'sqs', 'ssm'] as const;
const writing = /:(Put|Send)/;

/**
 * Returns the permissions to use a customer managed key that follow from others, each through one service only.
 *
 * https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
 *
 * @param actions IAM actions, such as `s3:GetObject`
 */
export function keyPermissions(actions: readonly string[], region: string): readonly Permission[] {
  return services.flatMap((service) => {
    const own = actions.filter((action) => action.startsWith(`${service}:`));
    if (own.length === 0) return [];
    return [
      {
        actions: [...keyActions(service, own)].map((action) => `kms:${action}`),
        resources: ['key'] as const,
        condition: { StringEquals: { 'kms:ViaService': `${service}.${region}.amazonaws.com` } },
      },
    ];
  });
}

/** Returns the actions of KMS. DynamoDB needs all of them, also to read a table. */
function keyActions(service: (typeof services)[number], own: readonly string[]): readonly string[] {
  if (service === 'dynamodb')
    return ['Decrypt', 'DescribeKey', 'Encrypt', 'GenerateDataKey', 'ReEncryptFrom', 'ReEncryptTo'];
  if (!own.some((action) => writing.test(action))) return ['Decrypt'];
  return service === 'ssm' ? ['Decrypt', 'Encrypt', 'GenerateDataKey'] : ['Decrypt', 'GenerateDataKey'];
}

/** Returns permissions with those that they need for a customer managed key, if there is one. */
export function withKey(
  permissions: readonly Permission[],
  { kmsKeyArn, region }: { readonly kmsKeyArn?: string | undefined; readonly region: string },
): readonly Permission[] {
  if (kmsKeyArn === undefined) return permissions;
  const actions = permissions.flatMap((permission) => permission.actions);
  return [...permissions, ...keyPermissions(actions, region)];
}
