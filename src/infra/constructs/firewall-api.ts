import { type FunctionUrl, FunctionUrlAuthType } from 'aws-cdk-lib/aws-lambda';
import type { MadeFunction } from './function.ts';

/** The firewall's HTTP API: a function URL that takes signed requests of principals with the right, and no others. */
export function firewallApi({ handler }: MadeFunction): FunctionUrl {
  return handler.addFunctionUrl({ authType: FunctionUrlAuthType.AWS_IAM });
}
