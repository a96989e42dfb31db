import { discardBody } from '../../../index/body.ts';
import type { Http } from '../../../index/http-types.ts';

/**
 * CloudFormation's request to create, update or delete a custom resource.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html
 */
export type CustomResourceRequest = {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  readonly ResponseURL: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties: Readonly<Record<string, unknown>>;
};

/** CloudFormation rejects longer responses than 4 KB. */
const maxReasonCharacters = 1_000;

/**
 * Handles a request and sends the result to CloudFormation, also that of a failure, because CloudFormation otherwise
 * waits for an hour. A resource is never deleted: what it wrote stays.
 */
export async function answerCustomResource(
  request: CustomResourceRequest,
  { id, apply, http }: { readonly id: string; readonly apply: () => Promise<void>; readonly http: Http },
): Promise<void> {
  const failure = request.RequestType === 'Delete' ? undefined : await apply().then(() => undefined, reasonOf);
  const body = JSON.stringify({
    Status: failure === undefined ? 'SUCCESS' : 'FAILED',
    ...(failure === undefined ? {} : { Reason: failure }),
    PhysicalResourceId: request.PhysicalResourceId ?? id,
    StackId: request.StackId,
    RequestId: request.RequestId,
    LogicalResourceId: request.LogicalResourceId,
  });
  // The signature of the URL includes an empty content type.
  const answer = await http.request(request.ResponseURL, { method: 'PUT', headers: { 'content-type': '' }, body });
  await discardBody(answer);
  if (answer.status >= 300) throw new Error(`CloudFormation's response URL answered ${answer.status}`);
}

function reasonOf(error: unknown): string {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return (name === 'AwspipError' ? message : `${name}: ${message}`).slice(0, maxReasonCharacters);
}
