import { CodeartifactClient } from '@aws-sdk/client-codeartifact';
import { applyControls, planOf } from './parts/apply-controls.ts';
import { sleep } from './parts/codeartifact.ts';
import { answerCustomResource, type CustomResourceRequest } from './parts/custom-resource.ts';
import { http } from './parts/web.ts';

const client = new CodeartifactClient({});

/** Handles CloudFormation's request to put the policies and origin controls on existing repositories. */
export async function handler(request: CustomResourceRequest): Promise<void> {
  await answerCustomResource(request, {
    id: 'access-controls',
    apply: async () => applyControls({ client, sleep }, planOf(request)),
    http,
  });
}
