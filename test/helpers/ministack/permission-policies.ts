import type { FrontFault, FrontReply } from './front.ts';
import type { FrontCall } from './front-call.ts';

/** The permission policies of CodeArtifact's domain and repositories, which the local stack doesn't take. */
export type PermissionPolicies = {
  readonly fault: FrontFault;
  /** Returns the policy of a repository, or undefined if it has none. */
  ofRepository(name: string): string | undefined;
};

type Policy = { readonly document: string; readonly revision: string };

/** Returns policies that are kept as they are put, and checked for nothing. */
export function keptPolicies(): PermissionPolicies {
  const policies = new Map<string, Policy>();
  const domain = '';
  const keyOf = ({ repository = domain }: FrontCall) => repository;
  return {
    ofRepository: (name) => policies.get(name)?.document,
    fault(call, body) {
      const [, verb] = /^(Get|Put)(?:Domain|Repository)PermissionsPolicy$/.exec(call.operation) ?? [];
      if (verb === undefined) return undefined;
      const key = keyOf(call);
      if (verb === 'Get') return replyOf(policies.get(key));
      const {
        policyDocument,
        policyRevision,
        repository = key,
      } = JSON.parse(body) as {
        readonly policyDocument: string;
        readonly policyRevision?: string;
        readonly repository?: string;
      };
      const before = policies.get(repository);
      if (before !== undefined && policyRevision !== undefined && policyRevision !== before.revision) return conflict;
      const policy = { document: policyDocument, revision: `${Number(before?.revision ?? 0) + 1}` };
      policies.set(repository, policy);
      return replyOf(policy);
    },
  };
}

const conflict: FrontReply = { status: 409, error: 'ConflictException' };

function replyOf(policy: Policy | undefined): FrontReply {
  if (policy !== undefined) return { status: 200, members: { policy } };
  return { status: 404, error: 'ResourceNotFoundException', members: { resourceType: 'policy', resourceId: 'none' } };
}
