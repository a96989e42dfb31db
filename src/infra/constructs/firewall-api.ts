import { type FunctionUrl, FunctionUrlAuthType } from 'aws-cdk-lib/aws-lambda';
import type { StackFunction } from './function.ts';

/** Adds the firewall's HTTP API: a function URL that accepts only signed requests of permitted principals. */
export function firewallApi({ handler }: StackFunction): FunctionUrl {
  return handler.addFunctionUrl({ authType: FunctionUrlAuthType.AWS_IAM });
}
